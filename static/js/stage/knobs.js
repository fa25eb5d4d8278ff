// What a knob means in a scenario: `read` says its value there (undefined where the scenario has no such thing), `write`
// changes a copy. Fields are those of playground-wasm/engine/SCENARIO.md.

/** @typedef {{op?: string, n?: any, ms?: number, times?: number, steps?: Step[], opts?: Record<string, any>, flags?: any, [field: string]: any}} Step */
/** @typedef {Record<string, any> & {client?: Step[], server?: Step[]}} Scenario */
/** @typedef {number | boolean | string} Value */
/** @typedef {{read: (scenario: Scenario) => Value | undefined, write: (scenario: Scenario, value: any) => void}} Knob */

/** @type {Record<string, Knob>} */
export const KNOBS = {
  rtt: {
    read: ({ delay_ms: delay }) => (typeof delay === "number" ? tidy(delay * 2) : delay && tidy((delay.C ?? 0) + (delay.S ?? 0))),
    write: (scenario, rtt) => (scenario.delay_ms = tidy(rtt / 2)),
  },
  rate: { read: ({ rate_kbit: rate }) => single(rate, 0), write: (scenario, rate) => assign(scenario, "rate_kbit", rate, 0) },
  loss: { read: ({ loss_percent: loss }) => single(loss, 0), write: (scenario, loss) => assign(scenario, "loss_percent", loss, 0) },
  reorder: {
    read: ({ reorder_percent: part }) => single(part, 0),
    write: (scenario, part) => {
      assign(scenario, "reorder_percent", part, 0);
      if (part) scenario.reorder_ms ??= tidy(2 * (Number(single(scenario.delay_ms, 1)) || 1));
      else delete scenario.reorder_ms;
    },
  },
  mss: {
    read: (scenario) => opening(scenario.client, "connect")?.opts?.maxseg ?? 1460,
    write: (scenario, mss) => {
      for (const step of [opening(scenario.client, "connect"), opening(scenario.server, "listen")]) setOption(step, "maxseg", mss === 1460 ? undefined : mss);
    },
  },
  nodelay: option("client", "connect", "nodelay"),
  cork: option("client", "connect", "cork"),
  quickack: {
    read: (scenario) => opening(scenario.server, "listen") && every(scenario.server).some((step) => step.op === "setopt" && step.opts?.quickack),
    write: (scenario, on) => {
      const list = answering(scenario);
      if (!list) return;
      remove(list, (step) => step.op === "setopt" && step.opts?.quickack);
      const first = list.findIndex(reads);
      if (on && first >= 0) list.splice(first, 0, { op: "setopt", opts: { quickack: 1 } });
    },
  },
  think: {
    read: (scenario) => {
      const list = answering(scenario);
      return list && Number(list[list.findIndex(writes) - 1]?.ms ?? 0);
    },
    write: (scenario, ms) => {
      const list = answering(scenario);
      if (!list) return;
      const at = list.findIndex(writes);
      const before = list[at - 1];
      if (before?.op === "sleep") list.splice(at - 1, 1);
      if (ms > 0) list.splice(list.findIndex(writes), 0, { op: "sleep", ms });
    },
  },
  requests: {
    read: (scenario) => (asking(scenario) ? (repeating(scenario)?.times ?? 1) : undefined),
    write: (scenario, times) => {
      const repeat = repeating(scenario) ?? wrap(scenario);
      if (repeat) repeat.times = times;
    },
  },
  pattern: { read: (scenario) => shape(scenario)?.pattern, write: (scenario, pattern) => reshape(scenario, { pattern }) },
  "write-size": { read: (scenario) => shape(scenario)?.sizes[0], write: (scenario, size) => reshape(scenario, { size }) },
  more: {
    read: (scenario) => asking(scenario) && asking(scenario)?.some((step) => writes(step) && has(step.flags, "more")),
    write: (scenario, on) => {
      const sends = (asking(scenario) ?? []).filter(writes);
      sends.forEach((step, i) => {
        if (on && i < sends.length - 1) step.flags = ["more"];
        else delete step.flags;
      });
    },
  },
  gap: { read: (scenario) => race(scenario)?.gap, write: (scenario, gap) => reRace(scenario, { gap }) },
  "client-idle": { read: (scenario) => { const now = race(scenario); return now && now.clientIdle / 1000; }, write: (scenario, s) => reRace(scenario, { clientIdle: s * 1000 }) },
  "server-idle": { read: (scenario) => { const now = race(scenario); return now && now.serverIdle / 1000; }, write: (scenario, s) => reRace(scenario, { serverIdle: s * 1000 }) },
  linger: {
    read: (scenario) => {
      const linger = opening(scenario.client, "connect")?.opts?.linger;
      return opening(scenario.client, "close") && (!linger?.[0] ? "off" : linger[1] === 0 ? "zero" : "one");
    },
    write: (scenario, choice) => setOption(opening(scenario.client, "connect"), "linger", choice === "off" ? undefined : [1, choice === "zero" ? 0 : 1]),
  },
  "half-close": {
    read: (scenario) => opening(scenario.client, "close") && every(scenario.client).some((step) => step.op === "shutdown"),
    write: (scenario, on) => {
      const list = scenario.client ?? [];
      remove(list, (step) => step.op === "shutdown" || step.op === "drain");
      const at = list.findIndex((step) => step.op === "close");
      if (on && at >= 0) list.splice(at, 0, { op: "shutdown", how: "WR" }, { op: "drain" });
    },
  },
  "read-delay": {
    read: (scenario) => {
      const list = holding(scenario.server, reads);
      return list && Number(list[list.findIndex(reads) - 1]?.ms ?? 0);
    },
    write: (scenario, ms) => {
      const list = holding(scenario.server, reads);
      if (!list) return;
      const at = list.findIndex(reads);
      if (list[at - 1]?.op === "sleep") list.splice(at - 1, 1);
      if (ms > 0) list.splice(list.findIndex(reads), 0, { op: "sleep", ms });
    },
  },
  unread: {
    // The client's last read before it closes takes less than the server's answer.
    read: (scenario) => {
      const { read, answer } = lastRead(scenario);
      return read && answer && Math.max(answer.n - Number(read.n ?? answer.n), 0);
    },
    write: (scenario, bytes) => {
      const { read, answer } = lastRead(scenario);
      if (!read || !answer) return;
      const taken = Math.min(Number(read.n ?? answer.n), answer.n);
      answer.n = taken + bytes;
      if (bytes) read.n = taken;
      else delete read.n;
    },
  },
  backlog: {
    read: (scenario) => opening(scenario.server, "listen") && (opening(scenario.server, "listen")?.backlog ?? 16),
    write: (scenario, backlog) => {
      const listen = opening(scenario.server, "listen");
      if (listen) listen.backlog = backlog;
    },
  },
};

