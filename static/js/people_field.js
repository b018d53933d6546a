// Suggests people while one writes a user name: fields with `data-people`, "one" name or "several".
import { callApi } from "./api.js";

const WAIT = 150; // ms of no typing before the server is asked
const SHOWN = 8;

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
    const [before, typed] = split(field);
    if (!typed) return list.replaceChildren();
    const query = new URLSearchParams({ search: typed, limit: SHOWN });
    const answer = await callApi("GET", `people/?${query}`).catch(() => null);
    if (mine !== latest || !answer) return;
    // The browser offers what begins with, or is labelled by, all that stands in the field.
    list.replaceChildren(
      ...answer.results.map(({ user_name, display_name }) => {
        const option = document.createElement("option");
        option.value = before + user_name;
        option.label = `${before}${display_name} @${user_name}`;
        return option;
      }),
    );
  }
}

/** The names that are complete, as they stand there, and the one being written. */
function split(field) {
  const [, before, typed] = /^(.*[\s,])?@?([^\s,]*)$/u.exec(field.value) ?? [];
  return field.dataset.people === "several" ? [before ?? "", typed ?? ""] : ["", field.value.trim().replace(/^@/, "")];
}
