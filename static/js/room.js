// The room page: creates its parts and connects them.
import { attachForms } from "./acting.js";
import { Announcer } from "./announcer.js";
import { keepWorker } from "./app.js";
import { watchPictures } from "./attachments.js";
import { attachCode } from "./code_blocks.js";
import { emojiSource, memberSource } from "./completion_sources.js";
import { Composer } from "./composer.js";
import { ConnectionStatus } from "./connection_status.js";
import { Conversation } from "./conversation.js";
import "./copy.js";
import { DraftFiles } from "./draft_files.js";
import { Drafts } from "./drafts.js";
import { Edits } from "./edits.js";
import { attachFileInput } from "./file_input.js";
import { FileTray } from "./file_tray.js";
import { attachFocus } from "./focus.js";
import { keepTitle, showKept, showRoom, showState, visibilityNotice } from "./foot.js";
import { gettext } from "./i18n.js";
import { watchActivity } from "./idle.js";
import { attachKeys } from "./keys.js";
import { attachSignOut } from "./leaving.js";
import { loadScript } from "./lazy.js";
import { Members } from "./members.js";
import { isOwn } from "./message.js";
import { MessageActions } from "./message_actions.js";
import { MessageList } from "./messages.js";
import { Online } from "./online.js";
import { Outbox } from "./outbox.js";
import { attachPeopleFields } from "./people_field.js";
import { attachPeople } from "./person.js";
import { attachPersonLinks } from "./person_links.js";
import { attachPins } from "./pins.js";
import { Presence } from "./presence.js";
import { attachPreviews } from "./preview_loader.js";
import { ErrorCode, FrameType, LeftReason } from "./protocol.js";
import { quoteOf, quoteOfWire } from "./quotes.js";
import { Reading } from "./reading.js";
import { RoomMentions } from "./room_mentions.js";
import { Scroller } from "./scroller.js";
import { attachFilter, attachSections, keepPlace } from "./sidebar.js";
import { attachSigns, refreshSigns } from "./signs.js";
import { Socket } from "./socket.js";
import * as storage from "./storage.js";
import { Stream } from "./stream.js";
import { Switcher } from "./switcher.js";
import "./theme.js";
import { showToast } from "./toast.js";
import { Typing } from "./typing.js";
import { Unread } from "./unread.js";
/** @import { Gate } from "./gate.js" */
/** @import { Outsiders } from "./outsiders.js" */
/** @import { Viewer } from "./viewer.js" */
/** @import { MessageWire, Page } from "./wire.js" */

/** @type {Page} */
const page = JSON.parse(document.getElementById("page").textContent);
page.saved = new Set(page.saved); // it comes as a list
/** @param {string} id */
const element = (id) => document.getElementById(id);
const roomName = page.room.name;

storage.migrate(page.user_name, page.user_id);
keepPlace();
attachFilter();
attachSections();
keepWorker();
const socket = new Socket("/ws/", page.user_id);
attachSignOut(page.user_id, socket); // before any stored data is read
const stream = new Stream(socket, page);
const outbox = new Outbox(socket, page.user_id);
const list = new MessageList(element("log"), page);
const members = new Members(element("members"), roomName);
const presence = new Presence(element("members"));
const online = new Online(roomName);
const scroller = new Scroller(element("scroller"));
const conversation = new Conversation(page, list, scroller);
const reading = new Reading({
  socket,
  roomName,
  list,
  scroller,
  conversation,
  readSeq: page.read_seq,
  unreadFrom: page.unread_from,
});
const drafts = new Drafts(page.user_id, roomName);
const files = new DraftFiles({ drafts, roomName, limits: page.files });
new FileTray(element("tray"), element("tray-said"), files);
const roomMentions = new RoomMentions(page, document.querySelector(".composer-plain"));
const composer = new Composer(/** @type {HTMLFormElement} */ (element("composer")), {
  drafts,
  files,
  storageKey: storage.prefix("editing", page.user_id) + roomName,
  limit: page.max_content_length,
  sources: [memberSource(element("members"), { roomName, me: page.user_id, roomMentions }), emojiSource],
  quote: (seq) => (list.get(seq) ? quoteOf(list.get(seq)) : conversation.message(seq).then(quoteOfWire)),
  ask: (content) => opened?.ask() ?? roomMentions.ask(content),
});
/** @type {Gate | null} */
let opened = null;
/** Loads what keeps the user from sending in slow mode, and while they are muted. */
async function openGate() {
  const script = opened ? null : await loadScript("composer");
  if (script) opened ??= new script.Gate({ page, composer, drafts, outbox, list });
  return opened;
}
const edits = new Edits({ socket, roomName, drafts, composer, outbox, list, conversation });
const typing = new Typing(socket, { roomName, me: page.user_id, line: element("typing"), lastSeq: page.room.last_seq });

