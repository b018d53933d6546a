// Where code is in a text being written, as far as Markdown can tell it from what stands before the caret.
const FENCE = /^ {0,3}(`{3,}|~{3,})(.*)$/;

/** Whether a fenced block is open at the end of `text`. */
export function inFence(text) {
  return split(text).fence !== "";
}

/** Whether the end of `text` is code: in a fenced block, between backticks, or in an indented line. */
export function inCode(text) {
  const { fence, lines } = split(text);
  return fence !== "" || isIndented(lines) || isBetweenBackticks(lines);
}

/** The fence that is open at the end, or ""; and the lines since the last one that was closed. */
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

/** Indented by four or more, after nothing or an empty line: otherwise it continues a paragraph. */
function isIndented(lines) {
  let first = lines.length;
  while (first > 0 && /^( {4}| {0,3}\t)/.test(lines[first - 1])) first--;
  return first < lines.length && !lines[first - 1]?.trim();
}

function isBetweenBackticks(lines) {
  const paragraph = lines.slice(lines.findLastIndex((line) => !line.trim()) + 1).join("\n");
  let open = "";
  for (const [run] of paragraph.matchAll(/\\`|`+/g)) {
    if (open)
      open = run.replace("\\", "") === open ? "" : open; // in code, a backslash is one
    else if (run[0] === "`") open = run;
  }
  return open !== "";
}
