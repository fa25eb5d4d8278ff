// <net-stage> around a run that the server drew: loads the engine, plays the run, changes it, tells what tools see.
// Parts are optional: beside a case there are no knobs and no tools. `data-kind=tcp` only; names and streams have elements
// of their own. One way for changes: `#become` runs a configuration and shows it, `#seek` moves in time.

import { Part } from "../lib/part.js";
import { copy } from "../lib/clipboard.js";
import { soon } from "../lib/soon.js";
import { Compare } from "../stage/compare.js";
import { Controls } from "../stage/controls.js";
import { Diagram, drawn } from "../stage/diagram.js";
import { engine } from "../stage/engine.js";
import { fromHash, toHash } from "../stage/link.js";
import { PacketCard, byHand, tampered } from "../stage/packet-card.js";
import { Predict } from "../stage/predict.js";
import { Readouts } from "../stage/readouts.js";
import { asText, save } from "../stage/save.js";
import { Scene } from "../stage/scene.js";
import { fillTable } from "../stage/table.js";
import { Transport } from "../stage/transport.js";

/** @typedef {{config: Record<string, unknown>, seed: number, telling: number | null}} Preset */

export class NetStage extends Part {
  /** @type {Preset} */
  preset = { config: {}, seed: 1, telling: 0 };
  /** @type {{config: Record<string, any>, seed: number}} */
  state = { config: {}, seed: 1 };
  /** @type {{config: Record<string, any>, seed: number}[]} */
  history = [];
  /** @type {Scene | undefined} */
  scene;
  /** @type {import("../stage/engine.js").Engine | undefined} */
  wasm;
  touched = false;

