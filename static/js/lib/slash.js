// `/` goes to the search box: outside fields, without modifiers, unless the reader has turned single keys off.

import { stored } from "./part.js";

addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.defaultPrevented) return;
  const at = event.target;
  if (at instanceof Element && at.closest("input, textarea, select, [contenteditable], [role=textbox]")) return;
  if (stored("pc-keys") === "off") return;

  // The page's own box stands after the header's.
  const fields = document.querySelectorAll(/** @type {"input"} */ ("[role=search] :is(textarea, input[type=search])"));
  const field = [...fields].findLast((it) => it.checkVisibility());
  if (field) {
    field.focus();
    field.select();
  } else {
    document.querySelector(/** @type {"a"} */ (".slash-link"))?.click();
  }
  event.preventDefault();
});
