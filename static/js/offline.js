// The page without a connection: when there is one again, opens what it is shown in place of.
const INTERVAL = 3000; // ms
const { path } = document.getElementById("again").dataset;

async function tryAgain() {
  try {
    const { ok, redirected } = await fetch("/ping", { cache: "no-store" });
    if (ok && !redirected) location.reload();
  } catch {
    // still without a connection
  }
}

if (location.pathname !== path) {
  setInterval(tryAgain, INTERVAL);
  addEventListener("online", tryAgain);
}
