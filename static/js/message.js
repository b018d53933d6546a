// Makes a message's element from its wire form, with the server's own template (templates/rooms/_message.html).
import { colourClass, initials } from "./avatar.js";
import { showTime } from "./times.js";
import { setSanitisedHtml } from "./trusted.js";

const template = document.getElementById("message-template");
const failureTemplate = document.getElementById("failure-template");

function empty() {
  return template.content.firstElementChild.cloneNode(true);
}

/** The element of a message, new or `element` itself brought up to date. */
export function renderMessage(wire, own, element = empty()) {
  element.id = `message-${wire.seq}`;
  element.dataset.seq = wire.seq;
  element.dataset.version = wire.version;
  setAuthor(element, wire, own);
  setCreated(element, wire.created_at);
  if (own) element.dataset.content = wire.content;
  element.classList.remove("message-pending", "message-failed");
  element.querySelector(".message-failure")?.remove();
  element.classList.toggle("message-guest", Boolean(wire.guest));
  element.classList.toggle("message-edited", Boolean(wire.edited_at));
  element.classList.toggle("message-deleted", Boolean(wire.deleted));
  setSanitisedHtml(element.querySelector(".message-body"), wire.html);
  return element;
}

/** A message of one's own that the server has not acknowledged: its text as typed. */
export function renderPending(item, me) {
  const element = empty();
  element.classList.add("message-pending");
  element.dataset.clientId = item.client_id;
  delete element.dataset.seq;
  setAuthor(element, me, true);
  setCreated(element, new Date(item.at).toISOString());
  element.querySelector(".message-body").textContent = item.content;
  if (item.failed) renderFailure(element, item.failed);
  return element;
}

export function renderFailure(element, sentence) {
  element.querySelector(".message-failure")?.remove();
  element.classList.add("message-failed");
  element.append(failureTemplate.content.cloneNode(true));
  element.querySelector(".message-failure-text").textContent = `Not sent. ${sentence}`;
}

function setAuthor(element, { user_name, display_name }, own) {
  element.dataset.user = user_name;
  element.classList.toggle("message-own", own);
  const avatar = element.querySelector(".avatar");
  avatar.className = `avatar ${colourClass(user_name)}`;
  avatar.textContent = initials(display_name);
  const author = element.querySelector(".message-author");
  author.textContent = display_name;
  author.title = `@${user_name}`;
}

function setCreated(element, createdAt) {
  element.dataset.created = createdAt;
  const time = element.querySelector(".message-time");
  time.dateTime = createdAt;
  showTime(time, new Date(createdAt));
}
