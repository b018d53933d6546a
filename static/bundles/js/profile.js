/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/profile.js a7bcf9f3a52085e3 */
var input = document.getElementById("picture");
var now = document.querySelector("#picture-now .avatar");
input.addEventListener("change", () => {
  const [file] = input.files ?? [];
  if (!file) return;
  const reader = new FileReader();
  reader.onload = () => {
    const picture = Object.assign(new Image(), { alt: "", src: reader.result });
    picture.decode().then(() => now.replaceChildren(picture), () => {
    });
  };
  reader.readAsDataURL(file);
});
var line = document.getElementById("time-zone");
var zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
var time = new Intl.DateTimeFormat(LANGUAGE, { timeStyle: "short" }).format(/* @__PURE__ */ new Date());
if (zone) {
  line.querySelector("span").textContent = interpolate(gettext("%(zone)s, now %(time)s"), { zone: zone.replaceAll("_", "\
 "), time });
  line.hidden = false;
}
