// Older messages, a page at a time, over REST.
const PAGE = 50;

/** The messages below the seq `before`, oldest first. Throws when the server can't be asked. */
export async function fetchOlder(roomName, before) {
  const address = `/api/rooms/${encodeURIComponent(roomName)}/messages/?before=${before}&limit=${PAGE}`;
  const response = await fetch(address, { headers: { Accept: "application/json" } });
  if (!response.ok) throw new Error(`older messages: ${response.status}`);
  return (await response.json()).messages;
}
