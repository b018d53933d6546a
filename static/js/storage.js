// What a page keeps over a reload: localStorage, or memory alone where the browser refuses it or has no room left.
const ALL = "parlor:"; // what the keys begin with: then what it is, and whose
const SIGNED_OUT = `${ALL}signed-out`;
const memory = new Map();
let sealed = false; // nothing is kept any more

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
    if (sealed) throw new Error("signed out");
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

/** Nothing in this browser is to outlast the session: the person signs out. Other tabs hear of it. */
export function forget() {
  seal();
  for (const key of keys(ALL)) remove(key);
  try {
    localStorage.setItem(SIGNED_OUT, String(Date.now()));
    localStorage.removeItem(SIGNED_OUT);
  } catch {
    // Then nothing was kept.
  }
}

/** Call `act` when the person has signed out in another tab. */
export function onForgotten(act) {
  onChange((key) => {
    if (key !== SIGNED_OUT || sealed) return;
    seal();
    act();
  });
}

/** What other people have left, whose sessions ended without their signing out. */
export function forgetOthers(userId) {
  for (const key of keys(ALL)) if (key.split(":")[2] !== `#${userId}`) remove(key);
}

function seal() {
  sealed = true;
  memory.clear();
  for (const key of tab.keys(ALL)) tab.write(key, null);
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

  keys(prefix) {
    try {
      return Object.keys(sessionStorage).filter((key) => key.startsWith(prefix));
    } catch {
      return [];
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
