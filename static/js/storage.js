// Storage that survives a reload: localStorage, or memory if the browser blocks it or it is full.
const ALL = "parlor:"; // prefix of all keys, followed by the kind of data and the user
const SIGNED_OUT = `${ALL}signed-out`;
const memory = new Map();
let sealed = false; // after signing out: nothing is stored any more

addEventListener("storage", ({ key }) => memory.delete(key)); // another tab's value is newer

/** @param {string} key */
export function read(key) {
  if (memory.has(key)) return memory.get(key); // newer than the stored value, which could not be overwritten
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/**
 * @param {string} key
 * @param {string} text
 */
export function write(key, text) {
  try {
    if (sealed) throw new Error("signed out");
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

/** @param {string} key */
export function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // It was in memory only.
  }
}

/** @param {string} prefix */
export function keys(prefix) {
  const all = new Set(memory.keys());
  try {
    for (let index = 0; index < localStorage.length; index++) all.add(localStorage.key(index));
  } catch {
    // Everything is in memory.
  }
  return [...all].filter((key) => key.startsWith(prefix));
}

/**
 * Calls `callback` with the key when another tab writes or removes an entry.
 *
 * @param {(key: string) => void} callback
 */
export function onChange(callback) {
  addEventListener("storage", ({ key }) => key !== null && callback(key));
}

/** Removes everything stored, when the user signs out, and notifies other tabs. */
export function clearAll() {
  seal();
  for (const key of keys(ALL)) remove(key);
  try {
    localStorage.setItem(SIGNED_OUT, String(Date.now()));
    localStorage.removeItem(SIGNED_OUT);
  } catch {
    // Nothing was stored.
  }
}

/**
 * Calls `callback` when the user has signed out in another tab.
 *
 * @param {() => void} callback
 */
export function onCleared(callback) {
  onChange((key) => {
    if (key !== SIGNED_OUT || sealed) return;
    seal();
    callback();
  });
}

/**
 * Removes what other users have left whose sessions ended without signing out.
 *
 * @param {number} userId
 */
export function clearOthers(userId) {
  for (const key of keys(ALL)) if (key.split(":")[2] !== `#${userId}`) remove(key);
}

function seal() {
  sealed = true;
  memory.clear();
  for (const key of tab.keys(ALL)) tab.write(key, null);
}

/** Storage of this tab alone that survives a reload. */
export const tab = {
  /** @param {string} key */
  read(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },

  /** @param {string} prefix */
  keys(prefix) {
    try {
      return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
    }
  },

  /**
   * `null` removes it.
   *
   * @param {string} key
   * @param {string | null} text
   */
  write(key, text) {
    try {
      if (text === null) sessionStorage.removeItem(key);
      else if (!sealed) sessionStorage.setItem(key, text);
    } catch {
      // It lasts only as long as the page.
    }
  },
};

/**
 * The key prefix for a user's drafts, edits and outbox. The # keeps it apart from old keys by user name, which never
 * contain one.
 *
 * @param {string} kind
 * @param {number} userId
 */
export function prefix(kind, userId) {
  return `parlor:${kind}:#${userId}:`;
}

/**
 * Moves entries of earlier versions, which were stored under the changeable user name, to the user id.
 *
 * @param {string} userName
 * @param {number} userId
 */
export function migrate(userName, userId) {
  for (const kind of ["draft", "outbox"]) {
    const before = `parlor:${kind}:${userName}:`;
    for (const key of keys(before)) {
      write(prefix(kind, userId) + key.slice(before.length), read(key) ?? "");
      remove(key);
    }
  }
}
