// The lines of tcpdump, all of one height, of which only those around the place of reading are in the page. What has not
// happened yet is pale.

import { millis } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";

/** Lines in the page before and behind the first in view. */
const [BEFORE, BEHIND] = [12, 40];
/** A line further down than so many is moved up. */
const REACH = 7;

export class Log {
  /** @param {HTMLElement} pane @param {AbortSignal} signal */
  constructor(pane, signal) {
    this.pane = pane;
    /** @type {{at: number, text: string}[]} */
    this.lines = [];
    /** @type {Map<number, HTMLElement>} those in the page, by place */
    this.shown = new Map();
    this.zero = 0;
    this.now = -1;
    this.top = 0;
    /** Of a line, px; 0 until it is known. */
    this.height = 0;
    pane.addEventListener("scroll", () => {
      this.top = pane.scrollTop;
      this.#fill();
    }, { passive: true, signal });
  }

  /** Nothing is shown any more. */
  drop() {
    this.lines = [];
    this.shown.clear();
    this.pane.replaceChildren();
  }

  /** @param {string} text  what tcpdump printed @param {number} zero  time that counts as 0, µs */
  load(text, zero) {
    this.zero = zero;
    this.lines = text.split("\n").filter(Boolean).map((line) => ({ at: time(line), text: line }));
    this.now = -1;
    this.top = 0;
    this.height ||= Number.parseFloat(getComputedStyle(this.pane).lineHeight) || 18;
    const room = document.createElement("div");
    room.style.blockSize = `${this.lines.length * this.height}px`;
    this.room = room;
    this.shown.clear();
    this.pane.replaceChildren(room);
  }

  /** @param {number} at  µs of the world */
  moveTo(at) {
    const before = this.now;
    this.now = this.lines.findLastIndex((line) => line.at <= at);
    if (this.now === before) return this.#fill();
    const place = this.now * this.height;
    if (place < this.top || place > this.top + REACH * this.height) {
      this.top = Math.max(0, place - (REACH / 2) * this.height);
      queueMicrotask(() => (this.pane.scrollTop = this.top));
    }
    this.#fill();
    for (const [i, line] of this.shown) this.#look(i, line);
  }

  #fill() {
    const first = Math.max(0, Math.floor(this.top / this.height) - BEFORE);
    const last = Math.min(this.lines.length - 1, first + BEFORE + BEHIND);
    for (const [i, line] of this.shown) {
      if (i >= first && i <= last) continue;
      line.remove();
      this.shown.delete(i);
    }
    for (let i = first; i <= last; i += 1) {
      const line = this.lines[i];
      if (!line || this.shown.has(i)) continue;
      const span = tcpdumpLine(line.text, line.at - this.zero);
      span.style.insetBlockStart = `${i * this.height}px`;
      this.#look(i, span);
      this.shown.set(i, span);
      this.room?.append(span);
    }
  }

  /** @param {number} i @param {HTMLElement} line */
  #look(i, line) {
    const look = i === this.now ? "now" : i > this.now ? "next" : "";
    if (line.className !== look) line.className = look;
  }
}

/** When a line was printed, µs. @param {string} line */
function time(line) {
  const [hours = 0, minutes = 0, seconds = 0] = line.slice(0, line.indexOf(" ")).split(":").map(Number);
  return Math.round(((hours * 60 + minutes) * 60 + seconds) * 1e6);
}

/**
 * A line of tcpdump, shortened for a narrow column: ports for ends, no options; the copy button gives the whole line.
 * @param {string} text @param {number} since  µs
 */
function tcpdumpLine(text, since) {
  const rest = text.slice(text.indexOf(" ") + 1);
  const line = document.createElement("span");
  const tcp = /^IP \S+\.(\d+) > \S+\.(\d+): Flags (\[\S+\]), (.*)$/.exec(rest);
  const when = document.createElement("i");
  when.textContent = millis(since);
  if (tcp) {
    const facts = (tcp[4] ?? "").replace(/, options \[.*?\]/, "").replace(/, length (\d+).*$/, (_, length) => (length === "0" ? "" : `, ${length} B`)).replaceAll(",", "");
    line.append(glyph(tcp[3] ?? "", facts), when, `${tcp[1]} > ${tcp[2]} ${tcp[3]} ${facts}\n`);
  } else {
    line.append(glyph("", ""), when, `${rest}\n`);
  }
  return line;
}

/** @param {string} flags @param {string} facts */
function glyph(flags, facts) {
  const [look, name] = flags.includes("R") ? ["rst", "rst"] : flags === "[S]" ? ["syn", "syn"] : flags.includes("S") ? ["syn", "synack"] : flags.includes("F") ? ["fin", "fin"] : / B$/.test(facts) ? ["data", "data"] : ["ack", "ack"];
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", `s-${look}`);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#g-${name}`);
  use.setAttribute("width", "11");
  use.setAttribute("height", "11");
  svg.append(use);
  return svg;
}
