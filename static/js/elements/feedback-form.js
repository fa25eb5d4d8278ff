// <feedback-form data-done="…" data-failed="…"> around form.fb: sends it without leaving the page.
// A refusal or a lost connection is said in the status line, and what was written stays in the form.

import { Part } from "../lib/part.js";

class FeedbackForm extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    const form = this.querySelector("form");
    const status = this.querySelector(/** @type {"p"} */ ("[role=status]"));
    if (!form || !status) return;

    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (form.ariaBusy === "true") return;
      form.ariaBusy = "true";
      const error = await send(form, signal);
      form.ariaBusy = "false";
      status.dataset.state = error === null ? "done" : "error";
      status.textContent = error === null ? this.words("done") : error || this.words("failed");
      const fields = form.querySelector("fieldset");
      if (error === null && fields) {
        form.reset();
        fields.disabled = true;
      }
    }, { signal });
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {AbortSignal} signal
 * @returns {Promise<string | null>} null when it was taken, otherwise the server's reason, if it gave one
 */
async function send(form, signal) {
  // FormData would be multipart; the plain form is not, and the server reads one kind.
  const body = new URLSearchParams();
  for (const [name, value] of new FormData(form)) body.append(name, String(value));
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers: { accept: "application/json" }, signal });
    if (answer.ok) return null;
    const problem = await answer.json();
    return problem.detail ?? problem.title ?? "";
  } catch {
    return "";
  }
}

customElements.define("feedback-form", FeedbackForm);
