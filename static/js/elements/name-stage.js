// <name-stage> around lookups that the server made: makes them again for what a reader changes, side by side, and goes
// through them step by step. Words and markup come from the page (tables as JSON, <template>s); the engine judges what is
// typed. `#become` asks and shows, `#seek` moves through the steps; both lists advance together.

import { Part } from "../lib/part.js";
import { copy } from "../lib/clipboard.js";
import { soon } from "../lib/soon.js";
import { engine } from "../stage/engine.js";
import { fromHash, toHash } from "../stage/link.js";
import { Predict } from "../stage/predict.js";
import { save } from "../stage/save.js";
import { draw } from "../stage/names/chart.js";
import { differences, lane, markOnly, put } from "../stage/names/lane.js";
import { Setup } from "../stage/names/setup.js";
import { span } from "../stage/names/words.js";

/** @typedef {import("../stage/names/lane.js").Lane} Lane */
/** @typedef {import("../stage/names/setup.js").State} State */

/** ms between two steps while it plays. */
const PACE = 450;
/** As in server/src/web/view/stage.rs. */
const WIDTHS = /** @type {const} */ ([[390, "nar"], [610, "wid"]]);

class NameStage extends Part {
  /** @type {State} */
  preset = { config: {}, implementations: [], connect: null, rtt: 1000 };
  /** @type {State} */
  state = this.preset;
  /** @type {string[]} the preset's */
  all = [];
  /** @type {Lane[]} */
  lanes = [];
  /** @type {import("../stage/names/words.js").Words} */
  tables = { events: {}, variants: {}, values: {}, effects: {}, rules: {}, reasons: {}, strerror: {}, ui: {} };
  /** @type {import("../stage/engine.js").Engine | undefined} */
  wasm;
  at = 0;
  touched = false;
  timer = 0;
  fault = "";
  /** @type {Promise<boolean> | undefined} */
  loading;

