// The room page: connects its parts.
import { emojiSource, memberSource } from "./completion_sources.js";
import { Composer } from "./composer.js";
import { showRoom, showState } from "./foot.js";
import { fetchOlder } from "./history.js";
import { MessageList } from "./messages.js";
import { Outbox } from "./outbox.js";
import { Presence } from "./presence.js";
import { Action, LeftReason } from "./protocol.js";
import { Scroller } from "./scroller.js";
import { Socket } from "./socket.js";
import { Stream } from "./stream.js";
import { attachKeys, attachTools } from "./tools.js";
import { TroubleLine } from "./trouble.js";

const page = JSON.parse(document.getElementById("page").textContent);
const element = (id) => document.getElementById(id);
const roomName = page.room.name;

const socket = new Socket("/ws/");
const stream = new Stream(socket, page);
const outbox = new Outbox(socket, page.user_name);
const list = new MessageList(element("log"), page);
const presence = new Presence(element("members"), element("here"));
const scroller = new Scroller(element("scroller"), element("newer"), older);
const composer = new Composer(element("composer"), {
  draftKey: `parlor:draft:${page.user_name}:${roomName}`,
  limit: page.max_content_length,
  sources: [memberSource(element("members"), { roomName, me: page.user_name }), emojiSource],
});

// Older messages.

async function older() {
  if (list.oldestSeq <= 1) {
    element("log-start").hidden = false;
    return false;
  }
  element("log-older").hidden = false;
  try {
    const messages = await fetchOlder(roomName, list.oldestSeq);
    show(messages, true);
    return messages.length > 0;
  } catch {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return true;
  } finally {
    element("log-older").hidden = true;
  }
}

function show(messages, history) {
  const log = element("log");
  log.ariaBusy = String(history); // what is old is not announced
  scroller.keepPlace(() => {
    const news = messages.filter((wire) => list.put(wire, { history }) && wire.user_name !== page.user_name);
    return history ? 0 : news.length;
  });
  log.ariaBusy = "false";
  if (list.oldestSeq > 1) element("log-start").hidden = true;
  if (scroller.atBottom) list.trim();
}

// What comes.

stream.addEventListener("messages", ({ detail }) => show(detail.messages, detail.history));
stream.addEventListener("clear", () => list.clear());
stream.addEventListener("joined", () => scroller.fillUpwards());
stream.addEventListener("room", ({ detail }) => {
  if (detail.role !== undefined) page.role = detail.role;
  showRoom(detail.room, page.role);
});
stream.addEventListener("online", ({ detail }) => presence.begin(detail.online, detail.online_count));
stream.addEventListener("presence", ({ detail }) => presence.change(detail.joined, detail.left, detail.online));
stream.addEventListener("left", ({ detail }) => {
  page.role = null;
  showState(detail.reason === LeftReason.CLOSED ? "closed" : "removed");
});

// What goes.

function showPending(item) {
  if (item.room_name !== roomName) return;
  list.addPending(item);
  scroller.toBottom();
}

outbox.items().forEach(showPending);
outbox.addEventListener("sent", ({ detail }) => {
  if (detail.item.room_name === roomName) scroller.keepPlace(() => list.acknowledge(detail.item.client_id, detail.ack.seq) ?? 0);
});
outbox.addEventListener("failed", ({ detail }) => scroller.keepPlace(() => list.fail(detail.item.client_id, detail.item.failed) ?? 0));
composer.addEventListener("send", ({ detail }) => showPending(outbox.add(roomName, detail.content, detail.reply_to)));
composer.addEventListener("change", async ({ detail }) => {
  try {
    await socket.request({ action: Action.EDIT_MESSAGE, room_name: roomName, ...detail });
    composer.leaveEditing();
  } catch (error) {
    composer.complain(error.message);
  }
});
composer.addEventListener("recall", () => edit(list.latestOwn));
element("log").addEventListener("click", (event) => {
  const what = event.target.closest(".message-failure button")?.dataset.do;
  if (!what) return;
  const { clientId } = event.target.closest(".message").dataset;
  if (what === "retry") {
    list.retryPending(clientId);
    outbox.retry(clientId);
  } else {
    outbox.discard(clientId);
    list.dropPending(clientId);
  }
  composer.focus();
});

// Changing and deleting.

function edit(message) {
  if (message) composer.edit(Number(message.dataset.seq), message.dataset.content);
}

function remove(message) {
  const dialog = element("confirm-delete");
  dialog.returnValue = "";
  dialog.onclose = async () => {
    if (dialog.returnValue !== "delete") return;
    try {
      await socket.request({ action: Action.DELETE_MESSAGE, room_name: roomName, seq: Number(message.dataset.seq) });
    } catch (error) {
      composer.complain(error.message);
    }
  };
  dialog.showModal();
}

attachTools(element("log"), element("message-tools"), {
  may(message) {
    if (!page.role || message.matches(".message-deleted, .message-pending")) return [];
    if (message.matches(".message-own")) return ["edit", "delete"];
    return page.may_moderate ? ["delete"] : [];
  },
  act: (what, message) => (what === "edit" ? edit(message) : remove(message)),
});
attachKeys(element("scroller"), element("log"));

// Going in is joining: who only looks in from outside gets no socket. Scrolling up works for them all the same.
if (page.role) {
  new TroubleLine(socket);
  socket.connect();
} else {
  scroller.fillUpwards();
}
