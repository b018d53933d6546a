// The dialog that schedules the message in the composer. Loaded when it is first opened.
import { callApi } from "./api.js";
import { gettext, interpolate } from "./i18n.js";
import { TimeDialog } from "./time_dialog.js";
import { momentText } from "./times.js";
import { showToast } from "./toast.js";

const dialog = new TimeDialog("schedule");

/**
 * Opens the dialog for a message; `done` is called when it is scheduled.
 *
 * @param {{ roomName: string, content: string, replyTo?: number, done: () => void }} options
 */
export function openSchedule({ roomName, content, replyTo, done }) {
  dialog.open(async (moment) => {
    const body = { content, send_at: moment.toISOString(), reply_to: replyTo };
    await callApi("POST", `rooms/${encodeURIComponent(roomName)}/scheduled/`, body);
    done();
    showToast(interpolate(gettext("Message scheduled: %(time)s"), { time: momentText(moment) }));
  });
}
