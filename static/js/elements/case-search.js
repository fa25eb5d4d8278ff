// <case-search api lang> around form.ask: hits under the box while one types or pastes.
// The form alone is enough; focus moves to real links, which every screen reader knows how to read and open.
//
// Words: data-none, data-one, data-many (with {n}) for the status line. In the <template>, an element with data-field takes
// title, cause, minutes or why, and the .meter its bars; {n} in data-words is filled in.

import { asks, long } from "../lib/ask.js";
import { Part } from "../lib/part.js";

/** @typedef {{ title: string, url: string, cause: string, minutes: number, meter: number, why: string[] }} Hit */

const PAUSE = 120; // ms after the last key
const SHAREABLE = 2000; // bytes of a query that may stand in this page's address
const READ = 20000; // characters that are asked about while one types; the form sends all of them

class CaseSearch extends Part {
  #request = new AbortController();
  #timer = 0;
  #asked = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    const form = this.querySelector("form");
    const box = this.querySelector("textarea");
    if (!form || !box) return;

    const later = (/** @type {Event} */ event) => {
      if (event instanceof InputEvent && event.isComposing) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask(box.value.trim()), PAUSE);
    };
    box.addEventListener("input", later, { signal });
    box.addEventListener("compositionend", later, { signal });
    asks(form, box, signal);
    box.addEventListener("keydown", (event) => this.#boxKey(event, box), { signal });
    this.#list.addEventListener("keydown", (event) => this.#listKey(event, box), { signal });
    signal.addEventListener("abort", () => this.#stop());

    const q = new URLSearchParams(location.search).get("q");
    if (q && !box.value) box.value = q;
    if (box.value.trim()) this.#ask(box.value.trim());
  }

  get #list() {
    return /** @type {HTMLUListElement} */ (this.querySelector(".hits"));
  }

  get #links() {
    return [...this.#list.querySelectorAll("a")];
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#request.abort();
    this.#request = new AbortController();
  }

  /** @param {string} query */
  async #ask(query) {
    if (query === this.#asked) return;
    this.#asked = query;
    this.#stop();
    if (!query) return this.#show([], "");

    const { signal } = this.#request;
    const api = this.getAttribute("api") ?? "";
    const body = new URLSearchParams({ q: query.slice(0, READ), lang: this.lang });
    const post = long(query);
    try {
      const answer = await fetch(post ? api : `${api}?${body}`, {
        ...(post && { method: "POST", body }),
        headers: { accept: "application/json" },
        signal,
      });
      if (!answer.ok) throw new Error(answer.statusText);
      /** @type {{ results: Hit[] }} */
      const { results } = await answer.json();
      if (signal.aborted) return;
      const words = results.length ? (results.length === 1 ? "one" : "many") : "none";
      this.#show(results, this.words(words, results.length));
    } catch {
      if (signal.aborted) return; // a newer question is on its way
      this.#asked = "";
      this.#show([], ""); // the button still works
    }
  }

  /**
   * @param {Hit[]} hits
   * @param {string} said
   */
  #show(hits, said) {
    const template = this.querySelector("template");
    if (template) this.#list.replaceChildren(...hits.map((hit) => filled(template, hit)));
    const status = this.querySelector("[role=status]");
    if (status) status.textContent = said;

    const q = String(new URLSearchParams({ q: this.#asked }));
    const here = new URL(location.href);
    here.search = this.#asked && q.length <= SHAREABLE ? q : "";
    if (here.href !== location.href) history.replaceState(history.state, "", here);

    const all = this.querySelector(/** @type {"a"} */ (".hitfoot a"));
    if (all) all.search = q;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLTextAreaElement} box
   */
  #boxKey(event, box) {
    if (event.isComposing || event.keyCode === 229) return;
    const command = event.ctrlKey || event.metaKey;
    if (event.key === "ArrowDown" && !command && !box.value.slice(box.selectionEnd).includes("\n") && this.#links[0]) {
      this.#links[0].focus();
    } else if (event.key === "Escape" && box.value) {
      box.value = "";
      this.#ask("");
    } else {
      return;
    }
    event.preventDefault();
  }

  /**
   * @param {KeyboardEvent} event
   * @param {HTMLTextAreaElement} box
   */
  #listKey(event, box) {
    const links = this.#links;
    const at = links.findIndex((link) => link === document.activeElement);
    if (event.key === "ArrowDown") (links[at + 1] ?? links[at])?.focus();
    else if (event.key === "ArrowUp") (links[at - 1] ?? box).focus();
    else if (event.key === "Home") links[0]?.focus();
    else if (event.key === "End") links.at(-1)?.focus();
    else if (event.key === "Escape") box.focus();
    else return;
    event.preventDefault();
  }
}

/**
 * @param {HTMLTemplateElement} template
 * @param {Hit} hit
 */
function filled(template, hit) {
  const item = /** @type {DocumentFragment} */ (template.content.cloneNode(true));
  const link = item.querySelector("a");
  if (link) link.href = hit.url;
  /** @type {Record<string, string>} */
  const texts = { title: hit.title, cause: hit.cause, minutes: String(hit.minutes), why: hit.why.join(" + ") };
  for (const place of item.querySelectorAll(/** @type {"span"} */ ("[data-field]"))) {
    const text = texts[place.dataset.field ?? ""] ?? "";
    write(place, text && (place.dataset.words ?? "{n}").replace("{n}", () => text));
  }
  const meter = item.querySelector(/** @type {"span"} */ (".meter"));
  if (meter) {
    meter.ariaLabel = (meter.dataset.words ?? "{n}").replace("{n}", String(hit.meter));
    [...meter.children].forEach((bar, i) => bar.classList.toggle("on", i < hit.meter));
  }
  return item;
}

/**
 * Text with `code` between backticks.
 * @param {Element} place
 * @param {string} text
 */
function write(place, text) {
  text.split("`").forEach((part, i) => {
    if (i % 2 === 0) return place.append(part);
    const code = document.createElement("code");
    code.textContent = part;
    place.append(code);
  });
}

customElements.define("case-search", CaseSearch);
