// The keep-alive race in numbers, as server/src/web/view/race.rs has them, where the rule is explained and checked.

import { opening } from "./knobs.js";

const REQUESTS = 10_000;
const MEAN_GAP = 5_000;

/**
 * When the backend closes a connection on which nothing more comes, ms after its answer.
 * @param {import("./engine.js").Engine} wasm @param {Record<string, any>} config
 */
export function closeAfter(wasm, config) {
  const idle = structuredClone(config);
  const steps = idle.client ?? [];
  const answered = steps.findIndex((/** @type {any} */ step) => step.op === "recv");
  if (answered < 0) return undefined;
  idle.client = [...steps.slice(0, answered + 1), { op: "sleep", ms: 1_000_000 }];
  idle.limit_ms = Math.max(idle.limit_ms ?? 0, 1_000_000);
  try {
    const run = new wasm.Run(JSON.stringify(idle), 1);
    const sent = [...run.shown("tcpdump", 1, 9e15).matchAll(/^(\d+):(\d+):([\d.]+) IP 10\.9\.0\.2\.\d+ > .*?Flags \[(\S+)\].* length (\d+)/gm)];
    run.free();
    const at = (/** @type {RegExpMatchArray} */ line) => (Number(line[1]) * 3600 + Number(line[2]) * 60 + Number(line[3])) * 1000;
    const fin = sent.find((line) => line[4]?.includes("F"));
    const answer = sent.findLast((line) => line[5] !== "0" && (!fin || at(line) < at(fin)));
    return fin && answer ? at(fin) - at(answer) : undefined;
  } catch {
    return undefined;
  }
}

/** When the client gives a connection up, ms; 0 is never. @param {Record<string, any>} config */
export function clientIdle(config) {
  const steps = config.client ?? [];
  const fresh = steps.filter((/** @type {any} */ step) => step.op === "connect").length > 1;
  const pause = steps.find((/** @type {any} */ step) => step.op === "sleep")?.ms;
  return Number(opening(steps, "connect")?.opts?.rcvtimeo_ms ?? (fresh ? pause : 0) ?? 0);
}

/** How many requests are lost. @param {number} close @param {number} delay @param {number} idle */
export function lost(close, delay, idle) {
  const random = mulberry(1);
  let lost = 0;
  for (let i = 0; i < REQUESTS; i++) {
    const gap = -MEAN_GAP * Math.log(1 - random());
    if (idle > 0 && gap >= idle) continue;
    if (close - 2 * delay < gap && gap < close) lost++;
  }
  return lost;
}

/** mulberry32, a generator of 32 bits by Tommy Ettinger, in the public domain. @param {number} state */
function mulberry(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
