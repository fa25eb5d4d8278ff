// The layers of a drawing, of which only the bands in view are in the page: a long run has tens of thousands of elements,
// a window shows some hundreds.

const SVG = "http://www.w3.org/2000/svg";

/** Height of a band, px of the drawing (`BAND` in playground-wasm/stage/src/svg.rs). */
const BAND = 400;

/** @typedef {{id: number, at: number, to: number, x1: number, x2: number, glyph: string, look: string}} Flight */

export class Bands {
  /**
   * @param {Element} svg  the drawing without its layers
   * @param {number} count  how many there are; the last holds what is longer than one
   * @param {(place: number) => string} band  a `g` for each layer
   */
  constructor(svg, count, band) {
    /** @type {Map<number, Flight[]>} */
    this.shown = new Map();
    this.band = band;
    this.long = count - 1;
    this.layers = [1, 2, 3].map(() => {
      const layer = document.createElementNS(SVG, "g");
      for (let i = 0; i < count; i += 1) layer.append(document.createElementNS(SVG, "g"));
      return layer;
    });
    // Under what stands over all layers.
    svg.querySelector(":scope > .grid")?.after(...this.layers);
    this.#put(this.long);
  }

  /** Packets on their way that are drawn in the bands now in the page. */
  get flights() {
    return [...this.shown.values()].flat();
  }

  /** Says whether that changed anything. @param {number} from  px of the drawing @param {number} to */
  show(from, to) {
    // What begins in one band may reach into the next.
    const first = Math.max(0, Math.floor(from / BAND) - 1);
    const last = Math.min(this.long - 1, Math.floor(to / BAND) + 1);
    let changed = false;
    for (const band of this.shown.keys()) {
      if (band === this.long || (band >= first && band <= last)) continue;
      this.layers.forEach((layer) => layer.children[band]?.replaceChildren());
      changed = this.shown.delete(band);
    }
    for (let band = first; band <= last; band += 1) {
      if (this.shown.has(band)) continue;
      this.#put(band);
      changed = true;
    }
    return changed;
  }

  /** @param {number} band */
  #put(band) {
    const parts = drawn(`<svg xmlns="${SVG}">${this.band(band)}</svg>`);
    this.shown.set(band, [...parts.querySelectorAll("[data-packet]")].map(flight));
    [...parts.children].forEach((part, i) => this.layers[i]?.children[band]?.replaceWith(part));
  }
}

/** A drawing of the engine as an element. Read as XML, so that nothing in it can be anything but a drawing. @param {string} text */
export function drawn(text) {
  return document.adoptNode(new DOMParser().parseFromString(text, "image/svg+xml").documentElement);
}

/** @param {Element} group @returns {Flight} */
function flight(group) {
  const number = (/** @type {string} */ name) => Number(group.getAttribute(`data-${name}`));
  const look = [...group.classList].find((name) => name.startsWith("s-")) ?? "";
  return {
    id: number("packet"), at: number("at"), to: number("to"), x1: number("x1"), x2: number("x2"),
    glyph: group.getAttribute("data-glyph") ?? "ack", look,
  };
}
