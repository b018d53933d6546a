// Rejects dropped and pasted files: they can't be sent yet, and the browser would open a dropped file in place of the
// page.

/** @param {(sentence: string) => void} showToast */
export function refuseFiles(showToast) {
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => {
      if (!(event instanceof DragEvent) || !event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (name === "drop") showToast("Files can't be sent yet.");
    });
  }
  addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData?.files.length && !clipboardData.types.includes("text/plain"))
      showToast("Files can't be sent yet.");
  });
}