/** @param {Step[] | undefined} steps @returns {Step[]}  all steps, those inside of others too */
export function every(steps) {
  return (steps ?? []).flatMap((step) => [step, ...every(step.steps)]);
}

/** The client's last read before its close, and the answer that it reads. @param {Scenario} scenario */
function lastRead(scenario) {
  const steps = scenario.client ?? [];
  const close = steps.findIndex((step) => step.op === "close");
  const read = steps.slice(0, Math.max(close, 0)).findLast((step) => step.op === "recv");
  const answers = every(scenario.server).filter((step) => step.op === "send");
  return answers.length === 1 ? { read, answer: answers[0] } : {};
}

/** @param {Step[] | undefined} steps @param {string} op */
export function opening(steps, op) {
  return every(steps).find((step) => step.op === op);
}

/** @param {Step | undefined} step @param {string} name @param {unknown} value  undefined takes it away */
export function setOption(step, name, value) {
  if (!step) return;
  const opts = { ...step.opts };
  if (value === undefined) delete opts[name];
  else opts[name] = value;
  if (Object.keys(opts).length) step.opts = opts;
  else delete step.opts;
}

/** @param {"client" | "server"} side @param {string} op @param {string} name @returns {Knob} */
function option(side, op, name) {
  return {
    read: (scenario) => opening(scenario[side], op) && Boolean(opening(scenario[side], op)?.opts?.[name]),
    write: (scenario, on) => setOption(opening(scenario[side], op), name, on ? 1 : undefined),
  };
}

