// <copy-button data-copy="cmd|output" data-done="…"> around a hidden button: copies the command, or what was printed, of the
// evidence it stands in. Of a diff it copies the result: no signs, no removed lines.

import { Part } from "../lib/part.js";
import { copy } from "../lib/clipboard.js";

class CopyButton extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    const button = this.querySelector("button");
    const box = this.closest(".ev");
    if (!button || !box) return;

    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    const status = this.querySelector("[role=status]") ?? this.appendChild(quietStatus());
    let timer = 0;

    button.addEventListener("click", async () => {
      if (!(await copy(this.dataset.copy === "cmd" ? command(box) : output(box)))) return;
      status.textContent = label.textContent = this.words("done");
      clearTimeout(timer);
      timer = setTimeout(() => {
        label.textContent = before;
        status.textContent = "";
      }, 1600);
    }, { signal });
    button.hidden = false;
  }
}

/** A live region has to stand in the page before it has something to say. */
function quietStatus() {
  const status = document.createElement("span");
  status.className = "vh";
  status.role = "status";
  return status;
}

/** @param {Element} box */
function command(box) {
  return box.querySelector(".cmd")?.textContent?.trim() ?? "";
}

/** @param {Element} box */
function output(box) {
  const terms = [...box.querySelectorAll(".term")].filter((term) => term.checkVisibility());
  const lines = terms.flatMap((term) => [...term.querySelectorAll(".ln:not(.cut, .del)")]);
  return lines.map(printed).join("\n") + "\n";
}

/** @param {Element} line */
function printed(line) {
  return [...line.children]
    .filter((part) => !part.matches(".sgn, .note, [aria-hidden=true]"))
    .map((part) => part.textContent)
    .join("");
}

customElements.define("copy-button", CopyButton);
