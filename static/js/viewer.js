// The viewer: a picture of the conversation, large over the page. Loaded when the first picture is opened.
import { FORWARD } from "./i18n.js";
import { showMoment } from "./times.js";
/** @import { Conversation } from "./conversation.js" */

const SWIPE = 50; // px at least

export class Viewer {
  #log;
  #dialog = /** @type {HTMLDialogElement} */ (document.getElementById("viewer"));
  #stage = this.#part("stage");
  #toggle = this.#part("toggle");
  #picture = this.#dialog.querySelector("img");
  #shown = ""; // id of the file
  /** @type {{ x: number, y: number } | null} */
  #touched = null; // where a finger that may be swiping has touched the picture

  /**
   * @param {HTMLElement} log
   * @param {Conversation} conversation
   */
  constructor(log, conversation) {
    this.#log = log;
    this.#dialog.addEventListener("keydown", (event) => this.#handleKey(event));
    this.#dialog.addEventListener("close", () => this.#picture.removeAttribute("src"));
    this.#part("previous").addEventListener("click", () => this.#move(-1));
    this.#part("next").addEventListener("click", () => this.#move(1));
    this.#toggle.addEventListener("click", (event) => {
      if (event.detail && !this.#isOnPicture(event)) this.#dialog.close();
      else this.#toggleSize(event);
    });
    for (const type of ["pointerdown", "pointermove", "pointerup", "pointercancel"])
      this.#stage.addEventListener(type, (event) => this.#swipe(/** @type {PointerEvent} */ (event)));
    // As long as the page is zoomed in, a finger moves it instead.
    const { visualViewport: view } = window;
    view?.addEventListener("resize", () => this.#stage.classList.toggle("viewer-zoomed", view.scale > 1.01));
    this.#part("message").addEventListener("click", (event) => {
      event.preventDefault();
      const seq = Number(this.#message?.dataset.seq);
      this.#dialog.close();
      if (seq) conversation.show(seq);
    });
    conversation.addEventListener("changed", () => this.#update());
  }

  /** @param {HTMLElement} link */
  open(link) {
    this.#dialog.showModal();
    this.#show(link);
    this.#toggle.focus();
  }

  /** The links of all pictures in the page. */
  get #links() {
    return [...this.#log.querySelectorAll(".picture-link")];
  }

