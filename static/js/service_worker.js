// The service worker: shows push notifications, and a page without a connection. notifications/views/web_app.py serves it
// from /sw.js, and puts the addresses and texts before it. It keeps static files whose names contain a hash of their
// content, and the offline page, which is the same for everybody; never a page or an answer of the API.

/** @type {any} */
const worker = self;
const CACHE = "parlor-1";
const MAX_FILES = 150; // besides those of the offline page; the oldest go first
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

/** @param {string} url */
function isHashedFile(url) {
  const { origin, pathname } = new URL(url, location.href);
  return origin === location.origin && pathname.startsWith(addresses.static) && HASHED.test(pathname);
}

worker.addEventListener("install", (/** @type {any} */ event) => {
  event.waitUntil(keepOfflinePage());
  worker.skipWaiting();
});

async function keepOfflinePage() {
  const cache = await caches.open(CACHE);
  // Without cookies: what is kept belongs to nobody.
  const page = await fetch(addresses.offline, { credentials: "omit", cache: "no-store" });
  if (page.ok) await cache.put(addresses.offline, page);
  await cache.addAll(addresses.files.filter(isHashedFile));
}

worker.addEventListener("activate", (/** @type {any} */ event) => {
  event.waitUntil(start());
});

async function start() {
  for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
  // Browsers request pages while they start the service worker.
  await worker.registration.navigationPreload?.enable();
  await worker.clients.claim();
}

worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") event.respondWith(openPage(event));
  else if (request.method === "GET" && isHashedFile(request.url)) event.respondWith(openFile(event));
});

/** @param {any} event */
async function openPage(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(addresses.offline)) ?? Response.error();
  }
}

/** @param {any} event */
async function openFile(event) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(event.request);
  if (kept) return kept;
  const response = await fetch(event.request);
  if (response.status === 200) event.waitUntil(keepFile(cache, event.request, response.clone()));
  return response;
}

/**
 * @param {Cache} cache
 * @param {Request} request
 * @param {Response} response
 */
async function keepFile(cache, request, response) {
  await cache.put(request, response);
  const own = [addresses.offline, ...addresses.files];
  const files = (await cache.keys()).filter(({ url }) => !own.includes(new URL(url).pathname));
  for (const old of files.slice(0, Math.max(files.length - MAX_FILES, 0))) await cache.delete(old);
}

worker.addEventListener("push", (/** @type {any} */ event) => {
  event.waitUntil(show(event.data));
});

/**
 * Shows every push: browsers take the permission away from those that show none.
 *
 * @param {any} data
 */
async function show(data) {
  const { title, body, url, room, tag, badge, id } = read(data);
  const shown = await worker.registration.getNotifications({ tag });
  const again = shown.some((/** @type {any} */ one) => one.data?.id === id); // delivered twice
  await worker.registration.showNotification(title, {
    body,
    tag,
    renotify: !again,
    silent: again,
    icon: addresses.icon,
    badge: addresses.badge,
    data: { url, room, id }, // pages close those of a room that is read
  });
  await worker.navigator.setAppBadge?.(badge).catch(() => {}); // not every system has badges
}

/** @param {any} data */
function read(data) {
  const fallback = { title: "Parlor", body: texts.news, url: "/", tag: "news", badge: 0, id: "" };
  try {
    return { ...fallback, ...data.json() };
  } catch {
    return fallback;
  }
}

worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(openUrl(event.notification.data?.url ?? "/"));
});

/**
 * Shows the tab that has the page open, or opens it. The page of a room follows what is new by itself.
 *
 * @param {string} url
 */
async function openUrl(url) {
  const wanted = new URL(url, location.origin);
  if (wanted.origin !== location.origin) return;
  const tabs = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const tab = tabs.find((/** @type {any} */ one) => new URL(one.url).pathname === wanted.pathname);
  await (tab ? tab.focus() : worker.clients.openWindow(wanted.href));
}

worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => {
  event.waitUntil(renew(event));
});

/** @param {any} event */
async function renew({ oldSubscription, newSubscription }) {
  const manager = worker.registration.pushManager;
  const subscription =
    newSubscription ?? (await manager.getSubscription()) ?? (await manager.subscribe(oldSubscription.options));
  const { endpoint, keys } = subscription.toJSON();
  await fetch(addresses.renew, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ endpoint, ...keys }),
  });
}
