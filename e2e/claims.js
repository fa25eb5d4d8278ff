// What presets claim of their outcome, judged by what the page's own engine says: its tools, calls and packets. The server
// judges the same claims with the native engine (server/src/content/preset_claims.rs); here it is the one in WASM.

import { readFileSync, readdirSync } from "node:fs";
import { parse } from "smol-toml";

const FOLDER = new URL("../content/presets/", import.meta.url);

/** @typedef {{side: string, what?: string, [field: string]: any}} Check */
/** @typedef {{id: string, playground: string, kind: string, cases: string[], question: {answer: number}, claim: Record<string, any>[]}} Preset */

/** All presets of content/. @returns {Preset[]} */
export function presets() {
  const names = readdirSync(FOLDER).filter((name) => name.endsWith(".toml"));
  return names.map((name) => {
    const preset = /** @type {any} */ (parse(readFileSync(new URL(name, FOLDER), "utf8")));
    return { ...preset, id: name.slice(0, -5) };
  });
}

/**
 * What a run of the page was: to be called in it.
 * @param {number[]} moments  ms after the first packet, at which `ss` is asked
 */
export function seen(moments) {
  /** @type {any} */
  const stage = document.querySelector("net-stage");
  const { run, zero } = stage.scene;
  const packets = [];
  try {
    for (let place = 0; ; place++) packets.push(JSON.parse(run.packet(place)));
  } catch {
    // There are no more.
  }
  const end = 9e15;
  const ss = (/** @type {number} */ at) => [0, 1].map((side) => run.shown("ss", side, at) + run.shown("ss -u", side, at));
  return {
    zero,
    names: ["C", "S", ...(stage.state.config.hosts ?? []).map((/** @type {{name: string}} */ host) => host.name)],
    packets,
    calls: JSON.parse(run.calls()),
    ss: Object.fromEntries([...moments.map((at) => [at, ss(zero + at * 1000)]), ["end", ss(end)]]),
    nstat: [0, 1].map((side) => run.shown("nstat", side, end)),
  };
}

/** The moments at which claims look at sockets. @param {Preset} preset @returns {number[]} */
export function moments(preset) {
  return preset.claim.flatMap(({ socket }) => (socket?.at_ms === undefined ? [] : [socket.at_ms]));
}

/**
 * @param {Record<string, any>} claim
 * @param {ReturnType<typeof seen>} was
 * @returns {string | null}  what was seen instead
 */
export function judge(claim, was) {
  const { call, packets, socket, counter, order } = claim;
  if (call) return judgeCall(call, was);
  if (packets) return within("count", sent(packets, was).length, packets.count);
  if (socket) return judgeSocket(socket, was);
  if (counter) return judgeCounter(counter, was);
  if (order) {
    const [first, second] = order.map((/** @type {Check} */ event) => when(event, was));
    return first <= second ? null : `the first is at ${first}, the second at ${second}`;
  }
  return "a claim of an unknown kind";
}

/** @param {Check} check @param {ReturnType<typeof seen>} was */
function judgeCall(check, was) {
  const calls = callsOf(check, check.name, was).filter((call) => check.sock === undefined || call.sock === check.sock);
  /** @param {ReturnType<typeof callsOf>[number]} call */
  const misfit = (call) => {
    if (check.err !== undefined && call.err !== check.err) return `err ${call.err}`;
    if (check.ret !== undefined && (call.ret === null || !holds(call.ret, check.ret))) return `ret ${call.ret}`;
    const at = (call.at - was.zero) / 1000;
    if (check.at_ms && !holds(at, check.at_ms)) return `at ${at} ms`;
    if (check.took_ms && !holds(call.took / 1000, check.took_ms)) return `took ${call.took / 1000} ms`;
    return null;
  };
  if (check.count !== undefined) return within("count", calls.filter((call) => !misfit(call)).length, check.count);
  const nth = check.nth ?? 1;
  const call = calls.at(nth > 0 ? nth - 1 : nth);
  return call ? misfit(call) : `${check.name} returned ${calls.length} times`;
}

