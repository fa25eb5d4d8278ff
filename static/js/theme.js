// The theme, before the first paint: a classic script, so that it blocks. `?theme=` says it to a page in another site's frame,
// elsewhere it is the stored one; without either the system decides.
try {
  const asked = location.pathname.startsWith("/embed/") && new URLSearchParams(location.search).get("theme");
  const theme = asked || localStorage.getItem("pc-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed: the system decides.
}
