// The dialog that sets the reminder of a message. Loaded when it is first opened.
import { callApi } from "./api.js";
import { gettext, interpolate } from "./i18n.js";
import { TimeDialog } from "./time_dialog.js";
import { momentText } from "./times.js";
import { showToast } from "./toast.js";

const dialog = new TimeDialog("remind");

/**
 * Opens the dialog for a message, which is saved if it is not yet. `remindAt` is the time of its present reminder.
 *
 * @param {{ roomName: string, seq: number, remindAt?: string }} options
 */
export function openReminder({ roomName, seq, remindAt }) {
  dialog.open(async (moment) => {
    const path = `rooms/${encodeURIComponent(roomName)}/messages/${seq}/saved/`;
    await callApi("PUT", path, { remind_at: moment.toISOString() });
    showToast(interpolate(gettext("Reminder set: %(time)s"), { time: momentText(moment) }));
  }, remindAt);
}
