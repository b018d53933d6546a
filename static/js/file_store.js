// Keeps the files of unfinished uploads in IndexedDB, so that a reload does not lose them; or in memory if it fails.
const NAME = "parlor-files";
const STORE = "files";
const memory = new Map();
let sealed = false; // after signing out: nothing is stored any more
/** @type {Promise<IDBDatabase> | null} */
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE);
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/**
 * Runs one request in a transaction of its own and returns its result. Throws if the browser refuses.
 *
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act
 * @returns {Promise<T>}
 */
async function inStore(mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode);
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * Keeps a file, and returns whether it will survive the page.
 *
 * @param {string} key
 * @param {File} file
 */
export async function keep(key, file) {
  if (sealed) return false;
  try {
    await inStore("readwrite", (store) => store.put(file, key));
    return true;
  } catch {
    memory.set(key, file); // blocked, or the disk is full
    return false;
  }
}

/**
 * The file with that key, or undefined.
 *
 * @param {string} key
 * @returns {Promise<File | undefined>}
 */
export async function read(key) {
  return memory.get(key) ?? (await inStore("readonly", (store) => store.get(key)).catch(() => undefined));
}

/** @param {string} key */
export async function drop(key) {
  memory.delete(key);
  await inStore("readwrite", (store) => store.delete(key)).catch(() => undefined);
}

/**
 * Removes all files but those with one of the keys that `wanted` returns.
 *
 * @param {() => string[]} wanted
 */
export async function keepOnly(wanted) {
  const all = await inStore("readonly", (store) => store.getAllKeys()).catch(() => []);
  const keys = wanted(); // only now: another tab may just have added a file, to its draft first
  await Promise.all(all.map(String).map((key) => keys.includes(key) || drop(key)));
}

/** Removes everything, when the user signs out. */
export async function clear() {
  sealed = true;
  memory.clear();
  await inStore("readwrite", (store) => store.clear()).catch(() => undefined);
}
