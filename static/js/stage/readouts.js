// The same instant as each tool shows it: `ss` of both ends, buffers, and one tool more that the reader picks.

import { Log } from "./log.js";
import { millis } from "./scene.js";

/** Least time between two looks while nothing happens but timers run, ms. */
const PATIENCE = 120;

export class Readouts {
  /**
   * @param {HTMLElement} box
   * @param {() => void} again  the reader wants to see something else
   * @param {AbortSignal} signal
   */
  constructor(box, again, signal) {
    this.box = box;
    this.tool = "tcpdump";
    this.side = 0;
    this.seen = { event: -1, when: 0 };
    this.pane = box.querySelector("[data-log]");
    this.log = this.pane instanceof HTMLElement ? new Log(this.pane, signal) : undefined;
    /** The log has not been filled for this run, tool and side. */
    this.fresh = true;
    /** What is to be shown once the picture of a new run is. @type {[import("./scene.js").Scene, number] | undefined} */
    this.next = undefined;
    this.waits = false;
    signal.addEventListener("abort", () => (this.next = undefined));
    box.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const group = button?.closest(".pick-tool, .pick-side");
      if (!button || !group) return;
      for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      if (group.matches(".pick-tool")) this.tool = button.value;
      else this.side = Number(button.value);
      this.pane?.setAttribute("aria-label", this.tool);
      this.#forget();
      again();
    }, { signal });
  }

  /** A new run: its picture comes first, what tools say a frame later. */
  load() {
    this.#forget();
    this.next = undefined;
    if (this.waits) return;
    this.waits = true;
    requestAnimationFrame(() => setTimeout(() => {
      this.waits = false;
      if (this.next) this.moveTo(...this.next);
    }));
  }

  /** Nothing that was shown counts any more. */
  #forget() {
    this.seen = { event: -1, when: 0 };
    this.log?.drop();
    this.fresh = true;
  }

  /** @param {import("./scene.js").Scene} scene @param {number} at */
  moveTo(scene, at) {
    const clock = this.box.querySelector(".clock b");
    if (clock) clock.textContent = millis(at - scene.zero);
    if (this.waits) {
      this.next = [scene, at];
      return;
    }
    const event = (scene.last?.events ?? []).findLastIndex((event) => event <= at);
    const now = performance.now();
    if (event === this.seen.event && now - this.seen.when < PATIENCE) return;
    this.seen = { event, when: now };
    const say = this.box.querySelector(".say");
    if (say) say.textContent = scene.now(at);
    for (const pane of this.box.querySelectorAll("[data-tool]")) {
      if (pane instanceof HTMLElement) put(pane, scene.shown(pane.dataset.tool ?? "ss", Number(pane.dataset.side), at));
    }
    for (const pane of this.box.querySelectorAll("[data-buffers]")) {
      if (pane instanceof HTMLElement) this.#buffers(pane, scene.shown("buffers", Number(pane.dataset.buffers), at));
    }
    if (this.pane instanceof HTMLElement) this.#show(this.pane, scene, at);
  }

  /** @param {HTMLElement} pane @param {import("./scene.js").Scene} scene @param {number} at */
  #show(pane, scene, at) {
    if (this.tool !== "tcpdump") return put(pane, scene.shown(this.tool, this.side, at));
    if (this.fresh) this.log?.load(scene.shown("tcpdump", this.side, scene.end), scene.zero);
    this.fresh = false;
    this.log?.moveTo(at);
  }

  /** @param {HTMLElement} pane @param {string} text */
  #buffers(pane, text) {
    const host = pane.closest(".bufs");
    const words = (/** @type {string} */ name) => host?.getAttribute(`data-${name}`) ?? "";
    const rows = text.split("\n").filter(Boolean).slice(0, 4).map((line) => {
      const [peer = "", facts = ""] = line.split(/ (?=in_flight )/);
      const number = (/** @type {string} */ name) => Number(new RegExp(`${name} (\\d+)`).exec(facts)?.[1] ?? 0);
      const row = document.createElement("div");
      row.className = "buf";
      row.append(
        small(peer),
        ...gauge(words("send"), [["flight", number("in_flight")], ["unsent", number("unsent")]], words),
        ...gauge(words("receive"), [["readable", number("readable")], ["early", number("early")]], words),
      );
      return row;
    });
    const [head] = pane.children;
    pane.replaceChildren(...(head ? [head] : []), ...(rows.length ? rows : [small(words("none"))]));
  }
}

/** @param {string} label @param {[string, number][]} parts @param {(name: string) => string} words */
function gauge(label, parts, words) {
  const name = document.createElement("span");
  name.textContent = label;
  const bar = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  bar.setAttribute("class", "gauge");
  bar.setAttribute("aria-hidden", "true");
  // Bytes as lengths, on a scale on which 1 byte and 64 KB can both be seen.
  const length = (/** @type {number} */ n) => (n > 0 ? 8 + (92 * Math.log10(1 + n)) / Math.log10(1 + 4_000_000) / parts.length : 0);
  let x = 0;
  for (const [kind, bytes] of parts) {
    const rect = document.createElementNS("http://www.w3.org/2000/svg", "rect");
    rect.setAttribute("class", kind);
    rect.setAttribute("x", `${x}%`);
    rect.setAttribute("width", `${length(bytes)}%`);
    rect.setAttribute("height", "100%");
    x += length(bytes);
    bar.append(rect);
  }
  const said = document.createElement("small");
  said.textContent = parts.filter(([, bytes]) => bytes > 0).map(([kind, bytes]) => `${bytes} B ${words(kind)}`).join(" · ") || "0";
  return [name, bar, said];
}

/** @param {string} text */
function small(text) {
  const small = document.createElement("small");
  small.textContent = text;
  return small;
}

/** @param {HTMLElement} pane @param {string} text */
function put(pane, text) {
  if (pane.textContent !== text) pane.textContent = text;
}
