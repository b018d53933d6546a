// Links in messages: what leads to another host opens elsewhere, and long addresses are shortened on sight.
const LONGEST = 64; // characters of an address that is shown whole
const HEAD = 40;
const TAIL = 16;
const ADDRESS = /^(https?:\/\/|www\.)\S+$/i;

export function dressLinks(element) {
  for (const link of element.querySelectorAll(".message-body a[href]")) {
    if (/^https?:$/.test(link.protocol) && link.host !== location.host) link.target = "_blank";
    const text = [...link.textContent];
    if (text.length > LONGEST && !link.childElementCount && ADDRESS.test(link.textContent)) shorten(link, text);
  }
}

/** The middle stays in the text, for whoever copies it or has it read out. */
function shorten(link, text) {
  const parts = [text.slice(0, HEAD), text.slice(HEAD, -TAIL), text.slice(-TAIL)].map((part) => part.join(""));
  const [head, middle, tail] = ["link-head", "link-middle", "link-tail"].map((name, index) => {
    const span = document.createElement("span");
    span.className = name;
    span.textContent = parts[index];
    return span;
  });
  link.title ||= link.href;
  link.replaceChildren(head, middle, tail);
}