/** @param {Step} step */
function writes(step) {
  return step.op === "send" || step.op === "sendv";
}

/** @param {Step} step */
function reads(step) {
  return step.op === "recv" || step.op === "recvn" || step.op === "drain";
}

/** @param {unknown} flags @param {string} flag */
function has(flags, flag) {
  return flags === flag || (Array.isArray(flags) && flags.includes(flag));
}

/** @param {Step[]} list @param {(step: Step) => unknown} which */
function remove(list, which) {
  for (let i = list.length - 1; i >= 0; i--) if (which(/** @type {Step} */ (list[i]))) list.splice(i, 1);
}

/** The innermost list of the client's steps that writes: its request. @param {Scenario} scenario */
function asking(scenario) {
  return holding(scenario.client, writes);
}

/** The same of the server: its answer. @param {Scenario} scenario */
function answering(scenario) {
  return holding(scenario.server, writes);
}

/** @param {Step[] | undefined} steps @param {(step: Step) => boolean} which @returns {Step[] | undefined} */
function holding(steps, which) {
  if (!steps) return undefined;
  if (steps.some(which)) return steps;
  for (const step of steps) {
    const inner = holding(step.steps, which);
    if (inner) return inner;
  }
  return undefined;
}

/** The repeat around the client's request. @param {Scenario} scenario */
function repeating(scenario) {
  const list = asking(scenario);
  return every(scenario.client).find((step) => step.op === "repeat" && step.steps === list);
}

/** Puts the client's request into a repeat. @param {Scenario} scenario */
function wrap(scenario) {
  const list = asking(scenario);
  if (!list) return undefined;
  const first = list.findIndex(writes);
  let last = list.findLastIndex((step) => reads(step) && step.op !== "drain");
  if (last < first) last = list.findLastIndex(writes);
  /** @type {Step} */
  const repeat = { op: "repeat", times: 1, steps: list.slice(first, last + 1) };
  list.splice(first, last + 1 - first, repeat);
  return repeat;
}

/** How the client writes a request, and how long it is. @param {Scenario} scenario */
function shape(scenario) {
  const list = asking(scenario);
  if (!list) return undefined;
  const sends = list.filter(writes);
  const sizes = sends.flatMap((step) => (Array.isArray(step.n) ? step.n : [step.n]));
  const pattern = !list.some(reads) ? "stream" : sends[0]?.op === "sendv" ? "writev" : sends.length > 1 ? "write-write-read" : "one-write";
  return { pattern, sizes: sizes.map(Number), list };
}

/** @param {Scenario} scenario @param {{pattern?: string, size?: number}} wish */
function reshape(scenario, wish) {
  const now = shape(scenario);
  if (!now) return;
  const before = sum(now.sizes);
  const pattern = wish.pattern ?? now.pattern;
  const parts = Math.max(now.sizes.length, 2);
  // One write keeps the length of the request; it can be taken apart again.
  const whole = wish.size === undefined ? before : wish.size * (pattern === "one-write" ? 1 : parts);
  const sizes = wish.size === undefined && now.sizes.length > 1 ? now.sizes : halves(whole, parts);
  const read = now.list.find(reads);
  const at = now.list.findIndex(writes);
  remove(now.list, (step) => writes(step) || step === read);
  /** @type {Step[]} */
  const steps =
    pattern === "one-write" ? [{ op: "send", n: whole }] : pattern === "writev" ? [{ op: "sendv", n: sizes }] : sizes.map((n) => ({ op: "send", n }));
  const answer = replied(scenario);
  if (pattern !== "stream") steps.push(read ?? { op: "recvn", n: answer });
  now.list.splice(at, 0, ...steps);
  streaming(scenario, pattern === "stream" ? answer : 0);
  const asked = sum(steps.flatMap((step) => (writes(step) ? step.n : [])));
  for (const step of every(scenario.server)) if (step.op === "recvn" && step.n === before) step.n = asked;
}

