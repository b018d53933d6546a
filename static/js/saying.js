// A sentence over the foot of the page, for a moment: what was done, or why it was not.
const SHOWN_FOR = 6000; // ms
const line = document.getElementById("said");
let timer = 0;

/** It stays while the pointer is on it. */
export function say(sentence) {
  clearTimeout(timer);
  line.textContent = sentence; // empty it can't be seen, but is there: screen readers overlook what appears with its text
  timer = setTimeout(leave, SHOWN_FOR);
}

function leave() {
  if (line.matches(":hover")) timer = setTimeout(leave, SHOWN_FOR / 3);
  else line.textContent = "";
}

if (line.textContent) say(line.textContent); // what the server said
