// One implementation's lookup: what it answers, what it did and when. The engine's clock stands still while a server answers;
// here each answered round takes a round trip. The same as `Lane` and `Clock` in server/src/web/view/names.rs.

import { href, label, plain, said, span } from "./words.js";

/** @typedef {import("./words.js").Step} Step */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {{step: number, label: string, start: number, end: number, what: string, look: "found" | "nothing" | "failed", connect: boolean}} Bar */
/** @typedef {{words: string, at: string, why: string, source: string, href: string, only: string, random: string}} Row */
/** @typedef {{file: string, line: number, effect: string, why: string}} Note */
/** @typedef {{status: string, text: string | null, server: string | null, addresses: string[], canonical: string | null, order: string | null, at_us: number, failure: string | null, steps: Step[]}} Answer */

/**
 * @typedef {object} Lane
 * @property {string} id @property {string} label @property {string} outcome @property {boolean} good @property {string} tool
 * @property {string} cost @property {string} vain @property {string} connect @property {Row[]} steps @property {string} more
 * @property {Bar[]} bars @property {string} order @property {string} took @property {string} status @property {number} queries
 * @property {Note[]} notes @property {number} count
 */

/** So many steps are listed. */
const LISTED = 300;
const EXCHANGE = new Set(["in_parallel", "send", "reply", "timeout", "closed", "ignore_reply", "next_server", "resend", "fallback_tcp", "switch_to_single_request", "rotate", "connect_failed"]);

/**
 * @param {string} id @param {string} name @param {Answer} done @param {boolean} dials @param {number} rtt  µs
 * @param {Words} words
 * @returns {Lane}
 */
export function lane(id, name, done, dials, rtt, words) {
  const { ui } = words;
  const clock = timed(done.steps, id.startsWith("musl"), rtt, words);
  /** @type {Set<string>} */
  const seen = new Set();
  const steps = done.steps.slice(0, LISTED).map((step, i) => {
    const { id: rule, source } = step.rule;
    const first = !seen.has(rule);
    seen.add(rule);
    const at = clock.at[i] ?? 0;
    return {
      words: said(step, words), at: at === 0 ? "" : span(at), why: first ? (words.rules[rule] ?? "") : "", source: first ? source : "",
      href: first ? href(source, id) : "", only: "", random: step.random ? (ui.random ?? "") : "",
    };
  });
  const queries = done.steps.filter((step) => step.ev === "send").length;
  const vain = clock.bars.filter((bar) => !bar.connect && bar.look !== "found").length;
  const took = span(done.at_us + clock.rounds * rtt);
  const reached = done.steps.find((step) => step.ev === "connect_end" && step.outcome === "connected")?.address;
  const outcome = ended(id, name, done, words);
  return {
    id, label: label(id), outcome, steps, took, queries, bars: clock.bars, order: done.order ?? "", status: done.status, count: done.steps.length,
    good: done.status === "OK" && done.addresses.length > 0,
    tool: tool(id, name, done, outcome),
    cost: queries === 0 ? (ui.none ?? "") : put(ui.cost, { queries, rounds: clock.rounds, time: took }),
    vain: vain === 0 ? "" : put(ui.vain, { n: vain }),
    connect: !dials ? "" : (done.failure ?? (reached ? put(ui.reached, { n: reached }) : (ui.notTried ?? ""))),
    more: done.steps.length > LISTED ? put(ui.more, { n: done.steps.length - LISTED }) : "",
    notes: done.steps.filter((step) => step.ev === "parse_note").map((step) => ({ file: plain(step.file), line: Number(step.line), effect: plain(step.effect), why: words.rules[step.rule.id] ?? "" })),
  };
}

/** Words with their `{fields}`. @param {string | undefined} words @param {Record<string, string | number>} fields */
export function put(words = "", fields) {
  return words.replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? ""));
}

/** In what two of them differ. @param {Lane} a @param {Lane} b @param {Words} words */
export function differences(a, b, { ui }) {
  const out = [];
  if (a.good !== b.good || (!a.good && a.status !== b.status)) out.push(ui.status);
  if (a.good && b.good && a.outcome !== b.outcome) out.push(ui.addresses);
  if (a.queries !== b.queries) out.push(ui.queries);
  if (a.connect !== b.connect) out.push(ui.connect);
  return out;
}

/** Marks what only one of them does. @param {Lane[]} lanes @param {Words} words */
export function markOnly([a, b], words) {
  if (!a || !b) return;
  const [inA, inB] = [a, b].map((lane) => new Set(lane.steps.map((step) => step.words)));
  for (const step of a.steps) step.only = inB?.has(step.words) ? "" : (words.ui.only ?? "");
  for (const step of b.steps) step.only = inA?.has(step.words) ? "" : (words.ui.only ?? "");
}