  get #link() {
    return this.#links.find((link) => idOf(link) === this.#shown);
  }

  get #message() {
    return this.#link?.closest(".message");
  }

  /** @param {HTMLElement} link */
  #show(link) {
    const { href } = /** @type {HTMLAnchorElement} */ (link);
    const message = /** @type {HTMLElement} */ (link.closest(".message"));
    const { name = "" } = /** @type {HTMLElement} */ (link.closest("[data-file]")).dataset;
    this.#shown = idOf(link);
    this.#part("name").textContent = name;
    this.#part("author").textContent = message.querySelector(".message-author").textContent;
    showMoment(this.#part("time"), new Date(message.dataset.created));
    this.#part("download").setAttribute("href", `${href}?download`);
    this.#part("message").setAttribute("href", `?message=${message.dataset.seq ?? ""}`);
    this.#part("message").hidden = !message.dataset.seq;
    this.#part("problem").hidden = true;
    this.#setActual(false);
    this.#load(link, href, name);
    this.#showButtons();
  }

  /**
   * Shows the thumbnail, which is loaded already, until the picture is.
   *
   * @param {HTMLElement} link
   * @param {string} url
   * @param {string} name
   */
  async #load(link, url, name) {
    const thumbnail = /** @type {HTMLImageElement} */ (link.querySelector(".picture-image"));
    this.#picture.width = Number(link.dataset.width);
    this.#picture.height = Number(link.dataset.height);
    this.#picture.alt = name;
    this.#picture.src = thumbnail.currentSrc || url;
    const picture = new Image();
    picture.src = url;
    const id = this.#shown;
    const loaded = await picture.decode().then(
      () => true,
      () => false,
    );
    if (id !== this.#shown || !this.#dialog.open) return;
    if (loaded) this.#picture.src = url;
    else this.#part("problem").hidden = false;
  }

  /** @param {KeyboardEvent} event */
  #handleKey(event) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.#move(-FORWARD),
      ArrowRight: () => this.#move(FORWARD),
      Home: () => this.#move(-Infinity),
      End: () => this.#move(Infinity),
    };
    const act = keys[event.key];
    if (!act || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    act();
  }

  /**
   * Swiping against the direction of lines shows the next picture, with it the previous one, down closes the viewer. The picture follows the finger.
   *
   * @param {PointerEvent} event
   */
  #swipe({ type, pointerType, isPrimary, clientX, clientY }) {
    if (pointerType !== "touch") return;
    if (type === "pointerdown") {
      const { classList } = this.#stage;
      const mayStart = isPrimary && !classList.contains("viewer-actual") && !classList.contains("viewer-zoomed");
      this.#touched = mayStart ? { x: clientX, y: clientY } : null; // a second finger zooms
    }
    const x = clientX - (this.#touched?.x ?? clientX);
    const y = clientY - (this.#touched?.y ?? clientY);
    const sideways = Math.abs(x) > Math.abs(y);
    const follows = type === "pointermove" && this.#touched && !matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#picture.style.translate = follows ? (sideways ? `${x}px` : `0 ${Math.max(0, y)}px`) : "";
    if (type !== "pointerup" || !this.#touched) return;
    this.#touched = null;
    if (sideways && Math.abs(x) > SWIPE) this.#move(x < 0 ? FORWARD : -FORWARD);
    else if (!sideways && y > SWIPE) this.#dialog.close();
  }

  /**
   * Whether a click is on the picture, rather than beside it.
   *
   * @param {MouseEvent} event
   */
  #isOnPicture({ clientX, clientY }) {
    const { left, top, width, height } = this.#picture.getBoundingClientRect();
    const [fullWidth, fullHeight] = ["width", "height"].map((side) => Number(this.#picture.getAttribute(side)));
    const scale = Math.min(width / fullWidth, height / fullHeight);
    return (
      Math.abs(clientX - left - width / 2) <= (fullWidth * scale) / 2 &&
      Math.abs(clientY - top - height / 2) <= (fullHeight * scale) / 2
    );
  }

  /** @param {number} by */
  #move(by) {
    const links = this.#links;
    const place = links.findIndex((link) => idOf(link) === this.#shown);
    const next = links[Math.max(0, Math.min(place + by, links.length - 1))];
    if (next && idOf(next) !== this.#shown) this.#show(next);
  }

  /** After a change of the conversation: closes the viewer if the picture was deleted. */
  #update() {
    if (!this.#dialog.open) return;
    if (this.#link) this.#showButtons();
    else this.#dialog.close();
  }

  #showButtons() {
    const links = this.#links;
    const place = links.findIndex((link) => idOf(link) === this.#shown);
    /** @type {HTMLButtonElement} */ (this.#part("previous")).disabled = place <= 0;
    /** @type {HTMLButtonElement} */ (this.#part("next")).disabled = place >= links.length - 1;
  }

  /**
   * Shows the picture in its actual size, with the point that was clicked in the middle, or fits it to the window.
   *
   * @param {MouseEvent} event
   */
  #toggleSize({ clientX, clientY, detail }) {
    const before = this.#picture.getBoundingClientRect();
    const [x, y] = detail
      ? [(clientX - before.left) / before.width, (clientY - before.top) / before.height]
      : [0.5, 0.5];
    this.#setActual(!this.#stage.classList.contains("viewer-actual"));
    this.#stage.scrollLeft = x * this.#stage.scrollWidth - this.#stage.clientWidth / 2;
    this.#stage.scrollTop = y * this.#stage.scrollHeight - this.#stage.clientHeight / 2;
  }

  /** @param {boolean} actual */
  #setActual(actual) {
    this.#stage.classList.toggle("viewer-actual", actual);
    this.#toggle.setAttribute("aria-pressed", String(actual));
  }

  /** @param {string} name */
  #part(name) {
    return this.#dialog.querySelector(`.viewer-${name}`);
  }
}

/** @param {HTMLElement} link */
function idOf(link) {
  return link.closest("[data-file]")?.dataset.file ?? "";
}
