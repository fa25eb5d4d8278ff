// <run-table> around a table of variants: when the run on the page changes, each row is computed again for it. A row's
// `data-set` are knobs; a row without stays as the server computed it.

import { Part } from "../lib/part.js";
import { KNOBS } from "../stage/knobs.js";

/** @typedef {{latency: number[], segments: [number, number], ended: [string, string], read: number, failed: string, close: number, time_wait: [number, number], messages: [number, number, number, number][]}} Sum */

class RunTable extends Part {
  timer = 0;

  /** @param {AbortSignal} signal */
  start(signal) {
    addEventListener("ran", (event) => {
      const stage = event instanceof CustomEvent ? event.detail : undefined;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#compute(stage), 150);
    }, { signal });
  }

  /** @param {{wasm: import("../stage/engine.js").Engine, state: {config: Record<string, any>, seed: number}}} stage */
  #compute({ wasm, state }) {
    const measures = [...this.querySelectorAll("[data-measure]")].map((it) => it.getAttribute("data-measure") ?? "");
    const rows = [...this.querySelectorAll("tbody tr")].map((row) => ({ row, sum: sumOf(wasm, state, row.getAttribute("data-set")) }));
    const lengths = rows.map(({ row, sum }) => (sum ? length(measures, sum) : shown(row, measures)));
    const longest = Math.max(1, ...lengths.map((n) => n ?? 0));
    rows.forEach(({ row, sum }, i) => {
      row.querySelector(".part")?.setAttribute("width", String(Math.round(((lengths[i] ?? 0) / longest) * 1000)));
      if (!sum) return;
      [...row.querySelectorAll("td.num")].forEach((place, n) => (place.textContent = this.#cell(measures[n] ?? "", sum)));
    });
  }

  /** @param {string} measure @param {Sum} sum */
  #cell(measure, sum) {
    switch (measure) {
      case "latency": return `${ms(median(sum.latency))} / ${ms(sum.latency.length ? Math.max(...sum.latency) : undefined)}`;
      case "segments": return sum.segments.join(" + ");
      case "ended": return sum.ended[0] || "–";
      case "read": return sum.failed ? `${sum.read} B, ${sum.failed}` : `${sum.read} B`;
      case "close": return ms(sum.close < 0 ? undefined : sum.close);
      case "time-wait": return this.words(sum.time_wait[0] ? "yes" : "no");
      case "waited": return String(sum.messages.filter(([, , arrived, read]) => arrived >= 0 && read > arrived + 1000).length);
      default: return ms(worst(sum));
    }
  }
}

/**
 * @param {import("../stage/engine.js").Engine} wasm
 * @param {{config: Record<string, any>, seed: number}} state
 * @param {string | null} set
 * @returns {Sum | undefined}
 */
function sumOf(wasm, state, set) {
  if (set === null) return undefined;
  const config = structuredClone(state.config);
  for (const [knob, value] of Object.entries(JSON.parse(set))) KNOBS[knob]?.write(config, value);
  try {
    const run = new wasm.Run(JSON.stringify(config), state.seed);
    const sum = JSON.parse(run.sum());
    run.free();
    return sum;
  } catch {
    return undefined; // what the stage refuses it has said there
  }
}

/** @param {string[]} measures @param {Sum} sum */
function length(measures, sum) {
  const first = measures.find((measure) => measure === "latency" || measure === "worst");
  return first === "latency" ? median(sum.latency) : first ? worst(sum) : undefined;
}

/** The length of a row that stays as it is. @param {Element} row @param {string[]} measures */
function shown(row, measures) {
  const place = measures.findIndex((measure) => measure === "latency" || measure === "worst");
  return Number.parseFloat(row.querySelectorAll("td.num")[place]?.textContent ?? "") * 1000 || 0;
}

/** @param {number[]} times */
function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

/** @param {Sum} sum */
function worst(sum) {
  const took = sum.messages.filter(([, , , read]) => read >= 0).map(([, sent, , read]) => read - sent);
  return took.length ? Math.max(...took) : undefined;
}

/** @param {number | undefined} us */
function ms(us) {
  return us === undefined ? "–" : (Math.floor((us + 50) / 100) / 10).toFixed(1);
}

customElements.define("run-table", RunTable);
