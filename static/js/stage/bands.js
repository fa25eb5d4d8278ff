// The layers of a drawing, of which only the bands in view are in the page: a long run has tens of thousands of elements,
// a window shows some hundreds.

const SVG = "http://www.w3.org/2000/svg";

/** Height of a band, px of the drawing (`BAND` in playground-wasm/stage/src/svg.rs). */
const BAND = 600;
/** Key of what is longer than a band, and always there. */
const LONG = -1;

/** @typedef {{id: number, at: number, to: number, x1: number, x2: number, glyph: string, look: string}} Flight */

export class Bands {
  /**
   * @param {Element} svg  the drawing without its layers
   * @param {string[][]} layers  each: its bands from top to bottom, and last what is longer than one
   */
  constructor(svg, layers) {
    /** @type {Map<number, Flight[]>} */
    this.shown = new Map();
    this.layers = layers.map((texts) => {
      const layer = document.createElementNS(SVG, "g");
      const groups = texts.map((text) => ({ group: document.createElementNS(SVG, "g"), text }));
      layer.append(...groups.map(({ group }) => group));
      return { layer, long: groups.at(-1), bands: groups.slice(0, -1) };
    });
    this.count = Math.max(...layers.map((texts) => texts.length)) - 1;
    // Under what stands over all layers.
    const grid = svg.querySelector(":scope > .grid");
    if (grid) grid.after(...this.layers.map(({ layer }) => layer));
    this.#put(LONG);
  }

  /** Packets on their way that are drawn in the bands now in the page. */
  get flights() {
    return [...this.shown.values()].flat();
  }

  /** Says whether that changed anything. @param {number} from  px of the drawing @param {number} to */
  show(from, to) {
    // What begins in one band may reach into the next.
    const first = Math.max(0, Math.floor(from / BAND) - 1);
    const last = Math.min(this.count - 1, Math.floor(to / BAND) + 1);
    let changed = false;
    for (const band of this.shown.keys()) {
      if (band === LONG || (band >= first && band <= last)) continue;
      this.layers.forEach(({ bands }) => bands[band]?.group.replaceChildren());
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
    const flights = [];
    for (const { bands, long } of this.layers) {
      const part = band === LONG ? long : bands[band];
      if (!part) continue;
      part.group.replaceChildren(...drawn(`<svg xmlns="${SVG}">${part.text}</svg>`).childNodes);
      for (const one of part.group.querySelectorAll("[data-packet]")) flights.push(flight(one));
    }
    this.shown.set(band, flights);
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
