// The drawing in the page: put there once for a run, then three things of it move (playground-wasm/stage/src/lib.rs).

import { millis } from "./scene.js";
import { standalone } from "./standalone.js";

const SVG = "http://www.w3.org/2000/svg";

/** @typedef {{id: number, at: number, to: number, x1: number, y1: number, x2: number, y2: number, glyph: string, look: string}} Flight */

export class Diagram {
  /** @param {HTMLElement} chart  the box with the server's drawings */
  constructor(chart) {
    this.chart = chart;
    /** @type {Flight[]} */
    this.flights = [];
    /** @type {Map<number, SVGGElement>} */
    this.flying = new Map();
  }

  /** Room for the wide drawing, or for the narrow one. */
  get width() {
    return this.chart.clientWidth >= 560 ? 610 : 390;
  }

  /** @param {import("./scene.js").Picture} picture */
  draw(picture) {
    const svg = drawn(picture.svg);
    svg.classList.remove("wid", "nar"); // the only one of its box
    this.chart.replaceChildren(svg);
    this.svg = svg;
    this.veil = svg.querySelector(".veil");
    this.playhead = svg.querySelector(".playhead");
    this.tag = svg.querySelector(".playhead text");
    this.inFlight = svg.querySelector(".flying");
    this.inFlight?.replaceChildren();
    this.flying.clear();
    this.flights = [...svg.querySelectorAll("[data-packet]")].map(flight);
  }

  /** @param {import("./scene.js").Scene} scene @param {number} at @param {boolean} follow  keep the playhead in sight */
  moveTo(scene, at, follow) {
    const y = scene.y(at) / 10;
    this.veil?.setAttribute("y", String(y));
    this.playhead?.setAttribute("transform", `translate(0 ${y})`);
    if (this.tag) this.tag.textContent = millis(at - scene.zero);
    for (const one of this.flights) {
      const there = this.flying.get(one.id);
      if (one.at <= at && at < one.to) {
        const part = (y - one.y1) / Math.max(one.y2 - one.y1, 0.1);
        (there ?? this.launch(one)).setAttribute("transform", `translate(${one.x1 + (one.x2 - one.x1) * part} ${y})`);
      } else if (there) {
        there.remove();
        this.flying.delete(one.id);
      }
    }
    if (follow) this.follow(y);
  }

  /** @param {Flight} one */
  launch(one) {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", one.look);
    const disc = document.createElementNS(SVG, "circle");
    disc.setAttribute("class", "disc");
    disc.setAttribute("r", "11");
    const glyph = document.createElementNS(SVG, "use");
    glyph.setAttribute("href", `#g-${one.glyph}`);
    for (const [name, value] of [["x", -7], ["y", -7], ["width", 14], ["height", 14]]) glyph.setAttribute(`${name}`, `${value}`);
    group.append(disc, glyph);
    this.inFlight?.append(group);
    this.flying.set(one.id, group);
    return group;
  }

  /** @param {number} y  px of the drawing */
  follow(y) {
    const { chart, svg } = this;
    if (!svg || chart.scrollHeight <= chart.clientHeight + 1) return;
    const scale = svg.getBoundingClientRect().width / (Number(svg.getAttribute("viewBox")?.split(" ")[2]) || 1);
    const place = y * scale;
    const [top, height] = [chart.scrollTop, chart.clientHeight];
    if (place < top + height * 0.12 || place > top + height * 0.72) chart.scrollTop = place - height * 0.55;
  }

  /** The packet under the pointer, by its place in the run. @param {Event} event */
  packet(event) {
    const group = event.target instanceof Element ? event.target.closest("[data-packet]") : null;
    return group ? Number(group.getAttribute("data-packet")) : null;
  }

  /** The drawing alone, with its colours, for print and documents. */
  standalone() {
    return this.svg ? standalone(this.svg, ".veil, .playhead, .flying") : "";
  }
}

/** A drawing of the engine as an element. Read as XML, so that nothing in it can be anything but a drawing. @param {string} text */
export function drawn(text) {
  return document.importNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement, true);
}

/** @param {Element} group @returns {Flight} */
function flight(group) {
  const number = (/** @type {string} */ name) => Number(group.getAttribute(`data-${name}`));
  const look = [...group.classList].find((name) => name.startsWith("s-")) ?? "";
  return {
    id: number("packet"), at: number("at"), to: number("to"), x1: number("x1"), y1: number("y1"), x2: number("x2"), y2: number("y2"),
    glyph: group.getAttribute("data-glyph") ?? "ack", look,
  };
}