// Incoming

/** @param {MessageWire} wire */
const own = (wire) => isOwn(wire, page);
stream.addEventListener("messages", ({ detail }) => {
  conversation.receive(detail.messages, { own, isReset: detail.history });
  edits.update(detail.messages);
});
stream.addEventListener("clear", () => {
  conversation.clear();
  composer.refreshReply();
});
conversation.addEventListener("rewritten", ({ detail }) => {
  composer.messageChanged(quoteOfWire(detail.message));
  actions.messageChanged(quoteOfWire(detail.message));
});
stream.addEventListener("joined", () => conversation.joined());
stream.addEventListener("room", ({ detail }) => {
  if (detail.role !== undefined) page.role = detail.role;
  const notice = visibilityNotice(detail.room, page.room);
  if (notice) showToast(notice);
  page.room = keepTitle(detail.room, page.room);
  showRoom(page.room, page.role);
  if (page.room.slow_seconds) openGate();
});
stream.addEventListener("online", ({ detail }) => presence.reset(detail.online, detail.online_count));
stream.addEventListener("presence", ({ detail }) => {
  presence.change(detail.joined, detail.left_ids, detail.online);
  if (detail.left_ids.length || detail.left_more) online.personLeft(detail.online);
});
online.addEventListener("updated", ({ detail }) => presence.setOnline(detail));
for (const name of ["changed", "clear", "back"]) stream.addEventListener(name, () => members.markStale());
presence.addEventListener("joined", () => members.checkPresent(() => presence.ids));
members.addEventListener("renewed", ({ detail }) => {
  page.may_moderate = detail.moderates;
  element("log").toggleAttribute("data-moderates", page.may_moderate);
  presence.show();
  refreshSigns();
});
stream.addEventListener("left", ({ detail }) => {
  page.role = null;
  reading.stop();
  online.stop();
  showState(detail.reason === LeftReason.DELETED ? "deleted" : "removed");
});
socket.addEventListener("frame", ({ detail }) => {
  if (detail.room_name !== roomName) return;
  if (detail.type === FrameType.READ) reading.setReadSeq(detail.seq);
  else if (detail.type === FrameType.PEOPLE) members.addJoined(detail);
  else if (detail.type === FrameType.AWAY) presence.setAway(detail.away_ids, detail.back_ids);
  else if (detail.code === ErrorCode.MUTED || detail.code === ErrorCode.SLOW_MODE)
    openGate().then((gate) => gate?.refused(detail));
  else if (detail.type === FrameType.SAVED) list.showSaved(detail.seq, Boolean(detail.saved));
});
attachPeople(socket, page);
watchActivity(socket);
attachSigns(socket);
attachPins(stream, page);
attachPeopleFields();
attachPersonLinks(roomName);
new Switcher(page.user_id, roomName);
attachForms();
attachFocus();
watchPictures(element("log"));
attachCode(element("log"));
attachPreviews(element("log"), page, conversation);
/** @type {Viewer | undefined} */
let viewer;
element("log").addEventListener("click", async (event) => {
  const link = /** @type {HTMLElement | null} */ (event.target.closest(".picture-link"));
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const script = await loadScript("viewer");
  if (!script) return;
  viewer ??= /** @type {Viewer} */ (new script.Viewer(element("log"), conversation));
  viewer.open(link);
});
document.addEventListener("click", async (event) => {
  const clicked = /** @type {HTMLElement} */ (event.target);
  if (!clicked.closest(".bar-notifications, .members-notifications a")) return;
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  (await loadScript("room-notifications-open"))?.openNotifications(roomName);
});
new Announcer(element("announcer"), conversation);

