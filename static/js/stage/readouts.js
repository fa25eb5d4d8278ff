// The same instant as each tool shows it: `ss` of both ends, buffers, and one tool more that the reader picks.

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
    /** @type {Map<string, {at: number, line: HTMLElement}[]>} */
    this.logs = new Map();
    this.log = box.querySelector("[data-log]");
    box.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      const group = button?.closest(".pick-tool, .pick-side");
      if (!button || !group) return;
      for (const other of group.querySelectorAll("button")) other.setAttribute("aria-pressed", String(other === button));
      if (group.matches(".pick-tool")) this.tool = button.value;
      else this.side = Number(button.value);
      this.log?.setAttribute("aria-label", this.tool);
      this.log?.replaceChildren();
      this.seen.event = -1;
      again();
    }, { signal });
  }

  /** A new run. */
  load() {
    this.logs.clear();
    this.seen = { event: -1, when: 0 };
    this.log?.replaceChildren();
  }

  /** @param {import("./scene.js").Scene} scene @param {number} at */
  moveTo(scene, at) {
    const clock = this.box.querySelector(".clock b");
    if (clock) clock.textContent = millis(at - scene.zero);
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
    if (this.log instanceof HTMLElement) this.#show(this.log, scene, at);
  }

  /** @param {HTMLElement} log @param {import("./scene.js").Scene} scene @param {number} at */
  #show(log, scene, at) {
    if (this.tool !== "tcpdump") return put(log, scene.shown(this.tool, this.side, at));
    // All lines are there from the beginning; what has not happened yet is pale.
    const key = `${this.tool} ${this.side}`;
    let lines = this.logs.get(key);
    if (!lines) {
      lines = scene.shown("tcpdump", this.side, scene.end).split("\n").filter(Boolean).map((text) => tcpdumpLine(text, scene.zero));
      this.logs.set(key, lines);
    }
    if (log.firstChild !== lines[0]?.line) log.replaceChildren(...lines.map(({ line }) => line));
    const now = lines.findLastIndex((line) => line.at <= at);
    lines.forEach(({ line }, i) => line.setAttribute("class", i === now ? "now" : i > now ? "next" : ""));
    const current = lines[now]?.line;
    if (!current) log.scrollTop = 0;
    else if (current.offsetTop < log.scrollTop || current.offsetTop + current.offsetHeight > log.scrollTop + log.clientHeight) {
      log.scrollTop = current.offsetTop - log.clientHeight / 2;
    }
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

/**
 * A line of tcpdump, shortened for a narrow column: ports for ends, no options; the copy button gives the whole line.
 * @param {string} text @param {number} zero
 */
function tcpdumpLine(text, zero) {
  const [stamp = "", ...rest] = text.split(" ");
  const [hours = 0, minutes = 0, seconds = 0] = stamp.split(":").map(Number);
  const at = Math.round(((hours * 60 + minutes) * 60 + seconds) * 1e6);
  const line = document.createElement("span");
  const tcp = /^IP \S+\.(\d+) > \S+\.(\d+): Flags (\[\S+\]), (.*)$/.exec(rest.join(" "));
  const when = document.createElement("i");
  when.textContent = millis(at - zero);
  if (tcp) {
    const facts = (tcp[4] ?? "").replace(/, options \[.*?\]/, "").replace(/, length (\d+).*$/, (_, length) => (length === "0" ? "" : `, ${length} B`)).replaceAll(",", "");
    line.append(glyph(tcp[3] ?? "", facts), when, `${tcp[1]} > ${tcp[2]} ${tcp[3]} ${facts}\n`);
  } else {
    line.append(glyph("", ""), when, `${rest.join(" ")}\n`);
  }
  return { at, line };
}

/** @param {string} flags @param {string} facts */
function glyph(flags, facts) {
  const [look, name] = flags.includes("R") ? ["rst", "rst"] : flags === "[S]" ? ["syn", "syn"] : flags.includes("S") ? ["syn", "synack"] : flags.includes("F") ? ["fin", "fin"] : / B$/.test(facts) ? ["data", "data"] : ["ack", "ack"];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", `s-${look}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#g-${name}`);
  use.setAttribute("width", "11");
  use.setAttribute("height", "11");
  svg.append(use);
  return svg;
}

/** @param {HTMLElement} pane @param {string} text */
function put(pane, text) {
  if (pane.textContent !== text) pane.textContent = text;
}
