// What makes the pages an app: the service worker.

/** Registers the service worker, and resolves when it runs. Rejects if the browser doesn't want it. */
export async function registerWorker() {
  await navigator.serviceWorker.register("/sw.js");
  return navigator.serviceWorker.ready;
}

/** Registers it once everything else is loaded. Without it, as over plain http, only its own features are missing. */
export function keepWorker() {
  if ("serviceWorker" in navigator) addEventListener("load", () => registerWorker().catch(() => {}));
}
