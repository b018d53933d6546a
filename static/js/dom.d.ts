// What the scripts may assume about the DOM beyond TypeScript's own declarations.

// They select HTML elements only, never parts of icons, and mostly elements that the templates always contain. Where an
// element may be missing they test for it; the type doesn't say so.
interface ParentNode {
  querySelector<K extends keyof HTMLElementTagNameMap>(selectors: K): HTMLElementTagNameMap[K];
  querySelector(selectors: string): HTMLElement;
  querySelectorAll<K extends keyof HTMLElementTagNameMap>(selectors: K): NodeListOf<HTMLElementTagNameMap[K]>;
  querySelectorAll(selectors: string): NodeListOf<HTMLElement>;
}

interface Document {
  getElementById(id: string): HTMLElement;
}

interface Element {
  closest<K extends keyof HTMLElementTagNameMap>(selectors: K): HTMLElementTagNameMap[K] | null;
  closest(selectors: string): HTMLElement | null;
}

interface HTMLElement {
  readonly children: HTMLCollectionOf<HTMLElement>;
  readonly firstElementChild: HTMLElement | null;
  readonly nextElementSibling: HTMLElement | null;
  readonly previousElementSibling: HTMLElement | null;
  readonly dataset: Record<string, string>; // undefined where they test for it, as above
  cloneNode(deep?: boolean): HTMLElement;
}

// A template's content, which is never empty.
interface DocumentFragment {
  readonly firstElementChild: HTMLElement;
}

// What the user does begins at an HTML element.
interface UIEvent {
  readonly target: HTMLElement;
}

// Their own classes fire custom events; each class describes them and their `detail`.
interface EventTarget {
  addEventListener(type: string, listener: (event: CustomEvent) => void, options?: AddEventListenerOptions): void;
}

interface Window {
  django?: {
    jQuery?: (callback: () => void) => void; // in the admin
    gettext?: (text: string) => string; // in other languages than English
    ngettext?: (one: string, many: string, count: number) => string;
  };
}

// What notifications/views/web_app.py puts before the service worker.
declare const addresses: {
  offline: string;
  renew: string;
  static: string;
  files: string[];
  icon: string;
  badge: string;
};
declare const texts: { news: string };
