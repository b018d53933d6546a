// The profile page: previews the chosen picture before the upload, and shows the browser's time zone.
import { LANGUAGE, gettext, interpolate } from "./i18n.js";
const input = /** @type {HTMLInputElement} */ (document.getElementById("picture"));
const now = document.querySelector("#picture-now .avatar");

input.addEventListener("change", () => {
  const [file] = input.files ?? [];
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => {
    const picture = Object.assign(new Image(), { alt: "", src: reader.result });
    picture.decode().then(
      () => now.replaceChildren(picture),
      () => {},
    ); // an unreadable file is reported by the server
  };
  reader.readAsDataURL(file);
});

const line = document.getElementById("time-zone");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const time = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "short" }).format(new Date());
if (zone) {
  line.querySelector("span").textContent = interpolate(gettext("%(zone)s, now %(time)s"), {
    zone: zone.replaceAll("_", " "),
    time,
  });
  line.hidden = false;
}
