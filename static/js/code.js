// Finds out whether the caret is in code, as far as the Markdown before the caret tells.
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/**
 * Whether a fenced block is open at the end of `text`.
 *
 * @param {string} text
 */
export function inFence(text) {
  return split(text).fence !== "";
}

/**
 * Whether the end of `text` is code: in a fenced block, between backticks, or in an indented line.
 *
 * @param {string} text
 */
export function inCode(text) {
  const { fence, lines } = split(text);
  return fence !== "" || isIndented(lines) || isBetweenBackticks(lines);
}

/**
 * Returns the fence that is open at the end, or "", and the lines since the last closed fence.
 *
 * @param {string} text
 */
function split(text) {
  let fence = "";
  /** @type {string[]} */
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

/**
 * Whether the text ends in an indented code block: four spaces or a tab, and no paragraph before that it would
 * continue.
 *
 * @param {string[]} lines
 */
function isIndented(lines) {
  let first = lines.length;
  while (first > 0 && /^( {4}| {0,3}\t)/.test(lines[first - 1])) first--;
  return first < lines.length && !lines[first - 1]?.trim();
}

/** @param {string[]} lines */
function isBetweenBackticks(lines) {
  const paragraph = lines.slice(lines.findLastIndex((line) => !line.trim()) + 1).join("\n");
  let open = "";
  for (const [run] of paragraph.matchAll(/\\`|`+/g)) {
    if (open)
      open = run.replace("\\", "") === open ? "" : open; // inside code, a backslash escapes nothing
    else if (run[0] === "`") open = run;
  }
  return open !== "";
}
