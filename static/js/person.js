// Somebody has another name or picture: shows it in everything of theirs that is in the page.
import { showAvatar } from "./avatar.js";
import { showRoom } from "./foot.js";
import { FrameType } from "./protocol.js";

export function attachPeople(socket, page) {
  socket.addEventListener("frame", ({ detail }) => {
    if (detail.type === FrameType.PERSON) showPerson(detail, page);
  });
}

function showPerson(person, page) {
  const name = CSS.escape(person.user_name);
  const mine = person.user_name === page.user_name;
  if (mine) Object.assign(page, { display_name: person.display_name, avatar: person.avatar });
  const holders = `.message[data-user="${name}"]:not(.message-guest), .member[data-user="${name}"]${mine ? ", .sidebar-me summary" : ""}`;
  for (const holder of document.querySelectorAll(holders)) {
    showAvatar(holder.querySelector(".avatar"), person);
    holder.querySelector(":is(.message-author, .member-name bdi, summary > bdi)").textContent = person.display_name;
  }
  for (const face of document.querySelectorAll(`.bar-faces [data-user="${name}"] .avatar`)) showAvatar(face, person);
  for (const author of document.querySelectorAll(`.message-quote[data-author="${name}"] .message-quote-author`)) {
    author.textContent = person.display_name;
  }
  if (page.room.kind === "direct") showTitle(page);
}

/** A direct room is called after the others in it. */
function showTitle(page) {
  const others = [...document.querySelectorAll("#members .member")].filter(({ dataset }) => dataset.user !== page.user_name);
  const title = others.map((member) => member.querySelector(".member-name bdi").textContent).join(", ");
  if (!title) return;
  page.room.title = title;
  showRoom(page.room, page.role);
}
