// Pages without the sidebar, for people who are signed in: shows invitations that arrive.
import { showInvitations } from "./invited.js";
import { Action, FrameType } from "./protocol.js";
import { Socket } from "./socket.js";

const { userId, invitations } = document.getElementById("said").dataset;
const socket = new Socket("/ws/", Number(userId));
let known = Number(invitations);

socket.addEventListener("up", () => {
  // A refused request is repeated with the next connection.
  socket.request({ action: Action.WATCH, lobby: false }).catch(() => {});
});
socket.addEventListener("frame", ({ detail }) => {
  if (detail.type !== FrameType.UNREAD || detail.invitations === undefined) return;
  const news = detail.invitations - known;
  known = detail.invitations;
  if (news > 0 || document.querySelector(".invited-card")) showInvitations(Math.max(0, news));
});
socket.connect();
