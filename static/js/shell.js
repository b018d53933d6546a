// Every page with the sidebar but the room's own: the counts are live there, too, and what was not sent yet goes out.
import { Outbox } from "./outbox.js";
import { Socket } from "./socket.js";
import { Unread } from "./unread.js";

const userName = document.getElementById("sidebar").dataset.user;
const socket = new Socket("/ws/", userName);
new Outbox(socket, userName);
new Unread(socket);
socket.connect();