  /** @param {AbortSignal} signal */
  start(signal) {
    const chart = this.querySelector(".fig:not(.kept) .chart");
    const data = this.querySelector("script[type='application/json']");
    const transport = this.querySelector(".tl");
    if (!(chart instanceof HTMLElement) || !data || !(transport instanceof HTMLElement)) return;
    this.preset = JSON.parse(data.textContent ?? "");
    this.state = { config: structuredClone(this.preset.config), seed: this.preset.seed };
    this.diagram = new Diagram(chart, () => this.#resized(), signal);
    const owner = {
      scene: () => this.scene,
      seek: (/** @type {number} */ at) => this.#seek(at, true),
      start: () => this.#play(),
      ended: () => this.predict?.reveal(),
    };
    this.transport = new Transport(transport, owner, signal);
    this.#parts(signal);
    this.addEventListener("keydown", (event) => this.#key(event), { signal });
    this.addEventListener("click", (event) => this.#click(event), { signal });
    chart.addEventListener("click", (event) => this.#open(this.diagram?.packet(event)), { signal });
    if (this.#keepsAddress()) addEventListener("hashchange", () => this.#fromAddress(), { signal });

    const near = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      near.disconnect();
      soon(() => this.#load());
    });
    near.observe(this);
    signal.addEventListener("abort", () => {
      near.disconnect();
      this.compare?.drop();
      this.scene?.free();
      this.scene = undefined;
    });
  }

  /** @param {AbortSignal} signal */
  #parts(signal) {
    const part = (/** @type {string} */ name) => this.querySelector(name);
    const [predict, controls, tools, card, editor] = [".predict", ".ctl", ".read2", "dialog.packet", "form.edit"].map(part);
    if (predict instanceof HTMLElement) this.predict = new Predict(predict, () => this.#play(true), signal);
    if (tools instanceof HTMLElement) this.readouts = new Readouts(tools, () => this.#seek(this.transport?.at ?? 0, false), signal);
    const board = part(".board:has(.kept)");
    if (board instanceof HTMLElement) this.compare = new Compare(board);
    if (controls instanceof HTMLElement) {
      const owner = {
        change: (/** @type {Record<string, unknown>} */ config, /** @type {number} */ seed) => this.#become({ config, seed }),
        reset: () => this.#become({ config: structuredClone(this.preset.config), seed: this.preset.seed }),
      };
      this.controls = new Controls(controls, owner, signal);
    }
    if (card instanceof HTMLDialogElement) {
      this.card = new PacketCard(card, (packet, extra) => this.#become({ config: tampered(this.state.config, packet, extra), seed: this.state.seed }), signal);
    }
    if (editor instanceof HTMLFormElement) {
      editor.addEventListener("submit", (event) => {
        event.preventDefault();
        this.#edited(editor);
      }, { signal });
    }
  }

  /** Loads the engine once; a picture in the page stays if that fails. */
  async #load() {
    if (this.wasm) return true;
    try {
      this.wasm = await engine();
    } catch {
      this.#say(this.words("failed"));
      return false;
    }
    this.dataset.live = "";
    this.controls?.enable();
    if (!(this.#keepsAddress() && (await this.#fromAddress()))) this.#become(this.state, this.preset.telling ?? 0, true);
    return true;
  }

  /** @param {boolean} [chosen]  a prediction was made */
  async #play(chosen = false) {
    if (!(await this.#load()) || !this.scene) return;
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.touched) this.#seek(still ? this.scene.zero + (this.preset.telling ?? 0) : this.scene.zero, true);
    if (still && chosen) this.predict?.reveal();
    else this.transport?.play();
  }

  /**
   * Runs a configuration and shows it; a mistake in it leaves what was there.
   * @param {{config: Record<string, any>, seed: number}} state
   * @param {number} [at]  µs after the first packet; as far as before if not given
   * @param {boolean} [fresh]  nothing of it is the reader's own
   */
  #become(state, at, fresh = false) {
    if (!this.wasm || !this.diagram) return false;
    let scene;
    try {
      scene = new Scene(this.wasm, state.config, state.seed, this.lang || document.documentElement.lang);
    } catch (error) {
      this.#say(this.words("mistake", error instanceof Error ? error.message : String(error)));
      return false;
    }
    this.#say("");
    const before = this.scene ? (this.transport?.at ?? 0) - this.scene.zero : 0;
    const ended = this.scene && this.transport && this.transport.at >= this.scene.end;
    if (this.scene && !fresh && state !== this.state) this.history.push(this.state);
    this.scene?.free();
    this.scene = scene;
    this.state = state;
    this.#draw();
    this.controls?.show(state.config, state.seed);
    this.#tampered();
    const editor = this.querySelector("form.edit textarea");
    if (editor instanceof HTMLTextAreaElement && document.activeElement !== editor) editor.value = JSON.stringify(state.config, null, 2);
    const time = at ?? (ended ? scene.end - scene.zero : before);
    this.#seek(Math.min(scene.zero + time, scene.end), false);
    this.dispatchEvent(new CustomEvent("ran", { detail: this, bubbles: true }));
    return true;
  }

  #draw() {
    if (!this.scene || !this.diagram) return;
    this.diagram.draw(this.scene);
    this.drawnFor = this.diagram.width;
    this.transport?.load(this.scene);
    this.readouts?.load();
    this.compare?.current(this.scene);
    const messages = this.querySelector("[data-messages]");
    if (messages instanceof HTMLElement) messages.replaceChildren(drawn(this.scene.run.messages(messages.dataset.messages ?? "")));
    this.#fillTable();
  }

  /** The table may be long: unless it is open, it can wait until there is time. */
  #fillTable() {
    const rows = this.querySelector("details.rows");
    if (!(rows instanceof HTMLDetailsElement)) return;
    clearTimeout(this.soon);
    const fill = () => this.scene && fillTable(rows, this.scene, Boolean(this.card));
    if (rows.open) fill();
    else this.soon = setTimeout(() => soon(fill), 250);
  }

  #resized() {
    if (!this.scene) return;
    if (this.drawnFor !== this.diagram?.width) this.#draw();
    this.#seek(this.transport?.at ?? 0, false);
  }

  /** @param {number} at  µs of the world @param {boolean} own  the reader asked for it */
  #seek(at, own) {
    if (!this.scene) return;
    if (own) this.touched = true;
    this.transport?.moveTo(this.scene, at);
    this.diagram?.moveTo(this.scene, at, true);
    this.compare?.moveTo(at - this.scene.zero);
    this.dispatchEvent(new CustomEvent("moved", { detail: { at }, bubbles: true }));
    this.readouts?.moveTo(this.scene, at);
    if (this.#keepsAddress() && this.touched) this.#remember();
  }

  /**
   * Runs a scenario that a part of the page made, and plays from one time to another.
   * @param {Record<string, any>} config
   * @param {number} at  µs after the first packet
   * @param {(scene: Scene, from: number) => number} until  where to stop, µs of the world
   */
  change(config, at, until) {
    this.transport?.pause();
    this.touched = true;
    if (!this.#become({ config, seed: this.state.seed }, at) || !this.scene) return;
    const from = this.transport?.at ?? 0;
    const to = until(this.scene, from);
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) this.#seek(to, true);
    else if (to > from) this.transport?.playTo(to);
  }

  /** The address follows, but not at every frame. */
  #remember() {
    clearTimeout(this.later);
    this.later = setTimeout(async () => history.replaceState(null, "", await this.#hash()), 400);
  }

  #hash() {
    const at = this.scene ? Math.round((this.transport?.at ?? 0) - this.scene.zero) : null;
    return toHash({ ...this.state, at });
  }

  /** Shows what the address asks for; says whether it asked for anything that could be shown. */
  async #fromAddress() {
    const shared = await fromHash(location.hash);
    if (shared === null) return false;
    if (shared === "bad" || shared === "newer") {
      this.#become(this.state, this.preset.telling ?? 0, true);
      this.#say(this.words(shared));
      return true;
    }
    this.touched = true;
    if (this.#become({ config: shared.config, seed: shared.seed }, shared.at ?? 0, true)) return true;
    const fault = this.querySelector(".err")?.textContent ?? "";
    this.#become(this.state, this.preset.telling ?? 0, true);
    this.#say(fault);
    return true;
  }

  #keepsAddress() {
    return "address" in this.dataset;
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const target = event.target;
    if (!(target instanceof HTMLElement) || target.closest("dialog, textarea, select, input:not(.track input)")) return;
    // A space presses the button that has the focus; elsewhere it plays.
    if (event.key === " " && target.closest("button, summary, a")) return;
    if (["Home", "End"].includes(event.key) && target.closest(".out, .hscroll")) return;
    if (this.scene && this.transport?.key(event)) event.preventDefault();
  }

  /** @param {Event} event */
  #click(event) {
    const target = event.target instanceof Element ? event.target : null;
    const open = target?.closest("[data-open]");
    if (open instanceof HTMLElement) return this.#open(Number(open.dataset.open));
    const button = target?.closest("button");
    switch (button?.dataset.do) {
      case "undo": {
        const before = this.history.pop();
        if (before) this.#become(before, undefined, true);
        break;
      }
      case "compare": this.#compare(button); break;
      case "link": this.#copied(button, this.#hash().then((hash) => new URL(hash, location.href).href)); break;
      case "embed": this.#copied(button, this.#hash().then((hash) => this.#frame(hash))); break;
      case "text": case "copy-text": if (this.scene) this.#copied(button, Promise.resolve(this.#text(button.dataset.do))); break;
      case "pcap": if (this.scene) save(new Blob([/** @type {Uint8Array<ArrayBuffer>} */ (this.scene.run.capture(Number(button.value)))], { type: "application/x-pcapng" }), `${this.id}-${button.value === "0" ? "client" : "server"}.pcapng`); break;
      case "json": save(new Blob([`${JSON.stringify(this.state.config, null, 2)}\n`], { type: "application/json" }), `${this.id}.json`); break;
      case "svg": save(new Blob([this.diagram?.standalone() ?? ""], { type: "image/svg+xml" }), `${this.id}.svg`); break;
    }
  }

  /** @param {HTMLElement} button */
  #compare(button) {
    if (!this.wasm || !this.compare) return;
    const keeps = !this.compare.scene;
    if (keeps) this.compare.keep(this.wasm, this.state, this.lang);
    else this.compare.drop();
    button.setAttribute("aria-pressed", String(keeps));
    button.textContent = (keeps ? button.dataset.off : button.dataset.on) ?? "";
    this.diagram?.measure();
    this.#draw();
    this.#seek(this.transport?.at ?? 0, false);
  }

