// The drawing in the page. Once drawn for a run it stands still; over it move a veil, which leaves some of the future, and
// the line of now with the packets on their way, both as layers of their own, so that nothing is painted anew.

import { Bands, drawn } from "./bands.js";
import { millis } from "./scene.js";
import { standalone } from "./standalone.js";

const SVG = "http://www.w3.org/2000/svg";

/** Half the height of the strip that moves, px of the drawing. */
const STRIP = 13;

export { drawn };

export class Diagram {
  /**
   * @param {HTMLElement} chart  the box with the server's drawings
   * @param {() => void} [resized]  its room is another one now
   * @param {AbortSignal} [signal]
   */
  constructor(chart, resized, signal) {
    this.chart = chart;
    /** @type {Map<number, SVGGElement>} */
    this.flying = new Map();
    /** Those in the bands that are in the page. @type {import("./bands.js").Flight[] | undefined} */
    this.flights = undefined;
    this.sheet = document.createElement("div");
    this.sheet.className = "moving";
    this.veil = document.createElement("div");
    this.veil.className = "veil";
    this.now = made("svg", { class: "stage now", "aria-hidden": "true" });
    this.line = made("path", { class: "ln" });
    this.label = made("rect", { class: "tag", y: -10, height: 20, rx: 3 });
    this.tag = made("text", { class: "tagged", y: 4, "text-anchor": "middle" });
    this.now.append(this.line, this.label, this.tag);
    this.top = 0;
    this.measure();
    const scrolled = () => {
      this.top = chart.scrollTop;
      this.#fill();
    };
    chart.addEventListener("scroll", scrolled, signal ? { passive: true, signal } : { passive: true });
    const room = new ResizeObserver(() => {
      this.measure();
      this.#fill();
      resized?.();
    });
    room.observe(chart);
    signal?.addEventListener("abort", () => room.disconnect());
  }

  /** How much room there is; asked when it may have changed, for the answer costs a layout. */
  measure() {
    this.room = { width: this.chart.clientWidth, height: this.chart.clientHeight };
  }

  /** Room for the wide drawing, or for the narrow one, px. */
  get width() {
    return this.room && this.room.width < 560 ? 390 : 610;
  }

  /** Px of the page for one of the drawing; `.moving` in stage.css. */
  get scale() {
    const width = this.picture?.width ?? 610;
    return Math.min(this.room?.width ?? width, width < 500 ? 430 : 610) / width;
  }

  /** @param {import("./scene.js").Scene} scene */
  draw(scene) {
    const picture = scene.picture(this.width);
    const [head, tail] = picture.svg;
    const svg = drawn(head + tail);
    svg.classList.remove("wid", "nar"); // the only one of its box
    const [, , width, height] = (svg.getAttribute("viewBox") ?? "").split(" ").map(Number);
    this.scene = scene;
    this.picture = { width: width || 610, height: height || 0 };
    this.sheet.classList.toggle("narrow", this.picture.width < 500);
    this.bands = new Bands(svg, picture.bands, (place) => scene.band(place));
    this.now.setAttribute("viewBox", `0 ${-STRIP} ${this.picture.width} ${2 * STRIP}`);
    this.line.setAttribute("d", `M0 0H${this.picture.width}`);
    this.flying.forEach((group) => group.remove());
    this.flying.clear();
    this.flights = undefined;
    this.sheet.replaceChildren(svg, this.veil, this.now);
    if (this.sheet.parentNode !== this.chart) this.chart.replaceChildren(this.sheet);
    this.#fill();
  }

  /** @param {import("./scene.js").Scene} scene @param {number} at @param {boolean} follow  keep the line of now in sight */
  moveTo(scene, at, follow) {
    const y = scene.y(at) / 10;
    if (follow) this.#follow(y);
    this.veil.style.transform = `translateY(${y * this.scale}px)`;
    this.now.style.transform = `translateY(${(y - STRIP) * this.scale}px)`;
    const words = millis(at - scene.zero);
    const wide = Math.max(words.length * 7.4 + 14, 44);
    this.tag.textContent = words;
    this.label.setAttribute("width", String(wide));
    this.tag.setAttribute("x", String(wide / 2));
    this.flights ??= this.bands?.flights ?? [];
    for (const one of this.flights) {
      const there = this.flying.get(one.id);
      if (one.at <= at && at < one.to) {
        const [from, to] = [scene.y(one.at) / 10, scene.y(one.to) / 10];
        const part = (y - from) / Math.max(to - from, 0.1);
        (there ?? this.#launch(one)).setAttribute("transform", `translate(${(one.x1 + (one.x2 - one.x1) * part).toFixed(1)} 0)`);
      } else if (there) {
        there.remove();
        this.flying.delete(one.id);
      }
    }
  }

  /** @param {import("./bands.js").Flight} one */
  #launch(one) {
    const group = /** @type {SVGGElement} */ (made("g", { class: one.look }));
    group.append(made("circle", { class: "disc", r: 11 }), made("use", { href: `#g-${one.glyph}`, x: -7, y: -7, width: 14, height: 14 }));
    this.now.append(group);
    this.flying.set(one.id, group);
    return group;
  }

  /** @param {number} y  px of the drawing */
  #follow(y) {
    const height = this.room?.height ?? 0;
    const [place, end] = [y * this.scale, (this.picture?.height ?? 0) * this.scale - height];
    if (end <= 1 || (place >= this.top + height * 0.12 && place <= this.top + height * 0.72)) return;
    this.top = Math.min(Math.max(place - height * 0.55, 0), end);
    this.#fill();
    // Scrolling wants a layout: once, when everything has its place.
    queueMicrotask(() => (this.chart.scrollTop = this.top));
  }

  /** Puts what is in view into the page. */
  #fill() {
    const { scale, top } = this;
    if (this.bands?.show(top / scale, (top + (this.room?.height ?? 0)) / scale)) this.flights = undefined;
  }

  /** The packet under the pointer, by its place in the run. @param {Event} event */
  packet(event) {
    const group = event.target instanceof Element ? event.target.closest("[data-packet]") : null;
    return group ? Number(group.getAttribute("data-packet")) : null;
  }

  /** The whole drawing alone, with its colours, for print and documents. */
  standalone() {
    return this.scene ? standalone(drawn(this.scene.drawing())) : "";
  }
}

/** @param {string} name @param {Record<string, string | number>} attributes */
function made(name, attributes) {
  const element = /** @type {SVGElement} */ (document.createElementNS(SVG, name));
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}