  /** @param {AbortSignal} signal */
  start(signal) {
    const json = (/** @type {string} */ what) => JSON.parse(this.querySelector(`script[data-${what}]`)?.textContent ?? "{}");
    const { config, implementations, connect } = json("preset");
    this.tables = json("words");
    this.all = implementations;
    const pair = [...this.querySelectorAll("[data-pair]")].map((it) => it.getAttribute("data-pair") ?? "");
    this.preset = { config, implementations: pair, connect, rtt: 1000 };
    this.state = structuredClone(this.preset);
    const [predict, setup] = [this.querySelector(".predict"), this.querySelector(".ctl")];
    if (predict instanceof HTMLElement) this.predict = new Predict(predict, () => this.#play(true), signal);
    if (setup instanceof HTMLElement) this.setup = new Setup(setup, this.tables, (kind, fields) => this.#made(kind, fields), () => this.#changed(), signal);
    this.range = /** @type {HTMLInputElement} */ (this.querySelector(".track input"));
    this.range.addEventListener("input", () => { this.#pause(); this.#seek(Number(this.range?.value), true); }, { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    if (this.#keepsAddress()) addEventListener("hashchange", () => this.#fromAddress(), { signal });
    const near = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      near.disconnect();
      soon(() => this.#load());
    });
    near.observe(this);
    signal.addEventListener("abort", () => { near.disconnect(); this.#pause(); });
  }

  /** Loads the engine once; what the server made stays if that fails. */
  #load() {
    this.loading ??= this.#wake();
    return this.loading;
  }

  async #wake() {
    try {
      this.wasm = await engine();
    } catch {
      this.loading = undefined;
      this.#say(this.words("failed"));
      return false;
    }
    if (!(this.#keepsAddress() && (await this.#fromAddress()))) this.#become(this.state);
    this.dataset.live = "";
    return true;
  }

  async #changed() {
    // What was typed while the engine was still under way counts.
    const typed = this.setup?.read(this.state);
    const early = !this.wasm;
    if (!typed || !(await this.#load())) return;
    this.#pause();
    this.#become(typed, undefined, !early);
    if (this.#keepsAddress()) this.#remember();
  }

  /** @param {string} id @param {State} state @returns {Lane} */
  #lane(id, { config, connect, rtt }) {
    const dial = connect ? `${connect.program}\n${Object.entries(connect.reach).map(([address, does]) => `${address} ${does}\n`).join("")}` : undefined;
    const answer = JSON.parse(this.wasm?.resolve(JSON.stringify(config), id, dial) ?? "{}");
    return lane(id, String(config.name), answer, dial !== undefined, rtt, this.tables);
  }

  /**
   * Asks and shows; a mistake leaves what was there and is told at its field.
   * @param {State} state @param {number} [at]  the step; the last if not given
   * @param {boolean} [typed]  the fields say so already
   */
  #become(state, at, typed = false) {
    let lanes, all;
    try {
      lanes = state.implementations.map((id) => this.#lane(id, state));
      all = this.all.map((id) => this.#lane(id, state));
    } catch (error) {
      this.#wrong(error instanceof Error ? error.message : String(error));
      return false;
    }
    this.#say("");
    this.setup?.fault();
    markOnly(lanes, this.tables);
    [this.state, this.lanes] = [state, lanes];
    if (!typed) this.setup?.show(state);
    this.setup?.reach(addresses(state, lanes), state.connect);
    this.setup?.notes(lanes);
    this.#draw(all);
    this.#seek(Math.min(at ?? this.#last(), this.#last()), false);
    this.dispatchEvent(new CustomEvent("ran", { detail: this, bubbles: true }));
    return true;
  }

  /** @param {Lane[]} all */
  #draw(all) {
    const [first, second] = this.lanes;
    const { ui } = this.tables;
    for (const box of this.querySelectorAll(".lane, .trace")) {
      const n = Number(box.getAttribute("data-lane"));
      const lane = this.lanes[n];
      /** @type {HTMLElement} */ (box).hidden = !lane;
      if (!lane) continue;
      fill(box, { ...lane });
      box.querySelector(".got")?.classList.toggle("bad", !lane.good);
      (box.matches(".lane") ? box.querySelector("pre") : box)?.setAttribute("aria-label", lane.label);
      box.querySelector("ol")?.replaceChildren(...lane.steps.map((step, n) => {
        const row = this.#made("step", { words: step.words, only: step.only, random: step.random, at: step.at, why: step.why, source: step.source });
        row.setAttribute("data-step", String(n));
        const link = row.querySelector("a");
        if (link && step.href) Object.assign(link, { rel: "noreferrer", href: step.href });
        const from = row.querySelector(".from");
        if (from instanceof HTMLElement) from.hidden = step.source === "";
        return row;
      }));
    }
    const verdict = this.querySelector(".verdict");
    if (verdict) {
      const differ = first && second ? differences(first, second, this.tables) : [];
      verdict.textContent = !second ? "" : differ.length ? put(ui.differ, { n: differ.join(ui.comma) }) : (ui.same ?? "");
    }
    const groups = this.lanes.map((lane) => /** @type {[string, Lane["bars"]]} */ ([lane.label, lane.bars]));
    this.querySelector(".chart")?.replaceChildren(...WIDTHS.map(([width, look]) => draw(groups, width, look, ui)));
    const note = this.querySelector("figcaption");
    if (note) note.textContent = put(ui.note, { n: span(this.state.rtt) });
    const rows = this.lanes.flatMap((lane) => lane.bars.map((bar) => this.#made("query", { who: lane.label, label: bar.label, what: bar.what, start: span(bar.start), end: span(bar.end) })));
    this.querySelector(".queries tbody")?.replaceChildren(...rows);
    const count = this.querySelector(".queries .n");
    if (count) count.textContent = String(rows.length);
    this.querySelector(".each tbody")?.replaceChildren(...all.map((lane, i) => {
      const differ = all[0] ? differences(all[0], lane, this.tables) : [];
      const compared = i === 0 ? ui.firstRow : differ.length ? put(ui.unlike, { n: differ.join(ui.comma) }) : ui.asFirst;
      return this.#made("row", { label: lane.label, outcome: lane.outcome, order: lane.order, queries: String(lane.queries), took: lane.took, connect: lane.connect, compared: compared ?? "" });
    }));
    if (this.range) this.range.max = String(this.#last());
  }

  #last() {
    return Math.max(0, ...this.lanes.map((lane) => lane.steps.length - 1));
  }

  /** @param {number} at  a step @param {boolean} own  the reader asked for it */
  #seek(at, own) {
    if (own) this.touched = true;
    this.at = Math.min(Math.max(at, 0), this.#last());
    const ended = this.at >= this.#last();
    this.lanes.forEach((lane, n) => {
      const here = Math.min(this.at, lane.steps.length - 1);
      for (const row of this.querySelectorAll(`.trace[data-lane="${n}"] .st`)) {
        const step = Number(row.getAttribute("data-step"));
        row.classList.toggle("later", step > here);
        if (step === here && this.touched) {
          row.setAttribute("aria-current", "step");
          if (own) this.#scroll(/** @type {HTMLElement} */ (row));
        } else row.removeAttribute("aria-current");
      }
      const box = this.querySelector(`.lane[data-lane="${n}"]`);
      box?.classList.toggle("later", !ended && here < lane.steps.length - 1);
    });
    for (const svg of this.querySelectorAll(".chart svg")) {
      let lane = -1;
      for (const part of svg.children) {
        if (part.matches("text.b")) lane += 1;
        if (part.matches("g")) part.classList.toggle("later", Number(part.getAttribute("data-step")) > Math.min(this.at, (this.lanes[lane]?.steps.length ?? 1) - 1));
      }
    }
    const where = this.querySelector(".where");
    const words = put(this.tables.ui.step, { n: this.at + 1, m: this.#last() + 1 });
    if (where) where.textContent = words;
    if (this.range) {
      this.range.value = String(this.at);
      this.range.setAttribute("aria-valuetext", [words, ...this.lanes.map((lane) => lane.steps[Math.min(this.at, lane.steps.length - 1)]?.words ?? "")].join(" · "));
    }
    if (own && this.#keepsAddress()) this.#remember();
  }

  /** Keeps the current step in view without moving the page. @param {HTMLElement} row */
  #scroll(row) {
    const box = row.closest(".trace");
    if (!box) return;
    const [outer, inner] = [box.getBoundingClientRect(), row.getBoundingClientRect()];
    // The name of the implementation stays at the top.
    if (inner.top < outer.top + 44) box.scrollTop -= outer.top + 44 - inner.top;
    else if (inner.bottom > outer.bottom) box.scrollTop += inner.bottom - outer.bottom + 8;
  }

  /** @param {boolean} [chosen]  a prediction was made */
  async #play(chosen = false) {
    if (!(await this.#load())) return;
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) {
      this.#seek(this.#last(), true);
      if (chosen) this.predict?.reveal();
      return;
    }
    if (this.at >= this.#last()) this.#seek(0, true);
    this.#pause();
    this.timer = setInterval(() => {
      this.#seek(this.at + 1, true);
      if (this.at < this.#last()) return;
      this.#pause();
      this.predict?.reveal();
    }, PACE);
    this.#playing();
  }

  #pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.#playing();
  }

  #playing() {
    this.querySelector(".tl")?.toggleAttribute("data-playing", this.timer !== 0);
    const button = this.querySelector("[data-do=play]");
    if (button instanceof HTMLElement) button.setAttribute("aria-label", (this.timer ? button.dataset.pause : button.dataset.play) ?? "");
  }

  /** @param {number} way */
  async #step(way) {
    this.#pause();
    if (await this.#load()) this.#seek(this.at + way, true);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !(target instanceof HTMLElement)) return;
    if (target.closest("textarea, select, input:not(.track input)")) return;
    if (event.key === " " && target.closest("button, summary, a")) return;
    if (["Home", "End", "ArrowLeft", "ArrowRight"].includes(event.key) && target.closest(".out, .hscroll")) return;
    switch (event.key) {
      case " ": if (this.timer) this.#pause(); else this.#play(); break;
      case "ArrowRight": this.#step(1); break;
      case "ArrowLeft": this.#step(-1); break;
      case "Home": this.#step(-Infinity); break;
      case "End": this.#step(Infinity); break;
      default: return;
    }
    event.preventDefault();
  }

  /** @param {Event} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    switch (button?.dataset.do) {
      case "play": if (this.timer) this.#pause(); else this.#play(); break;
      case "step": this.#step(1); break;
      case "back": this.#step(-1); break;
      case "reset": this.#reset(); break;
      case "link": this.#copied(button, this.#hash().then((hash) => new URL(hash, location.href).href)); break;
      case "embed": this.#copied(button, this.#hash().then((hash) => this.#frame(hash))); break;
      case "text": this.#copied(button, Promise.resolve(this.#text())); break;
      case "json": save(new Blob([`${JSON.stringify(this.state.config, null, 2)}\n`], { type: "application/json" }), `${this.id}.json`); break;
    }
  }

  async #reset() {
    if (!(await this.#load())) return;
    this.#pause();
    if (document.activeElement instanceof HTMLTextAreaElement) document.activeElement.blur();
    this.#become(structuredClone(this.preset));
    if (this.#keepsAddress()) history.replaceState(null, "", location.pathname + location.search);
  }

  /** The lookups as text, for a ticket or a mail. */
  #text() {
    const parts = this.lanes.map((lane) => [`# ${lane.label}`, lane.tool, lane.cost, lane.connect, ...lane.steps.map((step, i) => `${i + 1}. ${step.at ? `[${step.at}] ` : ""}${step.words}${step.source ? `  (${step.source})` : ""}`)].filter(Boolean).join("\n"));
    return [document.querySelector("h1")?.textContent ?? document.title, location.href, "", parts.join("\n\n"), this.querySelector(".verdict")?.textContent].join("\n");
  }

  /** @param {string} hash */
  #frame(hash) {
    const frame = document.createElement("iframe");
    frame.src = new URL(this.words("embed"), location.href).href + hash;
    frame.width = "100%";
    frame.height = "760";
    frame.setAttribute("loading", "lazy");
    frame.title = document.title;
    return frame.outerHTML;
  }

  /** @param {HTMLElement} button @param {Promise<string>} text */
  async #copied(button, text) {
    if (!(await copy(await text))) return;
    const before = button.textContent;
    button.textContent = button.dataset.done ?? "";
    setTimeout(() => (button.textContent = before), 1600);
  }

  #keepsAddress() {
    return "address" in this.dataset;
  }

  /** The address follows, but not at every step. */
  #remember() {
    clearTimeout(this.later);
    this.later = setTimeout(async () => history.replaceState(null, "", await this.#hash()), 400);
  }

  #hash() {
    const { config, implementations, connect, rtt } = this.state;
    return toHash({ config, seed: 1, at: this.at, more: { implementations, connect, rtt } });
  }

  /** Shows what the address asks for; says whether it asked for anything. */
  async #fromAddress() {
    const shared = await fromHash(location.hash);
    if (shared === null) return false;
    if (shared === "bad" || shared === "newer") {
      this.#become(structuredClone(this.preset));
      this.#say(this.words(shared));
      return true;
    }
    this.touched = true;
    const state = { config: shared.config, ...more(shared.more, this.preset) };
    if (this.#become(state, Math.floor(shared.at ?? Infinity))) return true;
    // The fields show the preset again: what was wrong is told above them.
    const { fault } = this;
    this.#become(structuredClone(this.preset));
    this.#say(fault);
    return true;
  }

  /** @param {string} fault  `path: reason`, or an implementation that is unknown */
  #wrong(fault) {
    const unknown = /^("(?:[^"\\]|\\.)*"): write /s.exec(fault)?.[1];
    const [, path, reason = ""] = /^(.*?): (.*)$/s.exec(fault) ?? [];
    const words = unknown ? put(this.tables.ui.badVersion, { n: unknown }) : path ? `${path}${this.tables.ui.colon ?? ": "}${this.tables.reasons[reason] ?? reason}` : fault;
    this.fault = this.words("mistake", words);
    this.#say(this.setup?.fault(fault) ? "" : this.fault);
  }

  /** @param {string} words */
  #say(words) {
    const place = this.querySelector(":scope > .fault");
    if (place) place.textContent = words;
  }

  /** @param {string} kind @param {Record<string, string>} fields */
  #made(kind, fields) {
    const template = this.querySelector(`template[data-t="${kind}"]`);
    const made = template instanceof HTMLTemplateElement ? template.content.firstElementChild?.cloneNode(true) : null;
    const element = made instanceof Element ? made : document.createElement("li");
    fill(element, fields);
    return element;
  }
}

/** Puts texts where the markup wants them; what is said beside something is hidden when it is empty. @param {Element} place @param {Record<string, unknown>} fields */
function fill(place, fields) {
  for (const part of place.querySelectorAll("[data-f]")) {
    const text = fields[part.getAttribute("data-f") ?? ""];
    if (typeof text !== "string") continue;
    part.textContent = text;
    if (part instanceof HTMLElement && part.matches("small, .why, .dim, span[data-f=connect]")) part.hidden = text === "";
  }
}

/** Addresses that a program may meet: those with a reaction of their own, then those it tries. @param {State} state @param {Lane[]} lanes */
function addresses(state, lanes) {
  if (!state.connect) return [];
  const tried = lanes.flatMap((lane) => lane.bars.filter((bar) => bar.connect).map((bar) => bar.label.replace("connect ", "")));
  return [...new Set([...Object.keys(state.connect.reach), ...tried])];
}

/** What a link adds, as far as it makes sense. @param {Record<string, unknown> | undefined} shared @param {State} preset @returns {Omit<State, "config">} */
function more(shared, preset) {
  const { implementations, connect, rtt } = /** @type {Record<string, any>} */ (shared ?? {});
  const names = Array.isArray(implementations) ? implementations.filter((it) => typeof it === "string").slice(0, 2) : [];
  const reach = typeof connect?.reach === "object" && connect.reach !== null ? Object.entries(connect.reach).filter(([, does]) => typeof does === "string").slice(0, 64) : [];
  return {
    implementations: names.length ? names : preset.implementations,
    connect: typeof connect?.program === "string" ? { program: connect.program, reach: /** @type {Record<string, string>} */ (Object.fromEntries(reach)) } : null,
    rtt: Number.isFinite(rtt) && rtt >= 0 && rtt <= 10_000_000 ? Math.round(rtt) : 1000,
  };
}

customElements.define("name-stage", NameStage);
