/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
function interpolate(text, values) {
  return text.replace(/%\((\w+)\)s/g, (_, name) => String(values[name]));
}
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/api.js 491c4013f01ac9c1 */
var SIGNED_OUT = gettext("You are signed out. Sign in and try again.");
var ApiError = class extends Error {
  constructor(status, sentence) {
    super(sentence);
    this.status = status;
  }
};
async function callApi(method, path, body, options = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (body !== void 0) headers["Content-Type"] = "application/json";
  return ask(`/api/${path}`, { method, headers, body: body && JSON.stringify(body), ...options });
}
async function ask(address, request) {
  let response;
  try {
    response = await fetch(address, request);
  } catch {
    throw new ApiError(0, gettext("Can't reach the server. Try again in a moment."));
  }
  const answer = await response.json().catch(() => null);
  if (response.ok) return answer;
  if (response.status === 401) throw new ApiError(401, SIGNED_OUT);
  throw new ApiError(response.status, answer?.detail ?? gettext("Something went wrong. Try again."));
}
function csrfToken() {
  return /(?:^|; )csrftoken=([^;]+)/.exec(document.cookie)?.[1] ?? document.querySelector("[name=csrfmiddlewaretoken]").
  value;
}
/*! js/code.js 7962bb6e688cbe95 */
var FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;
function inCode(text) {
  const { fence, lines } = split(text);
  return fence !== "" || isIndented(lines) || isBetweenBackticks(lines);
}
function split(text) {
  let fence = "";
  let lines = [];
  for (const line of text.split("\n")) {
    const [, mark, info] = FENCE.exec(line) ?? [];
    if (fence) {
      if (mark?.startsWith(fence) && !info.trim()) [fence, lines] = ["", []];
    } else if (mark && !(mark[0] === "`" && info.includes("`"))) {
      fence = mark;
    } else {
      lines.push(line);
    }
  }
  return { fence, lines };
}
function isIndented(lines) {
  let first = lines.length;
  while (first > 0 && /^( {4}| {0,3}\t)/.test(lines[first - 1])) first--;
  return first < lines.length && !lines[first - 1]?.trim();
}
function isBetweenBackticks(lines) {
  const paragraph = lines.slice(lines.findLastIndex((line) => !line.trim()) + 1).join("\n");
  let open = "";
  for (const [run] of paragraph.matchAll(/\\`|`+/g)) {
    if (open) open = run.replace("\\", "") === open ? "" : open;
    else if (run[0] === "`") open = run;
  }
  return open !== "";
}
/*! js/outsiders.js fdef36feca4f7657 */
var DEBOUNCE = 400;
var MAX_NAMES = 5;
var NAMES = /(?<!:\/\/\S*)(?<![A-Za-z0-9_.+\-@＠\\])[@＠]([A-Za-z0-9_.+-]*[A-Za-z0-9_])/g;
var Outsiders = class {
  #line;
  #members;
  #room;
  #cache = /* @__PURE__ */ new Map();
  #timer = 0;
  #latest = 0;
  constructor(line, members, room) {
    this.#line = line;
    this.#members = members;
    this.#room = room;
  }
  check(content) {
    clearTimeout(this.#timer);
    this.#latest++;
    if (content.trim()) this.#timer = setTimeout(() => this.#update(content), DEBOUNCE);
    else this.#show([]);
  }
  async #update(content) {
    const request = this.#latest;
    const names = [...content.matchAll(NAMES)].filter((match) => !inCode(content.slice(0, match.index)));
    const wanted = [...new Set(names.map((match) => match[1].toLowerCase()))].slice(0, MAX_NAMES);
    const found = await Promise.all(wanted.map((name) => this.#find(name)));
    if (request === this.#latest) this.#show(found.filter(Boolean));
  }
  #find(name) {
    const listed = [...this.#members.querySelectorAll(".member")].some(({ dataset }) => dataset.user.toLowerCase() === name);
    if (listed) return null;
    if (!this.#cache.has(name)) this.#cache.set(name, this.#fetch(name).catch(() => null));
    return this.#cache.get(name);
  }
  async #fetch(name) {
    const search = `search=${encodeURIComponent(name)}`;
    const exactMatch = ({ results }) => results.find((person2) => person2.user_name.toLowerCase() === name) ?? null;
    const person = exactMatch(await callApi("GET", `people/?${search}`));
    if (!person || !this.#members.hasAttribute("data-more")) return person;
    return exactMatch(await callApi("GET", `rooms/${encodeURIComponent(this.#room)}/members/?${search}`)) ? null : person;
  }
  #show(people) {
    const names = people.map((person) => `@${person.user_name}`).join(", ");
    this.#line.hidden = !people.length;
    const text = ngettext("%(names)s is not in this room and won't see this.", "%(names)s are not in this room and won't\
 see this.", people.length);
    this.#line.textContent = names && interpolate(text, { names });
  }
};
export { Outsiders };
