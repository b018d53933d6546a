/*! js/emoji.js 501a8f09001b7800 */
var names = null;
async function allEmoji() {
  names ??= fetch("/emoji.json").then((response) => response.ok ? response.json() : Promise.reject(response.status));
  try {
    return await names;
  } catch {
    names = null;
    return [];
  }
}
async function findEmoji(typed, limit, { within = true } = {}) {
  const worst = within ? WITHIN : OF_A_WORD;
  const wanted = typed.toLowerCase();
  const found = [];
  for (const [emoji, ...each] of await allEmoji()) {
    const ranked = each.map((name) => [rank(name, wanted), name]).sort((one, other) => one[0] - other[0]);
    if (ranked[0][0] <= worst) found.push([ranked[0][0], emoji, ranked[0][1]]);
  }
  found.sort((one, other) => one[0] - other[0] || one[2].length - other[2].length);
  return found.slice(0, limit).map(([, emoji, name]) => [emoji, name]);
}
var [WHOLE, BEGINNING, OF_A_WORD, WITHIN, NO_FIT] = [0, 1, 2, 3, 4];
function rank(name, wanted) {
  if (name === wanted) return WHOLE;
  if (name.startsWith(wanted)) return BEGINNING;
  if (name.includes(`_${wanted}`)) return OF_A_WORD;
  return name.includes(wanted) ? WITHIN : NO_FIT;
}
/*! js/i18n.js e6320c27345eb7ea */
var { django } = window;
var gettext = django?.gettext ?? ((text) => text);
var ngettext = django?.ngettext ?? ((one, many, count) => count === 1 ? one : many);
var FORWARD = document.documentElement.dir === "rtl" ? -1 : 1;
var LANGUAGE = document.documentElement.lang;
/*! js/keys.js c88d0dbed5093801 */
function isComposing(event) {
  return event.isComposing || event.keyCode === 229;
}
/*! js/popover.js 4b611e24b32c0bc3 */
var GAP = 6;
var NARROW = 480;
function openBeside(popover, anchor, { align = "right" } = {}) {
  popover.showPopover();
  popover.style.inset = "";
  if (innerWidth < NARROW) return;
  const { top, bottom, left, right } = anchor.getBoundingClientRect();
  const { width, height } = popover.getBoundingClientRect();
  const [below, above] = [bottom + GAP, top - GAP - height];
  const wanted = below + height + GAP <= innerHeight ? below : above >= GAP ? above : top + GAP;
  const y = Math.max(GAP, Math.min(wanted, innerHeight - height - GAP));
  const x = Math.max(GAP, Math.min(align === "left" ? left : right - width, innerWidth - width - GAP));
  popover.style.inset = `${y}px auto auto ${x}px`;
}
function attachArrows(holder) {
  holder.addEventListener("keydown", (event) => {
    const buttons = [...holder.querySelectorAll("button")].filter((button2) => button2.offsetParent);
    const at = buttons.indexOf(document.activeElement);
    if (at < 0) return;
    const moves = { ArrowRight: () => buttons[at + FORWARD], ArrowLeft: () => buttons[at - FORWARD], ArrowDown: () => inOtherRow(
    buttons.slice(at + 1), buttons[at]), ArrowUp: () => inOtherRow(buttons.slice(0, at).reverse(), buttons[at]), Home: () => buttons[0],
    End: () => buttons.at(-1) };
    const next = moves[event.key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
  });
}
function inOtherRow(candidates, from) {
  const { top, left } = from.getBoundingClientRect();
  const others = candidates.map((button2) => [button2, button2.getBoundingClientRect()]).filter(([, box]) => Math.abs(box.
  top - top) > 4);
  if (!others.length) return void 0;
  const row = others.filter(([, box]) => Math.abs(box.top - others[0][1].top) <= 4);
  row.sort(([, one], [, other]) => Math.abs(one.left - left) - Math.abs(other.left - left));
  return row[0][0];
}
/*! js/picker.js f9058ca4b636bd5a */
var MAX_SHOWN = 240;
var FIRST = "\u{1F600}";
var Picker = class {
  #popover;
  #search;
  #grid;
  #onChoose = () => {
  };
  constructor(popover) {
    this.#popover = popover;
    this.#search = popover.querySelector("input");
    this.#grid = popover.querySelector(".picker-grid");
    this.#search.addEventListener("input", () => this.#fill());
    this.#search.addEventListener("keydown", (event) => this.#searchKey(event));
    this.#grid.addEventListener("click", (event) => {
      const emoji = event.target.closest("button")?.dataset.emoji;
      if (emoji) this.#choose(emoji);
    });
    attachArrows(this.#grid);
  }
  async open(anchor, onChoose) {
    this.#onChoose = onChoose;
    this.#search.value = "";
    openBeside(this.#popover, anchor);
    this.#search.focus();
    await this.#fill();
  }
  async #fill() {
    const typed = this.#search.value.trim().replaceAll(":", "").replaceAll(" ", "_");
    const found = typed ? await findEmoji(typed, MAX_SHOWN) : (await commonFirst()).slice(0, MAX_SHOWN);
    const nothing = Object.assign(document.createElement("p"), { className: "picker-none", textContent: gettext("No resu\
lts") });
    this.#grid.replaceChildren(...found.length ? found.map(([emoji, name]) => button(emoji, name)) : [nothing]);
    if (found.length) this.#grid.querySelector("button").tabIndex = 0;
  }
  #searchKey(event) {
    const first = this.#grid.querySelector("button");
    if (!first || isComposing(event)) return;
    if (event.key === "Enter") {
      event.preventDefault();
      this.#choose(first.dataset.emoji);
    } else if (event.key === "ArrowDown") {
      event.preventDefault();
      first.focus();
    }
  }
  #choose(emoji) {
    this.#popover.hidePopover();
    this.#onChoose(emoji);
  }
};
async function commonFirst() {
  const all = await allEmoji();
  return [...all.filter(([emoji]) => emoji >= FIRST), ...all.filter(([emoji]) => emoji < FIRST)];
}
function button(emoji, name) {
  const spoken = name.replaceAll("_", " ");
  const made = Object.assign(document.createElement("button"), { type: "button", textContent: emoji, title: spoken, tabIndex: -1 });
  made.setAttribute("aria-label", spoken);
  made.dataset.emoji = emoji;
  return made;
}
export { Picker };
