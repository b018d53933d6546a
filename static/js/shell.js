// Every page with the sidebar but the room's own: the counts are live there, too, and what was not sent yet goes out.
import { attachActing } from "./acting.js";
import { attachFocus } from "./focus.js";
import { attachLeaving } from "./leaving.js";
import { Outbox } from "./outbox.js";
import { Socket } from "./socket.js";
import { adopt } from "./storage.js";
import { Unread } from "./unread.js";

const { user, userId: id } = document.getElementById("sidebar").dataset;
const userId = Number(id);
adopt(user, userId);
export const socket = new Socket("/ws/", userId);
attachLeaving(userId, socket);
new Outbox(socket, userId);
export const unread = new Unread(socket, { lobby: Boolean(document.getElementById("open")) });
attachActing();
attachFocus();
socket.connect();
