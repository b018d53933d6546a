// Updates a person's name and picture everywhere in the page when they change.
import { showAvatar } from "./avatar.js";
import { showRoom } from "./foot.js";
import { personPath } from "./person_links.js";
import { FrameType } from "./protocol.js";
import { renamePerson } from "./reactions.js";
/** @import { Socket } from "./socket.js" */
/** @import { Page, Person } from "./wire.js" */

/**
 * @param {Socket} socket
 * @param {Page} page
 */
export function attachPeople(socket, page) {
  socket.addEventListener("frame", ({ detail }) => {
    if (detail.type === FrameType.PERSON) showPerson(detail, page);
  });
}

/**
 * @param {Person} person
 * @param {Page} page
 */
function showPerson(person, page) {
  const theirs = `[data-user-id="${person.user_id}"]`;
  const mine = person.user_id === page.user_id;
  if (mine)
    Object.assign(page, { user_name: person.user_name, display_name: person.display_name, avatar: person.avatar });
  for (const holder of document.querySelectorAll(
    `.message${theirs}, .member${theirs}${mine ? ", .sidebar-me summary" : ""}`,
  )) {
    if (holder.dataset.user) holder.dataset.user = person.user_name;
    showAvatar(holder.querySelector(".avatar"), person);
    const name = holder.querySelector(":is(.message-author, .member-name bdi, summary > bdi)");
    name.textContent = person.display_name;
    if (name.title) name.title = `@${person.user_name}`;
    name.closest("a")?.setAttribute("href", personPath(person.user_name));
    for (const field of holder.querySelectorAll("input[name^=user_name]"))
      /** @type {HTMLInputElement} */ (field).value = person.user_name;
  }
  for (const face of document.querySelectorAll(`.bar-faces ${theirs} .avatar`)) showAvatar(face, person);
  for (const author of document.querySelectorAll(
    `.message-quote[data-author-id="${person.user_id}"] .message-quote-author`,
  )) {
    author.textContent = person.display_name;
  }
  for (const name of document.querySelectorAll(`.message-pinned-mark ${theirs}`))
    name.textContent = person.display_name;
  for (const mention of document.querySelectorAll(`.mention${theirs}`)) {
    mention.dataset.user = person.user_name;
    mention.textContent = `@${person.user_name}`;
    mention.setAttribute("href", personPath(person.user_name));
  }
  for (const button of document.querySelectorAll(".reaction")) renamePerson(button, person, page);
  if (page.room.kind === "direct") showTitle(page);
}

/**
 * Updates the title of a direct room, which is named after the other people in it.
 *
 * @param {Page} page
 */
function showTitle(page) {
  const others = [...document.querySelectorAll("#members .member")].filter(
    ({ dataset }) => dataset.userId !== String(page.user_id),
  );
  const title = others.map((member) => member.querySelector(".member-name bdi").textContent).join(", ");
  if (!title) return;
  page.room.title = title;
  showRoom(page.room, page.role);
}