// Outgoing

outbox
  .items()
  .filter((item) => item.room_name === roomName)
  .forEach((item) => list.addPending(item));
outbox.addEventListener("sent", ({ detail }) => {
  if (detail.item.room_name === roomName) conversation.acknowledge(detail.item.client_id, detail.ack.seq);
});
outbox.addEventListener("gone", ({ detail }) => conversation.keepPlace(() => list.dropPending(detail.clientId)));
outbox.addEventListener("failed", ({ detail }) => {
  conversation.keepPlace(() => list.fail(detail.item.client_id, detail.item.failed));
});
composer.addEventListener("send", ({ detail }) => {
  const { content, reply_to: replyTo, attachments } = detail;
  conversation.showPending(outbox.add(roomName, content, { replyTo, attachments }));
  reading.messageSent();
  typing.sent();
});
composer.addEventListener("schedule", async ({ detail: { content, reply_to: replyTo } }) => {
  (await loadScript("schedule"))?.openSchedule({ roomName, content, replyTo, done: () => composer.clear(content) });
});
composer.addEventListener("typed", ({ detail }) => typing.inputChanged(detail.content));
composer.addEventListener("typed", ({ detail }) => roomMentions.check(detail.content));
composer.addEventListener("send", () => roomMentions.check(""));
if (page.room.kind !== "open") {
  const line = document.querySelector(".composer-outsiders");
  /** @type {Promise<Outsiders | undefined> | undefined} */
  let outsiders;
  /** @param {string} content */
  const check = async (content) => {
    if (/[@＠]/.test(content))
      outsiders ??= import(line.dataset.script).then(
        (script) => new script.Outsiders(line, element("members"), roomName),
        () => (outsiders = undefined), // tried again when more is typed
      );
    (await outsiders)?.check(content);
  };
  composer.addEventListener("typed", ({ detail }) => check(detail.content));
  composer.addEventListener("send", () => check(""));
}
attachFileInput(element("composer"), element("drop"), {
  add: (chosen) => composer.attach(chosen),
  refuse: (sentence) => composer.showError(sentence),
});
composer.addEventListener("emptied", ({ detail }) => {
  if (!outbox.holds(detail.id)) actions.remove(Number(detail.id), () => edits.discard(detail.id));
  else composer.showError(gettext("This message is still being sent. You can delete it afterwards."));
});
element("log").addEventListener("click", (event) => {
  const clicked = /** @type {HTMLElement} */ (event.target);
  const what = clicked.closest(".message-failure button")?.dataset.do;
  if (!what) return;
  const { clientId } = /** @type {HTMLElement} */ (clicked.closest(".message")).dataset;
  if (what === "retry") {
    list.retryPending(clientId);
    outbox.retry(clientId);
  } else {
    outbox.discard(clientId);
    list.dropPending(clientId);
  }
  composer.focus();
});

// Actions on one message

const actions = new MessageActions({ page, socket, composer, edits, conversation, reading });
attachKeys({ scroller: element("scroller"), log: element("log"), actions, composer });

// Start at the message the address names, at the first unread message, or at the bottom.

const target = page.target === null ? undefined : list.get(page.target);
const line = document.querySelector(".message-new")?.closest(".message");
if (target) conversation.open(target, 0.5, 0);
else if (line && !scroller.shows(line)) conversation.open(line, 0.15, page.unread);
else conversation.open(null, 0, 0);
if (target) scroller.highlight(target);

if (!page.role) reading.stop();
showKept();
new Unread(socket, { open: roomName });
new ConnectionStatus(socket);
socket.connect();
if (page.muted || page.room.slow_seconds) openGate();
if (page.blocked) loadScript("log").then((script) => script?.foldBlocked(element("log"), page.blocked));
if (element("first-run")) loadScript("first-run");
