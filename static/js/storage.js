// What a page keeps over a reload: localStorage, or memory alone where the browser refuses it or has no room left.
const memory = new Map();

addEventListener("storage", ({ key }) => memory.delete(key)); // another tab knows better

export function read(key) {
  if (memory.has(key)) return memory.get(key); // newer than what could not be written over
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

export function write(key, text) {
  try {
    localStorage.setItem(key, text);
    memory.delete(key);
  } catch {
    memory.set(key, text);
  }
}

export function remove(key) {
  memory.delete(key);
  try {
    localStorage.removeItem(key);
  } catch {
    // Then it was in memory only.
  }
}

export function keys(prefix) {
  const all = new Set(memory.keys());
  try {
    for (let index = 0; index < localStorage.length; index++) all.add(localStorage.key(index));
  } catch {
    // Then all there is, is in memory.
  }
  return [...all].filter((key) => key.startsWith(prefix));
}

/** Call `act` with the key of whatever another tab writes or removes. */
export function onChange(act) {
  addEventListener("storage", ({ key }) => key !== null && act(key));
}

/** What a tab keeps to itself over a reload. */
export const tab = {
  read(key) {
    try {
      return sessionStorage.getItem(key);
    } catch {
      return null;
    }
  },

  /** `null` removes it. */
  write(key, text) {
    try {
      if (text === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, text);
    } catch {
      // Then it lasts as long as the page.
    }
  },
};

/** What the keys begin with of what somebody writes: drafts, edits, what is on its way. No user name holds a #. */
export function prefix(kind, userId) {
  return `parlor:${kind}:#${userId}:`;
}

/** What a version before kept by somebody's user name, which can change, is kept by their account. */
export function adopt(userName, userId) {
  for (const kind of ["draft", "outbox"]) {
    const before = `parlor:${kind}:${userName}:`;
    for (const key of keys(before)) {
      write(prefix(kind, userId) + key.slice(before.length), read(key));
      remove(key);
    }
  }
}