  /** @param {string | undefined} what */
  #text(what) {
    if (what === "copy-text" && this.readouts) return this.scene?.shown(this.readouts.tool, this.readouts.side, this.scene.end) ?? "";
    const title = document.querySelector("h1")?.textContent ?? document.title;
    return this.scene ? asText(title, location.href, this.scene, [this.words("client"), this.words("server")]) : "";
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
    const label = button.querySelector("span") ?? button;
    const before = label.textContent;
    label.textContent = button.dataset.done ?? "";
    setTimeout(() => (label.textContent = before), 1600);
  }

  /** @param {number | null | undefined} id */
  #open(id) {
    if (id === null || id === undefined || !this.scene || !this.card) return;
    this.transport?.pause();
    this.card.open(JSON.parse(this.scene.run.packet(id)), this.scene.zero);
  }

  /** @param {HTMLFormElement} editor */
  async #edited(editor) {
    const field = editor.querySelector("textarea");
    if (!field || !(await this.#load())) return;
    let config;
    try {
      config = JSON.parse(field.value);
    } catch (error) {
      return this.#wrong(field, error instanceof Error ? error.message : String(error));
    }
    const good = this.#become({ config, seed: this.state.seed }, 0);
    field.setAttribute("aria-invalid", String(!good));
    const out = editor.querySelector("output");
    if (out) out.textContent = good ? "" : (this.querySelector(".err")?.textContent ?? "");
  }

  /** @param {HTMLTextAreaElement} field @param {string} why */
  #wrong(field, why) {
    field.setAttribute("aria-invalid", "true");
    const out = field.form?.querySelector("output");
    if (out) out.textContent = this.words("mistake", why);
  }

  #tampered() {
    const place = this.querySelector(".tampered");
    if (!(place instanceof HTMLElement)) return;
    const { dropped = "", delayed = "" } = place.dataset;
    const rules = (this.state.config.rules ?? []).filter(byHand);
    const words = rules.map((/** @type {any} */ rule) => `${rule.dir} #${rule.nth.join(", #")} ${rule.extra_ms === undefined ? dropped : delayed.replace("{n}", String(rule.extra_ms))}`);
    const [title] = place.children;
    place.replaceChildren(...(title ? [title] : []), ` ${words.join(" · ")}`);
    place.hidden = words.length === 0;
  }

  /** @param {string} words */
  #say(words) {
    const place = this.querySelector(".ctl .err, :scope > .err");
    if (place) place.textContent = words;
  }
}

customElements.define("net-stage", NetStage);
