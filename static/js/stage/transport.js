// Play, pause, steps, the track and the speed. Time moves evenly; silences that the drawing cuts short pass as quickly as
// they are drawn.

import { millis } from "./scene.js";

const SVG = "http://www.w3.org/2000/svg";

/** Heights that pass in a second at the three speeds, px. */
const PACES = [40, 130, 420];

/** More packets than these are ticks beside the track, and no glyphs: they would cover each other. */
const CROWD = 120;

/** @typedef {{part: number, above: boolean, glyph: string}} Mark  where along the track, on which side of it, what */

export class Transport {
  /**
   * @param {HTMLElement} box
   * @param {{seek: (at: number) => void, scene: () => import("./scene.js").Scene | undefined, ended: () => void, start: () => void}} owner
   * @param {AbortSignal} signal
   */
  constructor(box, owner, signal) {
    this.owner = owner;
    this.at = 0;
    this.pace = 1;
    this.frame = 0;
    /** Where to stop before the end. @type {number | undefined} */
    this.until = undefined;
    this.range = /** @type {HTMLInputElement} */ (box.querySelector("input"));
    this.marks = /** @type {SVGSVGElement} */ (box.querySelector(".marks"));
    this.button = /** @type {HTMLButtonElement} */ (box.querySelector("[data-do=play]"));
    this.speeds = /** @type {HTMLButtonElement[]} */ ([...box.querySelectorAll(".speed button")]);
    this.box = box;

    box.addEventListener("click", (event) => {
      const what = event.target instanceof Element ? event.target.closest("button") : null;
      if (!what) return;
      if (what.dataset.do === "play") this.toggle();
      if (what.dataset.do === "step") this.step(1);
      if (what.dataset.do === "back") this.step(-1);
      if (this.speeds.includes(what)) this.setPace(this.speeds.indexOf(what));
    }, { signal });
    this.range.addEventListener("input", () => {
      this.pause();
      const scene = owner.scene();
      if (scene) owner.seek(scene.at(this.height(scene, Number(this.range.value) / 1000)));
    }, { signal });
    signal.addEventListener("abort", () => this.pause());
  }

  /** @param {import("./scene.js").Scene} scene @param {number} part */
  height(scene, part) {
    const [top, bottom] = [scene.y(scene.zero), scene.y(scene.end)];
    return top + (bottom - top) * part;
  }

  /** A key that moves through time; says whether it was one. @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const scene = this.owner.scene();
    switch (event.key) {
      case " ": this.toggle(); break;
      case "ArrowRight": this.step(1); break;
      case "ArrowLeft": this.step(-1); break;
      case "Home": this.pause(); this.owner.seek(scene?.zero ?? 0); break;
      case "End": this.pause(); this.owner.seek(scene?.end ?? 0); break;
      case "[": this.setPace(this.pace - 1); break;
      case "]": this.setPace(this.pace + 1); break;
      default: return false;
    }
    return true;
  }

  /** @param {1 | -1} way */
  step(way) {
    this.pause();
    const scene = this.owner.scene();
    if (!scene) return this.owner.start();
    this.owner.seek(scene.event(this.at, way));
  }

  toggle() {
    if (this.frame) this.pause();
    else this.play();
  }

  play() {
    const scene = this.owner.scene();
    if (!scene) return this.owner.start();
    if (this.at >= scene.end) this.owner.seek(scene.zero);
    let [before, y] = [performance.now(), scene.y(this.at)];
    const tick = (/** @type {number} */ now) => {
      const scene = this.owner.scene();
      if (!scene) return this.pause();
      y += ((now - before) / 1000) * (PACES[this.pace] ?? 100) * 10;
      before = now;
      const at = Math.min(scene.at(y), this.until ?? Infinity);
      this.owner.seek(at);
      if (at === this.until) return this.pause();
      if (at >= scene.end) {
        this.pause();
        this.owner.ended();
      } else if (this.frame) {
        this.frame = requestAnimationFrame(tick);
      }
    };
    this.frame = requestAnimationFrame(tick);
    this.say();
  }

