// What makes the pages an app: the service worker.

/** Registers the service worker, and resolves when it runs. Rejects if the browser doesn't want it. */
export async function registerWorker() {
  await navigator.serviceWorker.register("/sw.js");
  return navigator.serviceWorker.ready;
}

/**
 * Closes the notifications about messages of rooms that have been read since, here or on another device.
 *
 * @param {(room: string) => boolean} isRead
 */
export async function closeRead(isRead) {
  if (globalThis.Notification?.permission !== "granted") return;
  const registration = await navigator.serviceWorker?.getRegistration();
  for (const shown of (await registration?.getNotifications()) ?? [])
    if (shown.data?.room && isRead(shown.data.room)) shown.close();
}

/** Registers it once everything else is loaded. Without it, as over plain http, only its own features are missing. */
export function keepWorker() {
  if ("serviceWorker" in navigator) addEventListener("load", () => registerWorker().catch(() => {}));
}