/** Bytes of one answer. @param {Scenario} scenario */
function replied(scenario) {
  return sum((answering(scenario) ?? []).filter(writes).flatMap((step) => step.n)) || 1;
}

/** Who writes without reading takes all answers at the end. @param {Scenario} scenario @param {number} answer */
function streaming(scenario, answer) {
  const list = scenario.client ?? [];
  remove(list, (step) => step.op === "recvn" && step.note === "answers");
  if (!answer) return;
  const at = list.findLastIndex((step) => step.op === "repeat" || writes(step)) + 1;
  list.splice(at, 0, { op: "recvn", n: answer * Number(repeating(scenario)?.times ?? 1) });
}

/**
 * The keep-alive race: one answered request, a pause, another one; the client gives up first if its own limit is shorter.
 * Its limit stands as the receive timeout of its socket, since a program's timer has no other place in a scenario.
 * @param {Scenario} scenario
 */
function race(scenario) {
  const timeout = every(scenario.server).find((step) => step.op === "setopt" && step.opts?.rcvtimeo_ms);
  const steps = scenario.client ?? [];
  const [connect, again] = steps.filter((step) => step.op === "connect");
  if (!timeout || !connect) return undefined;
  const pauses = steps.filter((step) => step.op === "sleep").map((step) => Number(step.ms));
  return {
    gap: sum(pauses),
    clientIdle: Number(connect.opts?.rcvtimeo_ms ?? (again ? pauses[0] : 0)),
    serverIdle: Number(timeout.opts?.rcvtimeo_ms),
    port: connect.port ?? 80,
    sizes: [steps.find(writes)?.n ?? 140, every(scenario.server).find(writes)?.n ?? 200],
  };
}

/** @param {Scenario} scenario @param {{gap?: number, clientIdle?: number, serverIdle?: number}} wish */
function reRace(scenario, wish) {
  const now = race(scenario);
  if (!now) return;
  const { gap, clientIdle, serverIdle, port, sizes: [asks, answers] } = { ...now, ...wish };
  const opts = clientIdle ? { opts: { rcvtimeo_ms: clientIdle } } : {};
  const exchange = (/** @type {object} */ sock) => [{ op: "send", ...sock, n: asks }, { op: "recv", ...sock }];
  const fresh = { sock: "fresh" };
  const gives = clientIdle > 0 && clientIdle <= gap;
  const between = gives ? [{ op: "sleep", ms: clientIdle }, { op: "close" }, { op: "sleep", ms: tidy(gap - clientIdle) }, { op: "connect", ...fresh, port, ...opts }] : [{ op: "sleep", ms: gap }];
  const last = gives ? fresh : {};
  scenario.client = [{ op: "connect", port, ...opts }, ...exchange({}), ...between, ...exchange(last), { op: "close", ...last }];
  scenario.server = [
    { op: "listen", port },
    { op: "repeat", times: gives ? 2 : 1, steps: [
      { op: "accept" },
      { op: "setopt", opts: { rcvtimeo_ms: serverIdle } },
      { op: "loop", steps: [{ op: "recv" }, { op: "send", n: answers }] },
      { op: "close" },
    ] },
  ];
  scenario.limit_ms = Math.max(20_000, gap + serverIdle + 20_000);
}

/** @param {number[]} numbers */
function sum(numbers) {
  return numbers.reduce((a, b) => a + Number(b), 0);
}

/** @param {number} whole @param {number} parts */
function halves(whole, parts) {
  const each = Math.max(1, Math.floor(whole / parts));
  return Array.from({ length: parts }, (_, i) => (i < parts - 1 ? each : Math.max(1, whole - each * (parts - 1))));
}

/** Three decimals. @param {number} n */
function tidy(n) {
  return Math.round(n * 1000) / 1000;
}

/** @param {any} value  one, or by side @param {number} none */
function single(value, none) {
  return typeof value === "object" && value ? Math.max(value.C ?? none, value.S ?? none) : (value ?? none);
}

/** @param {Scenario} scenario @param {string} field @param {number} value @param {number} none */
function assign(scenario, field, value, none) {
  if (value === none) delete scenario[field];
  else scenario[field] = value;
}
