// A run and its picture, with times in µs of the engine's world. `y` is a height in the drawing, in tenths of px.

/** @typedef {import("./engine.js").Engine} Engine */
/** @typedef {{svg: [string, string], bands: number, width: number, telling: number, zero: number, end: number, from: number, to: number, marks: [number, number][], events: number[], hosts: string[], rows: any[], waits: any[]}} Picture */

export class Scene {
  /**
   * Runs a configuration; throws the engine's `field: reason`.
   * @param {Engine} wasm
   * @param {Record<string, unknown>} config
   * @param {number} seed
   * @param {string} lang
   */
  constructor(wasm, config, seed, lang) {
    this.run = new wasm.Run(JSON.stringify(config), seed);
    this.lang = lang;
    /** @type {Picture | undefined} */
    this.last = undefined;
    this.freed = false;
  }

  /** @param {number} width  px @returns {Picture} */
  picture(width) {
    if (this.last?.width !== width) this.last = { ...JSON.parse(this.run.picture(this.lang, width)), width };
    return /** @type {Picture} */ (this.last);
  }

  /** Part of the picture, as a `g` for each of its layers; the last is what is longer than a band. @param {number} place */
  band(place) {
    return this.freed ? "" : this.run.band(place);
  }

  /** All of the picture as SVG. */
  drawing() {
    return this.freed ? "" : this.run.drawing();
  }

  get zero() {
    return this.last?.zero ?? 0;
  }

  get end() {
    return this.last?.marks.at(-1)?.[0] ?? 0;
  }

  /** @param {number} at  in one sentence */
  now(at) {
    return this.run.now(this.lang, this.zero, at);
  }

  /**
   * @param {string} tool
   * @param {number} side
   * @param {number} at
   */
  shown(tool, side, at) {
    return this.run.shown(tool, side, at);
  }

  /** The height of a time. @param {number} at */
  y(at) {
    return along(this.last?.marks ?? [], at, 0, 1);
  }

  /** The time at a height. @param {number} y */
  at(y) {
    return along(this.last?.marks ?? [], y, 1, 0);
  }

  /** The nearest event after or before a time. @param {number} at @param {1 | -1} way */
  event(at, way) {
    const events = this.last?.events ?? [];
    return way > 0 ? (events.find((event) => event > at) ?? this.end) : (events.findLast((event) => event < at) ?? this.zero);
  }

  free() {
    this.freed = true;
    this.run.free();
  }
}

/**
 * Linear between the marks around a value, constant outside of them.
 * @param {[number, number][]} marks
 * @param {number} value
 * @param {0 | 1} from
 * @param {0 | 1} to
 */
function along(marks, value, from, to) {
  let low = 0;
  let high = marks.length - 1;
  const [first, last] = [marks[0], marks[high]];
  if (!first || !last) return 0;
  if (value <= first[from]) return first[to];
  if (value >= last[from]) return last[to];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((marks[middle]?.[from] ?? 0) <= value) low = middle;
    else high = middle;
  }
  const [a, b] = [marks[low] ?? first, marks[high] ?? last];
  return a[to] + ((value - a[from]) * (b[to] - a[to])) / Math.max(b[from] - a[from], 1);
}

/** Milliseconds after the first packet, as the drawing writes them. @param {number} us */
export function millis(us) {
  return (Math.round(us / 100) / 10).toFixed(1);
}
