// <theme-toggle data-system="…" data-light="…" data-dark="…"> around a button: system → the other one → back → system.
// The words name the theme in force. theme.js sets it before the first paint; this only changes it.

import { Part, store } from "../lib/part.js";

class ThemeToggle extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    this.addEventListener("click", () => this.#next(), { signal });
    addEventListener("storage", (event) => event.key === "pc-theme" && this.#set(event.newValue), { signal });
    this.#label();
  }

  /** The first press always changes what one sees. */
  #next() {
    const order = matchMedia("(prefers-color-scheme: dark)").matches ? ["", "light", "dark"] : ["", "dark", "light"];
    const theme = order[(order.indexOf(this.#theme) + 1) % 3] || null;
    this.#set(theme);
    store("pc-theme", theme);
  }

  get #theme() {
    return document.documentElement.dataset.theme ?? "";
  }

  /** @param {string | null} theme */
  #set(theme) {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    this.#label();
  }

  #label() {
    const button = this.querySelector("button");
    const words = this.words(this.#theme || "system");
    if (!button || !words) return;
    button.ariaLabel = words;
    button.title = words;
  }
}

customElements.define("theme-toggle", ThemeToggle);
