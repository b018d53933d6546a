// The choice between light, dark and the system's colours. A cookie keeps it on this device: the server reads it, so
// that the next page comes in the right colours (chatproject/http/theme.py).
const YEAR = 31_536_000; // seconds

document.getElementById("theme").addEventListener("change", ({ target }) => {
  const chosen = target.value;
  document.cookie = `theme=${chosen}; path=/; max-age=${chosen ? YEAR : 0}; samesite=lax`;
  if (chosen) document.documentElement.dataset.theme = chosen;
  else delete document.documentElement.dataset.theme;
});
