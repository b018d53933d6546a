// Rejects dropped and pasted files: they can't be sent yet, and the browser would open a dropped file in place of the
// page.

/** @param {(sentence: string) => void} showNotice */
export function refuseFiles(showNotice) {
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => {
      if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (name === "drop") showNotice("Files can't be sent yet.");
    });
  }
  addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData?.files.length && !clipboardData.types.includes("text/plain"))
      showNotice("Files can't be sent yet.");
  });
}
