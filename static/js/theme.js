// Switches between the light, dark and system theme. The choice is stored in a cookie on this device: the server reads
// it to render the next page in the right theme (chatproject/http/theme.py).
const YEAR = 31_536_000; // seconds

document.getElementById("theme").addEventListener("change", ({ target }) => {
  const chosen = /** @type {HTMLInputElement} */ (target).value;
  document.cookie = `theme=${chosen}; path=/; max-age=${chosen ? YEAR : 0}; samesite=lax`;
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
});
