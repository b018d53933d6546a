// Fetches new HTML of a page from the server.
import { parseOwnPage } from "./trusted.js";

/**
 * Fetches the page at `address`; null if that fails.
 *
 * @param {string} address
 */
export async function fetchPage(address) {
  try {
    const response = await fetch(address);
    return response.ok && !response.redirected ? parseOwnPage(await response.text()) : null;
  } catch {
    return null;
  }
}
