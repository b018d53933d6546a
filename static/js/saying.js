// A sentence over the foot of the list, for a moment: what was done, or why it was not.
const SHOWN_FOR = 5000; // ms
const line = document.getElementById("said");
let timer = 0;

export function say(sentence) {
  clearTimeout(timer);
  line.textContent = sentence; // empty it can't be seen, but is there: screen readers overlook what appears with its text
  timer = setTimeout(() => (line.textContent = ""), SHOWN_FOR);
}
