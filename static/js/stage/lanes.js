// A stream that the engine has read and drawn: its steps, and the sentences about them. Steps are told to the transport as
// times, a second each.

/** @typedef {[code: string, a: number, b: number]} Part */
/** @typedef {[parts: Part[], text: string, arrived: number, read: number, from: number, to: number, messages: number]} Step */
/** @typedef {[from: number, to: number, step: number, read: number, hex: string, status: number, rule: number, foreign: number]} Found */
/** @typedef {{svg: string, error: string, scale: [number, number], rows: [number, number, number][], writes: number[], segments: number[], steps: Step[], found: Found[]}} Drawn */

/** A step, in the transport's µs, and in its tenths of px. */
const SECOND = 1e6;
const HEIGHT = 1300;

export class Lanes {
  zero = 0;

  /** @param {import("./engine.js").Engine} wasm @param {Record<string, unknown>} config @param {string} names @param {number} width  throws the engine's `field: reason` */
  constructor(wasm, config, names, width) {
    this.drawn = /** @type {Drawn} */ (JSON.parse(wasm.lanes(JSON.stringify(config), names, width)));
    this.end = (this.drawn.steps.length - 1) * SECOND;
    /** @type {{rows: any[], marks: [number, number][]}} */
    this.last = { rows: [], marks: [[0, 0], [this.end, this.y(this.end)]] };
  }

  /** @param {number} at */
  y(at) {
    return (at / SECOND) * HEIGHT;
  }

  /** @param {number} y */
  at(y) {
    return Math.min((y / HEIGHT) * SECOND, this.end);
  }

  /** @param {number} at @param {1 | -1} way */
  event(at, way) {
    return Math.min(Math.max((this.step(at) + way) * SECOND, 0), this.end);
  }

  /** @param {number} at */
  step(at) {
    return Math.min(Math.floor(at / SECOND + 1e-6), this.drawn.steps.length - 1);
  }

  /** @param {number} step */
  time(step) {
    return step * SECOND;
  }

  /** Where a place in the stream is drawn, px. @param {number} place */
  place(place) {
    const row = this.drawn.rows.find(([, to]) => to >= place) ?? [0, 0, 0];
    const [left, cell] = this.drawn.scale;
    return { x: left + (Math.max(place, row[0]) - row[0]) * cell, y: row[2] };
  }

  /** The place nearest to a point of the drawing. @param {number} x @param {number} y */
  under(x, y) {
    const row = this.drawn.rows.findLast(([, , top]) => top <= y) ?? this.drawn.rows[0] ?? [0, 0, 0];
    const [left, cell] = this.drawn.scale;
    return Math.min(Math.max(row[0] + Math.round((x - left) / cell), row[0]), row[1]);
  }
}

/** @param {string} sentence @param {number} a @param {number} b @param {string} text */
export function fill(sentence, a, b, text) {
  return sentence.replace(/\{(\w)(?: ([^|}]*)\|([^}]*))?\}/g, (_, name, one, many) => {
    if (name === "t") return text;
    const number = name === "b" ? b : a;
    return one === undefined ? String(number) : `${number} ${number === 1 ? one : many}`;
  });
}
