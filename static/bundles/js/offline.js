/*! js/offline.js bc00988b580f4b79 */
var INTERVAL = 3e3;
var { path } = document.getElementById("again").dataset;
async function tryAgain() {
  try {
    const { ok, redirected } = await fetch("/ping", { cache: "no-store" });
    if (ok && !redirected) location.reload();
  } catch {
  }
}
if (location.pathname !== path) {
  setInterval(tryAgain, INTERVAL);
  addEventListener("online", tryAgain);
}
