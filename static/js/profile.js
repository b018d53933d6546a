// The profile page: shows the picture one has chosen before it is sent, and which time zone the browser is in.
const input = document.getElementById("picture");
const now = document.querySelector("#picture-now .avatar");

input.addEventListener("change", () => {
  const [file] = input.files;
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => {
    const picture = Object.assign(new Image(), { alt: "", src: reader.result });
    picture.decode().then(
      () => now.replaceChildren(picture),
      () => {},
    ); // what can't be shown, the server says
  };
  reader.readAsDataURL(file);
});

const line = document.getElementById("time-zone");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" }).format(new Date());
if (zone) {
  line.querySelector("span").textContent = `${zone.replaceAll("_", " ")}, now ${time}`;
  line.hidden = false;
}