/** @param {Step[]} steps @param {boolean} musl @param {number} rtt @param {Words} words */
function timed(steps, musl, rtt, words) {
  /** @type {Bar[]} */
  const bars = [];
  /** @type {number[]} */
  const times = [];
  let rounds = 0;
  /** @type {Map<string, number>} */
  let answered = new Map();
  let together = musl;
  /** @type {{key: string, bar: Bar, shift: number}[]} */
  let open = [];
  steps.forEach((step, i) => {
    const [server, qtype] = [step.server, step.qtype].map((it) => (typeof it === "string" ? it : ""));
    if (!EXCHANGE.has(step.ev)) {
      for (const { bar, shift } of open) bar.end = step.at_us + shift;
      open = [];
      rounds += Math.max(0, ...answered.values());
      answered = new Map();
      together = musl;
    }
    if (step.ev === "in_parallel") together = true;
    const lane = musl ? `${qtype} ${server}` : together ? (qtype ?? "") : "";
    let shift = (rounds + (answered.get(lane) ?? 0)) * rtt;
    let at = step.at_us + shift;
    const key = `${server} ${qtype}`;
    switch (step.ev) {
      case "send": {
        /** @type {Bar} */
        const bar = { step: i, label: `${qtype} ${step.qname} → ${server}`, start: at, end: at, what: words.ui.unanswered ?? "", look: "failed", connect: false };
        open.push({ key, bar, shift });
        bars.push(bar);
        break;
      }
      case "reply": case "timeout": case "closed": {
        const place = open.findLastIndex((it) => it.key === key);
        const [asked] = place < 0 ? [] : open.splice(place, 1);
        shift = asked?.shift ?? shift;
        at = step.at_us + shift;
        if (step.ev !== "timeout") {
          at += rtt;
          answered.set(lane, (answered.get(lane) ?? 0) + 1);
        }
        if (!asked) break;
        asked.bar.end = at;
        if (step.ev === "reply") [asked.bar.what, asked.bar.look] = heard(plain(step.what));
        else asked.bar.what = (step.ev === "timeout" ? words.ui.timeout : words.ui.closed) ?? "";
        break;
      }
      case "connect_start": bars.push({ step: i, label: `connect ${step.address}`, start: at, end: at, what: "", look: "failed", connect: true }); break;
      case "connect_end": {
        const bar = bars.findLast((bar) => bar.label === `connect ${step.address}` && bar.what === "");
        if (!bar) break;
        bar.end = at;
        bar.look = step.outcome === "connected" ? "found" : step.outcome === "cancelled" ? "nothing" : "failed";
        bar.what = words.values[step.outcome] ?? step.outcome;
        break;
      }
    }
    times.push(at);
  });
  return { at: times, bars, rounds };
}

/** @param {string} what @returns {[string, Bar["look"]]} */
function heard(what) {
  if (what.startsWith("ANSWER ")) return [what.slice(7), "found"];
  return [what, what === "NXDOMAIN" || what === "NODATA" ? "nothing" : "failed"];
}

/** Addresses, or the error as the program prints it. @param {string} id @param {string} name @param {Answer} done @param {Words} words */
function ended(id, name, done, words) {
  if (done.text !== null) {
    const server = done.server === null ? "" : done.server.includes(":") ? ` on [${done.server}]:53` : ` on ${done.server}:53`;
    return `lookup ${name}${server}: ${done.text}`;
  }
  if (done.status === "OK") return done.addresses.length === 0 ? "[]" : done.addresses.join(" ");
  return `${done.status}: ${words.strerror[done.status]?.[id.startsWith("musl") ? 1 : 0] ?? ""}`;
}

/** What somebody at the machine would see. @param {string} id @param {string} name @param {Answer} done @param {string} outcome */
function tool(id, name, done, outcome) {
  if (id.startsWith("go")) {
    const order = done.order === null ? "" : `go package net: hostLookupOrder(${name}) = ${done.order}\n`;
    return `$ GODEBUG=netdns=go+2 ./app\n${order}${done.status === "OK" ? `[${done.addresses.join(" ")}]` : outcome}`;
  }
  if (done.addresses.length === 0) return `$ getent ahosts ${name}\n${outcome}`;
  const lines = done.addresses.map((address, i) => `${address.padEnd(16)}STREAM${i === 0 ? ` ${done.canonical ?? name}` : ""}`);
  return `$ getent ahosts ${name}\n${lines.join("\n")}`;
}