  pause() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = 0;
    this.until = undefined;
    this.say();
  }

  /** Plays to a time and stops there. @param {number} at */
  playTo(at) {
    this.pause();
    this.play();
    this.until = at;
  }

  say() {
    this.box.toggleAttribute("data-playing", this.frame !== 0);
    this.button.setAttribute("aria-label", (this.frame ? this.button.dataset.pause : this.button.dataset.play) ?? "");
  }

  /** @param {number} pace */
  setPace(pace) {
    this.pace = Math.min(Math.max(pace, 0), PACES.length - 1);
    this.speeds.forEach((button, i) => button.setAttribute("aria-pressed", String(i === this.pace)));
  }

  /** A new run: its events above (client) and below (server) the track, its scale in the speeds. @param {import("./scene.js").Scene} scene */
  load(scene) {
    const rows = scene.last?.rows ?? [];
    const [top, bottom] = [scene.y(scene.zero), Math.max(scene.y(scene.end), scene.y(scene.zero) + 1)];
    const packets = rows.filter(([, , , kind]) => kind === "packet").map(([from, , host, , , , glyph]) => ({
      part: (scene.y(from) - top) / (bottom - top), above: host === 0, glyph: glyph ?? "ack",
    }));
    this.marks.replaceChildren(...(packets.length > CROWD ? ticks(packets) : packets.map(mark)));
    const list = scene.last?.marks ?? [];
    // Tenths of px for each µs, where nothing is cut: the steepest part.
    const rate = Math.max(1e-9, ...list.slice(1).map(([at, y], i) => (y - (list[i]?.[1] ?? 0)) / Math.max(at - (list[i]?.[0] ?? 0), 1)));
    this.speeds.forEach((button, i) => (button.textContent = slowness(((PACES[i] ?? 1) * 10) / (rate * 1e6))));
  }

  /** @param {import("./scene.js").Scene} scene @param {number} at */
  moveTo(scene, at) {
    this.at = at;
    const [top, bottom] = [scene.y(scene.zero), scene.y(scene.end)];
    this.range.value = String(((scene.y(at) - top) / Math.max(bottom - top, 1)) * 1000);
    this.range.setAttribute("aria-valuetext", `${millis(at - scene.zero)} ms`);
  }
}

/** @param {Mark} mark */
function mark({ part, above, glyph }) {
  const place = document.createElementNS(SVG, "svg");
  place.setAttribute("x", `${(part * 100).toFixed(2)}%`);
  place.setAttribute("y", above ? "0" : "32");
  place.setAttribute("class", `s-${LOOKS[glyph] ?? "ack"}`);
  const use = document.createElementNS(SVG, "use");
  for (const [name, value] of [["href", `#g-${glyph}`], ["x", "-5"], ["width", "10"], ["height", "10"]]) use.setAttribute(`${name}`, `${value}`);
  place.append(use);
  return place;
}

/** One shape for each colour, stretched along the track. @param {Mark[]} marks */
function ticks(marks) {
  const place = document.createElementNS(SVG, "svg");
  for (const [name, value] of [["viewBox", "0 0 10000 44"], ["preserveAspectRatio", "none"], ["width", "100%"], ["height", "100%"]]) place.setAttribute(`${name}`, `${value}`);
  /** @type {Map<string, string[]>} */
  const shapes = new Map();
  for (const { part, above, glyph } of marks) {
    const look = LOOKS[glyph] ?? "ack";
    if (!shapes.has(look)) shapes.set(look, []);
    shapes.get(look)?.push(`M${Math.round(part * 10000)} ${above ? 2 : 34}v8`);
  }
  for (const [look, shape] of shapes) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", `s-${look}`);
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", "ln1");
    path.setAttribute("d", shape.join(""));
    group.append(path);
    place.append(group);
  }
  return [place];
}

/** The colour of a glyph. @type {Record<string, string>} */
export const LOOKS = { syn: "syn", synack: "syn", ack: "ack", dup: "ack", zw: "ack", data: "data", fin: "fin", rst: "rst", lost: "rst", retx: "retx" };

/** `1/50` of real time, or `×5`. @param {number} factor  seconds of the world in a second */
function slowness(factor) {
  const slow = factor < 1;
  const times = slow ? 1 / factor : factor;
  const power = 10 ** Math.floor(Math.log10(times));
  const nice = [1, 2, 5, 10].reduce((best, n) => (Math.abs(Math.log(times / (n * power))) < Math.abs(Math.log(times / (best * power))) ? n : best)) * power;
  return nice <= 1 ? "×1" : slow ? `1/${nice}` : `×${nice}`;
}
