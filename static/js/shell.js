// Every page with the sidebar but the room's own: the counts are live there, too, and what was not sent yet goes out.
import { Outbox } from "./outbox.js";
import { Socket } from "./socket.js";
import { Unread } from "./unread.js";

const socket = new Socket("/ws/");
new Outbox(socket, document.getElementById("sidebar").dataset.user);
new Unread(socket);
socket.connect();
