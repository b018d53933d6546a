// Opens the dialog that sets the reminder of a message.

/**
 * Loads the dialog's script if needed. The parameter is that of `openReminder` in remind.js.
 *
 * @param {{ roomName: string, seq: number, remindAt?: string }} message
 */
export async function remind(message) {
  const { script } = document.getElementById("remind").dataset;
  (await import(script)).openReminder(message);
}
