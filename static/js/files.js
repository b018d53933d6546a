// Files can't be sent yet: dropped anywhere on the page, they would open in its place.

export function refuseFiles(say) {
  for (const name of ["dragover", "drop"]) {
    addEventListener(name, (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      if (name === "drop") say("Files can't be sent yet.");
    });
  }
  addEventListener("paste", ({ clipboardData }) => {
    if (clipboardData?.files.length && !clipboardData.types.includes("text/plain")) say("Files can't be sent yet.");
  });
}
