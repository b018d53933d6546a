// Pages of messages, over REST.
import { callApi } from "./api.js";

export const PAGE = 50;

/**
 * Messages, oldest first: below the seq `before`, above the seq `after`, `around` one, or the newest.
 * Throws an ApiError when the server refuses or can't be asked.
 */
export async function fetchMessages(roomName, position = {}) {
  const query = new URLSearchParams({ ...position, limit: PAGE });
  const page = await callApi("GET", `rooms/${encodeURIComponent(roomName)}/messages/?${query}`);
  return page.messages;
}
