// What every box for a symptom does: Enter asks, Shift+Enter makes a line, a whole log is posted.

const ADDRESS = 6000; // bytes that every proxy takes in an address; more is posted

/** @param {string} query */
export function long(query) {
  return String(new URLSearchParams({ q: query })).length > ADDRESS;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLTextAreaElement} box
 * @param {AbortSignal} signal
 */
export function asks(form, box, signal) {
  // A whole log has no room in an address.
  form.addEventListener("submit", () => (form.method = long(box.value) ? "post" : "get"), { signal });
  box.addEventListener(
    "keydown",
    (event) => {
      if (event.isComposing || event.keyCode === 229 || event.key !== "Enter") return;
      if (!event.ctrlKey && !event.metaKey && (event.shiftKey || box.value.includes("\n"))) return;
      event.preventDefault();
      form.requestSubmit();
    },
    { signal },
  );
}
