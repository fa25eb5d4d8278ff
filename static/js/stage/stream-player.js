// Plays a stream: loads the engine, draws, steps, changes, tells. One way for changes: `become` reads a question and shows
// it, `seek` moves between steps. Beside a case there are no knobs.

import { copy } from "../lib/clipboard.js";
import { soon } from "../lib/soon.js";
import { join, shown, unhex } from "./bytes.js";
import { engine } from "./engine.js";
import { Lanes, fill } from "./lanes.js";
import { fromHash, toHash } from "./link.js";
import { Predict } from "./predict.js";
import { save } from "./save.js";
import { StreamControls } from "./stream-controls.js";
import { beside, isHttp } from "./stream-knobs.js";
import { standalone } from "./standalone.js";
import { Transport } from "./transport.js";

/** @typedef {import("./stream-knobs.js").State} State */

const SVG = "http://www.w3.org/2000/svg";

/** Codes of steps in which a client waits until its timeout. */
const WAITS = ["timeout", "unended", "cut"];

export class Player {
  /** @type {State[]} */
  history = [];
  /** @type {Lanes | undefined} */
  lanes;
  touched = false;
  /** The step that is shown. */
  shown = -1;

  /** @param {import("../lib/part.js").Part} page @param {AbortSignal} signal */
  constructor(page, signal) {
    this.page = page;
    const data = JSON.parse(page.querySelector("script[type='application/json']")?.textContent ?? "{}");
    /** @type {State} */
    this.preset = { config: data.config, beside: beside(undefined) };
    this.state = this.preset;
    this.stream = new Uint8Array();
    this.chart = /** @type {HTMLElement} */ (page.querySelector(".chart"));
    const sentences = /** @type {HTMLTemplateElement} */ (page.querySelector("template.sentences"));
    this.sentences = new Map([...sentences.content.querySelectorAll("p")].map((p) => [p.dataset.code ?? "", p.textContent ?? ""]));
    const owner = {
      scene: () => /** @type {any} */ (this.lanes),
      seek: (/** @type {number} */ at) => this.seek(at, true),
      start: () => this.play(),
      ended: () => this.predict?.reveal(),
    };
    this.transport = new Transport(/** @type {HTMLElement} */ (page.querySelector(".tl")), owner, signal);
    const [predict, controls, editor] = [".predict", ".ctl", "form.edit"].map((name) => page.querySelector(name));
    if (predict instanceof HTMLElement) this.predict = new Predict(predict, () => this.play(true), signal);
    if (controls instanceof HTMLElement) {
      const knobs = {
        change: (/** @type {State} */ state) => this.become(state),
        reset: () => void this.become(this.preset, undefined),
        words: (/** @type {string} */ name, /** @type {string | number} */ n = "") => page.words(name, n),
      };
      this.controls = new StreamControls(controls, knobs, signal);
    }
    if (editor instanceof HTMLFormElement) {
      editor.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#edited(editor);
      }, { signal });
    }
    page.addEventListener("keydown", (event) => this.#key(event), { signal });
    page.addEventListener("click", (event) => this.#click(event), { signal });
    this.#drags(signal);
    if (this.#keepsAddress()) addEventListener("hashchange", () => this.#fromAddress(), { signal });
    const width = new ResizeObserver(() => this.#resized());
    width.observe(this.chart);
    const near = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      near.disconnect();
      soon(() => this.load());
    });
    near.observe(page);
    signal.addEventListener("abort", () => {
      near.disconnect();
      width.disconnect();
    });
  }

  async load() {
    if (this.wasm) return true;
    try {
      this.wasm = await engine();
    } catch {
      this.#say(this.page.words("failed"));
      return false;
    }
    this.page.dataset.live = "";
    this.controls?.enable();
    if (!(this.#keepsAddress() && (await this.#fromAddress()))) this.become(this.state, Infinity, true);
    return true;
  }

  /** @param {boolean} [chosen]  a prediction was made */
  async play(chosen = false) {
    if (!(await this.load()) || !this.lanes) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.touched) this.seek(still ? this.lanes.end : 0, true);
    if (still && chosen) this.predict?.reveal();
    else this.transport.play();
  }

  /**
   * Reads a question and shows it; a mistake in it leaves what was there.
   * @param {State} state @param {number} [step]  the same as before if not given; the last if there are not so many
   * @param {boolean} [fresh]  nothing of it is the reader's own
   */
  become(state, step, fresh = false) {
    const before = this.lanes ? this.lanes.step(this.transport.at) : 0;
    const ended = !this.lanes || this.transport.at >= this.lanes.end;
    try {
      if (!this.#draw(state)) return false;
    } catch (error) {
      this.#say(this.page.words("mistake", error instanceof Error ? error.message : String(error)));
      return false;
    }
    this.#say("");
    if (!fresh && state !== this.state) {
      this.history.push(this.state);
      this.touched = true;
    }
    this.state = state;
    const lanes = /** @type {Lanes} */ (this.lanes);
    this.controls?.show(state, lanes.drawn);
    this.#decoder();
    const editor = this.page.querySelector("form.edit textarea");
    if (editor instanceof HTMLTextAreaElement && document.activeElement !== editor) editor.value = JSON.stringify(state.config, null, 2);
    this.seek(Math.min(lanes.time(step ?? (ended ? Infinity : before)), lanes.end), false);
    return true;
  }

  /** @param {State} state */
  #draw(state) {
    if (!this.wasm) return false;
    const { config } = state;
    const width = Math.max(300, Math.min(this.chart.clientWidth - 24, 1100));
    this.lanes = new Lanes(this.wasm, config, this.page.words(isHttp(config) ? "lanes-http" : config.udp ? "lanes-udp" : "lanes"), width);
    this.drawnFor = this.chart.clientWidth;
    this.stream = join(config.pieces.map(unhex));
    this.svg = document.importNode(new DOMParser().parseFromString(this.lanes.drawn.svg, "image/svg+xml").documentElement, true);
    this.chart.replaceChildren(this.svg);
    this.boxes = [...this.svg.querySelectorAll("[data-at]")].map((box) => ({ box, at: Number(box.getAttribute("data-at")), until: Number(box.getAttribute("data-until") ?? Infinity) }));
    this.#grips(config);
    this.transport.load(/** @type {any} */ (this.lanes));
    this.#table();
    return true;
  }

  /** Cuts can be dragged where there are knobs for them. @param {Record<string, any>} config */
  #grips(config) {
    if (!this.lanes || !this.controls || config.udp || isHttp(config)) return;
    this.lanes.drawn.segments.slice(0, -1).forEach((cut, i) => {
      const { x, y } = this.lanes?.place(cut) ?? { x: 0, y: 0 };
      const grip = document.createElementNS(SVG, "g");
      grip.setAttribute("data-cut", String(i));
      grip.append(shape("grab", x - 9, y + 76, 18, 34), shape("grip", x - 3, y + 80, 6, 24));
      this.svg?.append(grip);
    });
  }

  /** @param {AbortSignal} signal */
  #drags(signal) {
    let which = -1;
    this.chart.addEventListener("pointerdown", (event) => {
      const grip = event.target instanceof Element ? event.target.closest("[data-cut]") : null;
      if (!grip) return;
      which = Number(grip.getAttribute("data-cut"));
      this.chart.setPointerCapture(event.pointerId);
      event.preventDefault();
    }, { signal });
    this.chart.addEventListener("pointermove", (event) => {
      if (which < 0 || !this.svg || !this.lanes) return;
      const { left, top, width } = this.svg.getBoundingClientRect();
      const scale = Number(this.svg.getAttribute("width")) / Math.max(width, 1);
      this.controls?.drag(which, this.lanes.under((event.clientX - left) * scale, (event.clientY - top) * scale));
    }, { signal });
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) this.chart.addEventListener(end, () => (which = -1), { signal });
  }

  #resized() {
    if (!this.lanes || this.drawnFor === this.chart.clientWidth) return;
    this.#draw(this.state);
    this.seek(this.transport.at, false);
  }

  /** @param {number} at  in the transport's µs @param {boolean} own  the reader asked for it */
  seek(at, own) {
    const lanes = this.lanes;
    if (!lanes) return;
    if (own) this.touched = true;
    this.transport.moveTo(/** @type {any} */ (lanes), at);
    const step = lanes.step(at);
    this.transport.range.setAttribute("aria-valuetext", this.page.words("step").replace("{a}", String(step)).replace("{b}", String(lanes.drawn.steps.length - 1)));
    if (step !== this.shown || own === false) this.#show(step);
    this.shown = step;
    if (this.#keepsAddress() && this.touched) this.#remember();
  }

  /** @param {number} step */
  #show(step) {
    const lanes = this.lanes;
    const now = lanes?.drawn.steps[step];
    if (!lanes || !now) return;
    for (const { box, at, until } of this.boxes ?? []) {
      box.classList.toggle("future", at > step);
      box.classList.toggle("past", until <= step);
    }
    const { x, y } = lanes.place(now[3]);
    this.svg?.querySelector(".cursor")?.setAttribute("transform", `translate(${x} ${y})`);
    this.#follow(y);
    this.#put(".now .say", this.#sentence(step));
    this.#put(".now .clock", `${step} / ${lanes.drawn.steps.length - 1}`);
    this.#kept(this.stream.slice(now[4], now[5]));
    this.#messages(step);
    this.#rules(step);
    this.page.querySelectorAll("details.rows tbody tr").forEach((row, i) => (i === step ? row.setAttribute("aria-current", "step") : row.removeAttribute("aria-current")));
  }

  /** Keeps the row of the cursor in sight. @param {number} y  px of the drawing */
  #follow(y) {
    const { chart } = this;
    if (chart.scrollHeight <= chart.clientHeight + 1) return;
    if (y < chart.scrollTop || y + 220 > chart.scrollTop + chart.clientHeight) chart.scrollTop = Math.max(0, y - 40);
  }

  /** @param {number} step */
  #sentence(step) {
    const [parts, text] = this.lanes?.drawn.steps[step] ?? [[], ""];
    const words = parts.map(([code, a, b]) => fill(this.sentences.get(code) ?? "", a, b, text));
    return words.join(this.#lang().startsWith("zh") ? "" : " ");
  }

  #lang() {
    return this.page.lang || document.documentElement.lang;
  }

  /** @param {Uint8Array} bytes */
  #kept(bytes) {
    const place = this.page.querySelector(".kept .bytes-out");
    const code = document.createElement("code");
    code.textContent = shown(bytes);
    place?.replaceChildren(bytes.length ? code : this.page.words("nothing"));
  }

  /** @param {number} step */
  #messages(step) {
    const list = this.page.querySelector(".handed .messages");
    const found = (this.lanes?.drawn.found ?? []).filter(([, , at]) => at <= step);
    list?.replaceChildren(...found.map(([, to, , read, hex, status, , foreign]) => {
      const item = document.createElement("li");
      const [code, small] = [document.createElement("code"), document.createElement("small")];
      const bytes = unhex(hex);
      code.textContent = shown(bytes);
      small.textContent = `${bytes.length} B · ${this.page.words("read").replace("{a}", String(read))}`;
      if (status) item.append(strong(status), " ");
      item.append(code, " ", small);
      item.classList.toggle("wrong", foreign < to);
      return item;
    }));
    const none = this.page.querySelector(".handed .bytes-out") ?? list?.insertAdjacentElement("afterend", paragraph());
    if (none) none.textContent = found.length ? "" : this.page.words("none");
  }

  /** The rule that applied last, and the timer. @param {number} step */
  #rules(step) {
    const list = this.page.querySelector(".rules63");
    if (!(list instanceof HTMLElement)) return;
    const parts = (this.lanes?.drawn.steps ?? []).slice(0, step + 1).flatMap(([parts]) => parts);
    const rule = parts.findLastIndex(([code]) => code === "rule");
    const applied = parts[rule]?.[1];
    const should = parts.slice(rule + 1).find(([code]) => code === "should")?.[1];
    [...list.children].forEach((item, i) => {
      item.querySelector("b")?.remove();
      item.classList.toggle("on", applied === i + 1);
      item.classList.toggle("due", should === i + 1);
      if (applied === i + 1) item.append(strong(list.dataset.used ?? ""));
      if (should === i + 1) item.append(strong(list.dataset.should ?? ""));
    });
    const timer = this.page.querySelector(".timer .bytes-out");
    const waits = parts.some(([code]) => WAITS.includes(code));
    timer?.classList.toggle("stuck", waits);
    if (timer) timer.textContent = this.page.words(waits ? "waits" : "idle").replace("{a}", String(this.state.beside.timeout));
  }

  #table() {
    const details = this.page.querySelector("details.rows");
    const steps = this.lanes?.drawn.steps ?? [];
    this.#put("details.rows .n", String(steps.length));
    details?.querySelector("tbody")?.replaceChildren(...steps.map(([, , arrived, read, from, to, messages], i) => {
      const row = document.createElement("tr");
      for (const [at, value] of [i, this.#sentence(i), arrived, read, to - from, messages].entries()) {
        const cell = row.insertCell();
        if (at !== 1) cell.className = "r num";
        cell.textContent = String(value);
      }
      return row;
    }));
  }

  /** Shows the code of the decoder that reads this. */
  #decoder() {
    const { codec, handler } = this.state.config;
    const kind = isHttp(this.state.config) ? "body" : codec === "none" || handler === "naive" ? "naive" : /^line$|^crlf$|^delim/.test(codec) ? "delimiter" : /^u/.test(codec) ? "length" : /^fixed/.test(codec) ? "fixed" : "";
    for (const pair of this.page.querySelectorAll("[data-decoder]")) {
      if (pair instanceof HTMLElement) pair.hidden = pair.dataset.decoder !== kind;
    }
  }

  /** The address follows, but not at every frame. */
  #remember() {
    clearTimeout(this.later);
    this.later = setTimeout(async () => history.replaceState(null, "", await this.#hash()), 400);
  }

  #hash() {
    const at = this.lanes ? this.lanes.time(this.lanes.step(this.transport.at)) : null;
    return toHash({ config: this.state.config, seed: 1, at, more: { ...this.state.beside } });
  }

  /** Shows what the address asks for; says whether it asked for anything that could be shown. */
  async #fromAddress() {
    const shared = await fromHash(location.hash);
    if (shared === null) return false;
    if (shared === "bad" || shared === "newer") {
      this.become(this.preset, Infinity, true);
      this.#say(this.page.words(shared));
      return true;
    }
    this.touched = true;
    if (this.become({ config: shared.config, beside: beside(shared.more) }, Math.floor((shared.at ?? 0) / 1e6), true)) return true;
    const fault = this.page.querySelector(".err")?.textContent ?? "";
    this.become(this.preset, Infinity, true);
    this.#say(fault);
    return true;
  }

  #keepsAddress() {
    return "address" in this.page.dataset;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = event.target;
    if (!(target instanceof HTMLElement) || target.closest("textarea, select, input:not(.track input)")) return;
    if (event.key === " " && target.closest("button, summary, a")) return;
    if (["Home", "End"].includes(event.key) && target.closest(".src, .hscroll")) return;
    if (this.lanes && this.transport.key(event)) event.preventDefault();
  }

  /** @param {Event} event */
  #click(event) {
    const button = event.target instanceof Element ? event.target.closest("button") : null;
    switch (button?.dataset.do) {
      case "undo": {
        const before = this.history.pop();
        if (before) this.become(before, undefined, true);
        break;
      }
      case "link": this.#copied(button, this.#hash().then((hash) => new URL(hash, location.href).href)); break;
      case "embed": this.#copied(button, this.#hash().then((hash) => this.#frame(hash))); break;
      case "text": this.#copied(button, Promise.resolve(this.#text())); break;
      case "json": save(new Blob([`${JSON.stringify(this.state.config, null, 2)}\n`], { type: "application/json" }), `${this.page.id}.json`); break;
      case "svg": if (this.svg) save(new Blob([standalone(this.svg, ".grip, .grab, .cursor")], { type: "image/svg+xml" }), `${this.page.id}.svg`); break;
    }
  }

  /** The whole run as text, for a ticket or a mail. */
  #text() {
    const title = document.querySelector("h1")?.textContent ?? document.title;
    const steps = (this.lanes?.drawn.steps ?? []).map((_, i) => `${i}. ${this.#sentence(i)}`);
    return `${title}\n${location.href}\n\n${shown(this.stream)}\n\n${steps.join("\n")}\n`;
  }

  /** @param {string} hash */
  #frame(hash) {
    const frame = document.createElement("iframe");
    frame.src = new URL(this.page.words("embed"), location.href).href + hash;
    [frame.width, frame.height, frame.title] = ["100%", "760", document.title];
    frame.setAttribute("loading", "lazy");
    return frame.outerHTML;
  }

  /** @param {HTMLElement} button @param {Promise<string>} text */
  async #copied(button, text) {
    if (!(await copy(await text))) return;
    const before = button.textContent;
    button.textContent = button.dataset.done ?? "";
    setTimeout(() => (button.textContent = before), 1600);
  }

  /** @param {HTMLFormElement} editor */
  async #edited(editor) {
    const [field, out] = [editor.querySelector("textarea"), editor.querySelector("output")];
    if (!field || !(await this.load())) return;
    const told = (/** @type {string} */ words) => {
      field.setAttribute("aria-invalid", String(words !== ""));
      if (out) out.textContent = words;
    };
    let config;
    try {
      config = JSON.parse(field.value);
    } catch (error) {
      return told(this.page.words("mistake", error instanceof Error ? error.message : String(error)));
    }
    told(this.become({ config, beside: this.state.beside }, Infinity) ? "" : (this.page.querySelector(".err")?.textContent ?? ""));
  }

  /** @param {string} words */
  #say(words) {
    const place = this.page.querySelector(".ctl .err, :scope > .err");
    if (place) place.textContent = words;
  }

  /** @param {string} place @param {string} words */
  #put(place, words) {
    const element = this.page.querySelector(place);
    if (element && element.textContent !== words) element.textContent = words;
  }
}

/** @param {string} look @param {number} x @param {number} y @param {number} width @param {number} height */
function shape(look, x, y, width, height) {
  const rect = document.createElementNS(SVG, "rect");
  for (const [name, value] of Object.entries({ class: look, x, y, width, height })) rect.setAttribute(name, String(value));
  return rect;
}

/** @param {string | number} words */
function strong(words) {
  const strong = document.createElement("b");
  strong.textContent = String(words);
  return strong;
}

function paragraph() {
  const p = document.createElement("p");
  p.className = "bytes-out";
  return p;
}
