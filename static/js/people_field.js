// Suggests people while one writes a user name: fields with `data-people`, "one" name or "several".
import { callApi } from "./api.js";

const WAIT = 150; // ms of no typing before the server is asked
const SHOWN = 8;
const MOST = 100; // looked through for those who are shown by one name

export function attachPeopleFields(root = document) {
  for (const field of root.querySelectorAll("input[data-people]:not([list])")) attach(field);
}

function attach(field) {
  const list = document.createElement("datalist");
  list.id = `${field.id}-people`;
  field.after(list);
  field.setAttribute("list", list.id);
  let timer = 0;
  let latest = 0;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(suggest, WAIT);
  });

  async function suggest() {
    const mine = ++latest;
    const found = await find(field);
    if (mine !== latest || !found) return;
    // The browser offers what begins with, or is labelled by, all that stands in the field.
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

/** Who may be meant by what is being written, behind what is complete; null when the server can't be asked. */
async function find(field) {
  for (const [before, typed] of readings(field)) {
    const people = typed ? await search(typed, SHOWN) : [];
    if (people?.length !== 0) return people && { before, people };
  }
  return { before: "", people: [] };
}

/** All of it, or what stands behind the last comma; a name may hold spaces, or they are between user names. */
function readings({ dataset, value }) {
  if (dataset.people !== "several") return [["", value.trim().replace(/^@/, "")]];
  return [/^(.*,\s*)?@?(.*)$/su, /^(.*[\s,])?@?(.*)$/su].map((reading) => {
    const [, before, typed] = reading.exec(value);
    return [before ?? "", typed.trim()];
  });
}

function search(words, limit) {
  const query = new URLSearchParams({ search: words, limit });
  return callApi("GET", `people/?${query}`).then(
    ({ results }) => results,
    () => null,
  );
}

/** The user name of whom somebody means: by that, or by how one person is shown. Throws when it may be several. */
export async function meant(words) {
  const key = (name) => name.normalize("NFKC").trim().toLowerCase();
  const plain = words.trim().replace(/^@/, "");
  const people = (await search(plain, MOST)) ?? [];
  if (people.some(({ user_name }) => key(user_name) === key(plain))) return plain;
  const shown = people.filter(({ display_name }) => key(display_name) === key(words));
  if (shown.length > 1) {
    const choices = shown.map(({ user_name }) => `@${user_name}`).join(", ");
    throw new Error(`Several people are called “${words}”: ${choices}. Say which by their username.`);
  }
  return shown[0]?.user_name ?? plain;
}
