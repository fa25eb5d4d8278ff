// The stored theme, before the first paint: a classic script, so that it blocks. Without one, the system decides.
try {
  const theme = localStorage.getItem("pc-theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is closed: the system decides.
}
