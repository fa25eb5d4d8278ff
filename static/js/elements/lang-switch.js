// <lang-switch> around the language links: the reader keeps the place, and the site remembers the choice.

import { Part } from "../lib/part.js";
import { stays } from "../lib/stays.js";

const RESTED = 700; // ms in one place: it is being read
const FORGET = 8000; // ms at the head of the page: it was not left just to press the switch

class LangSwitch extends Part {
  /** @param {AbortSignal} signal */
  start(signal) {
    // The switch stands at the head of the page: who goes up to press it was reading further down a moment ago.
    let read = "";
    let timer = 0;
    addEventListener("scroll", () => {
      clearTimeout(timer);
      timer = setTimeout(() => (read = place()), place() ? RESTED : FORGET);
    }, { signal, passive: true });

    this.addEventListener("click", (event) => {
      const link = event.target instanceof Element && event.target.closest("a");
      if (!link) return;
      link.hash = place() || read;
      const lang = link.lang.slice(0, 2);
      if (lang) document.cookie = `lang=${lang}; path=/; max-age=31536000; samesite=lax`;
    }, { signal });
  }
}

/** The hash of the section being read, the same in both languages; nothing at the head of the page. */
function place() {
  const headings = [...document.querySelectorAll("main :is(h2, h3)[id]")];
  const id = headings.findLast((heading) => heading.getBoundingClientRect().top < innerHeight / 3 && !stays(heading))?.id;
  return id ? `#${id}` : "";
}

customElements.define("lang-switch", LangSwitch);