/** @param {Check} check @param {string} name @param {ReturnType<typeof seen>} was */
function callsOf(check, name, was) {
  const host = was.names.indexOf(check.side);
  const all = was.calls.map((/** @type {any[]} */ [host, at, took, , call, sock, , ret, err]) => ({ host, at, took, call, sock, ret, err }));
  return /** @type {{host: number, at: number, took: number, call: string, sock: string | null, ret: number | null, err: string | null}[]} */ (
    all.filter((/** @type {{host: number, call: string}} */ call) => call.host === host && call.call === name)
  );
}

/** @param {Check} check @param {ReturnType<typeof seen>} was */
function judgeSocket(check, was) {
  const text = was.ss[check.at_ms ?? "end"]?.[was.names.indexOf(check.side)] ?? "";
  const rows = text.split("\n").filter((/** @type {string} */ line) => /^[A-Z]/.test(line) && !line.startsWith("State")).map((/** @type {string} */ line) => line.split(/\s+/));
  const found = rows.filter((/** @type {string[]} */ row) => row[0] === check.state);
  for (const [, received, left] of found) {
    const bad = within("recv_q", Number(received), check.recv_q) ?? within("send_q", Number(left), check.send_q);
    if (bad) return bad;
  }
  return within(`count of ${check.state}`, found.length, check.count);
}

/** @param {Check} check @param {ReturnType<typeof seen>} was */
function judgeCounter(check, was) {
  const text = was.nstat[was.names.indexOf(check.side)] ?? "";
  const value = Number(new RegExp(`^${check.name}\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const fits = value >= (check.at_least ?? 0) && (check.equals === undefined || value === check.equals);
  return fits ? null : `${check.name} is ${value}`;
}

/** @param {Check} check @param {ReturnType<typeof seen>} was */
function sent(check, was) {
  const host = was.names.indexOf(check.side);
  /** @type {Map<string, number>} */
  const highest = new Map();
  return was.packets.filter((packet) => {
    const stream = `${packet.host} ${packet.conn}`;
    const known = highest.get(stream) ?? packet.seq;
    const end = packet.seq + packet.len + (/[SF]/.test(packet.flags) ? 1 : 0);
    const again = packet.proto === "tcp" && end > packet.seq && known > packet.seq && !packet.flags.includes("R");
    if (packet.proto === "tcp") highest.set(stream, Math.max(known, end));
    const at = (packet.at - was.zero) / 1000;
    return (
      packet.host === host && overLo(packet) === Boolean(check.lo) && is(check.what ?? check.packet, packet, again) &&
      (check.len === undefined || holds(packet.len, check.len)) && at >= (check.after_ms ?? -Infinity) && at < (check.before_ms ?? Infinity) &&
      (check.lost === undefined || check.lost === (packet.lost !== null))
    );
  });
}

/** Whether a packet never left its host. @param {any} packet */
function overLo(packet) {
  return !packet.rule && / 127\.0\.0\.1\./.test(packet.words);
}

/** @param {string} what @param {any} packet @param {boolean} again */
function is(what, packet, again) {
  const flags = packet.flags ?? "";
  if (what === "retransmission") return again;
  if (what === "zero-window") return packet.proto === "tcp" && packet.win === 0 && !/[SR]/.test(flags);
  if (packet.proto !== "tcp") return what === packet.proto;
  const kind = flags.includes("R") ? "rst" : flags.includes("S") ? (flags.includes(".") ? "synack" : "syn") : flags.includes("F") ? "fin" : packet.len > 0 ? "data" : "ack";
  return kind === what;
}

/** When an event is. @param {Check} event @param {ReturnType<typeof seen>} was */
function when(event, was) {
  const nth = (event.nth ?? 1) - 1;
  if (event.call) {
    const call = callsOf(event, event.call, was)[nth];
    return call ? call.at + (event.returns ? call.took : 0) : NaN;
  }
  const packet = sent(event, was)[nth];
  return packet ? (event.arrives ? (packet.arrived ?? NaN) : packet.at) : NaN;
}

/** @param {number} n @param {number | [number, number]} wanted */
function holds(n, wanted) {
  return Array.isArray(wanted) ? n >= wanted[0] && n <= wanted[1] : n === wanted;
}

/** @param {string} what @param {number} got @param {number | [number, number] | undefined} wanted */
function within(what, got, wanted) {
  return wanted === undefined || holds(got, wanted) ? null : `${what} is ${got}, not ${wanted}`;
}
