// Suggests people in fields for user names: those with `data-people`, which is "one" or "several".
import { callApi } from "./api.js";
import { gettext, interpolate } from "./i18n.js";
/** @import { Person } from "./wire.js" */

const DEBOUNCE = 150; // ms
const MAX_SUGGESTIONS = 8;
const MAX_SEARCHED = 100; // people searched for an exact display name

/** @param {ParentNode} [root] */
export function attachPeopleFields(root = document) {
  for (const field of root.querySelectorAll("input[data-people]:not([list])"))
    attach(/** @type {HTMLInputElement} */ (field));
}

/** @param {HTMLInputElement} field */
function attach(field) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-people`;
  field.after(list);
  field.setAttribute("list", list.id);
  let timer = 0;
  let latest = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, DEBOUNCE);
  });

  async function suggest() {
    const request = ++latest;
    const found = await find(field);
    if (request !== latest || !found) return;
    // The browser offers options whose value or label matches the whole field, so options repeat the names before.
    list.replaceChildren(
      ...found.people.map(({ user_name, display_name }) => {
        const option = document.createElement("option");
        option.value = found.before + user_name;
        option.label = `${found.before}${display_name} @${user_name}`;
        return option;
      }),
    );
  }
}

/**
 * The people who match the name being typed, and the names before it; null if the request failed.
 *
 * @param {HTMLInputElement} field
 * @returns {Promise<{ before: string, people: Person[] } | null>}
 */
async function find(field) {
  for (const [before, typed] of interpretations(field)) {
    const people = typed ? await search(typed, MAX_SUGGESTIONS) : [];
    if (people?.length !== 0) return people && { before, people };
  }
  return { before: "", people: [] };
}

/**
 * The possible splits into [complete names, name being typed]: spaces may belong to a display name or separate user
 * names.
 *
 * @param {HTMLInputElement} field
 */
function interpretations({ dataset, value }) {
  if (dataset.people !== "several") return [["", value.trim().replace(/^@/, "")]];
  return [/^(.*[,،、，]\s*)?@?(.*)$/su, /^(.*[\s,،、，])?@?(.*)$/su].map((pattern) => {
    const [, before, typed] = /** @type {RegExpExecArray} */ (pattern.exec(value)); // either matches any text
    return [before ?? "", typed.trim()];
  });
}

/**
 * @param {string} words
 * @param {number} limit
 * @returns {Promise<Person[] | null>}
 */
function search(words, limit) {
  const query = new URLSearchParams({ search: words, limit: String(limit) });
  return callApi("GET", `people/?${query}`).then(
    ({ results }) => results,
    () => /** @type {null} */ (null),
  );
}

/**
 * Returns the user name for a typed user name or display name. Throws if several people have that display name.
 *
 * @param {string} words
 */
export async function resolveUserName(words) {
  /** @param {string} name */
  const key = (name) => name.normalize("NFKC").trim().toLowerCase();
  const plain = words.trim().replace(/^@/, "");
  const people = (await search(plain, MAX_SEARCHED)) ?? [];
  if (people.some(({ user_name }) => key(user_name) === key(plain))) return plain;
  const matches = people.filter(({ display_name }) => key(display_name) === key(words));
  if (matches.length > 1) {
    const choices = matches.map(({ user_name }) => `@${user_name}`).join(", ");
    throw new Error(
      interpolate(gettext("Several people are named “%(name)s”: %(choices)s. Enter a username."), {
        name: words,
        choices,
      }),
    );
  }
  return matches[0]?.user_name ?? plain;
}
