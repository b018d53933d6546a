// Every page with the sidebar, except the room page: updates the counts live and sends what is in the outbox.
import { attachForms } from "./acting.js";
import { keepWorker } from "./app.js";
import { attachFocus } from "./focus.js";
import { attachSignOut } from "./leaving.js";
import { Outbox } from "./outbox.js";
import { attachFilter, keepPlace } from "./sidebar.js";
import { attachSigns } from "./signs.js";
import { Socket } from "./socket.js";
import { migrate } from "./storage.js";
import { Switcher } from "./switcher.js";
import "./theme.js";
import { Unread } from "./unread.js";

const { user, userId: id } = document.getElementById("sidebar").dataset;
const userId = Number(id);
migrate(user, userId);
keepPlace();
attachFilter();
keepWorker();
export const socket = new Socket("/ws/", userId);
attachSignOut(userId, socket);
new Outbox(socket, userId);
export const unread = new Unread(socket, { lobby: Boolean(document.getElementById("open")) });
new Switcher(userId);
attachSigns(socket);
attachForms();
attachFocus();
socket.connect();
