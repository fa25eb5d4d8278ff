// <page-toc> around nav.toc: marks the section being read with aria-current.

import { Part } from "../lib/part.js";
import { stays } from "../lib/stays.js";

class PageToc extends Part {
  /** @type {Map<HTMLElement, HTMLAnchorElement>} heading → its link, in the order of the page */
  #links = new Map();

  /** @param {AbortSignal} signal */
  start(signal) {
    this.#links.clear();
    for (const link of this.querySelectorAll(/** @type {"a"} */ ("a[href^='#']"))) {
      const heading = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (heading) this.#links.set(heading, link);
    }

    // A heading has been reached once it is above the line at a third of the window, however far above.
    const reached = new Set();
    const observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) reached[isIntersecting ? "add" : "delete"](target);
      this.#mark(reached);
    }, { rootMargin: "99999px 0px -67% 0px" });
    for (const heading of this.#links.keys()) observer.observe(heading);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  /** @param {Set<Element>} reached */
  #mark(reached) {
    const headings = [...this.#links.keys()];
    const current = headings.findLast((heading) => reached.has(heading) && !stays(heading)) ?? headings[0];
    for (const [heading, link] of this.#links) {
      if (heading === current) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }
}

customElements.define("page-toc", PageToc);
