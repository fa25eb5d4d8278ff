// The states of both ends over a run: where they are, how they came there, whether they are stuck. The same rules as
// server/src/web/view/states.rs, which says them for the moment that a page begins with.

/**
 * What of a told run is read here (playground-wasm/src/told.rs).
 * @typedef {{host: number, at: number, took: number, thread: number, call: string, sock: string | null, conn: number, n: number | null, ret: number | null, err: string | null}} Call
 * @typedef {{host: number, at: number, id: number, conn: number, state: string | null, timer: [string, number] | null, orphan: boolean}} Socket
 * @typedef {{host: number, at: number, arrived: number | null, conn: number}} Packet
 * @typedef {{zero: number, end: number, packets: Packet[], calls: Call[], sockets: Socket[], bare: {host: number, at: number, rows: [number, string, number, number, number | null][]}[]}} Told
 * @typedef {{state: string, timer: [string, number] | null, orphan: boolean}} Standing
 * @typedef {{state: string, path: string[], steps: string[], cut: string | null, stuck: boolean, situation: string, timer: [string, number] | null, owned: boolean, queue: number}} End
 */

const CLOSED = "CLOSED";

/** Situations in which an end can be stuck, those that need a person most first. */
const CAN_BE_STUCK = ["close-wait", "close-wait-queued", "fin-wait-2-held", "syn-sent", "syn-rcvd", "fin-wait-1", "closing", "last-ack"];

/** @type {Record<string, string>} */
const RFC = { ESTAB: "ESTABLISHED", "SYN-RECV": "SYN_RCVD" };

/** How the RFC writes a state of `ss`. @param {string} name */
export function rfcName(name) {
  return RFC[name] ?? name.replaceAll("-", "_");
}

export class Course {
  /**
   * @param {Told} told
   * @param {Set<string>} steps  `FROM TO` of all steps that the graph has
   */
  constructor(told, steps) {
    this.told = told;
    this.steps = steps;
    const others = new Set(told.packets.filter((packet) => packet.host > 1).map((packet) => packet.conn));
    this.packets = told.packets.filter((packet) => packet.conn > 0 && !others.has(packet.conn));
    const flights = this.packets.flatMap(({ at, arrived }) => (arrived === null ? [] : [arrived - at])).sort((a, b) => a - b);
    this.flight = Math.min(Math.max(flights[flights.length >> 1] ?? 5000, 50), 60e6);
    /** @type {Map<string, number>}  the connection of each socket, which one that is gone does not say */
    const of = new Map();
    for (const socket of told.sockets) if (socket.conn) of.set(`${socket.host} ${socket.id}`, socket.conn);
    this.sockets = told.sockets.map((socket) => ({ ...socket, conn: of.get(`${socket.host} ${socket.id}`) ?? 0 }));
    this.times = [0, 1].map((host) => {
      const all = [...this.sockets, ...told.bare].filter((fact) => fact.host === host).map((fact) => fact.at);
      return [...new Set(all)].sort((a, b) => a - b);
    });
  }

  /** Both ends at a time. @param {number} at @returns {[End, End]} */
  at(at) {
    const conn = this.packets.reduce((newest, packet) => (packet.at <= at ? Math.max(newest, packet.conn) : newest), 0);
    return [this.#end(0, conn, at), this.#end(1, conn, at)];
  }

  /** Which of two ends the panel is about. @param {End[]} ends */
  static worst(ends) {
    const place = (/** @type {End} */ end) => CAN_BE_STUCK.indexOf(end.situation);
    return ends.filter((end) => end.stuck).sort((a, b) => place(a) - place(b))[0];
  }

  /** @param {number} host @param {number} at */
  #bare(host, at) {
    return this.told.bare.findLast((fact) => fact.host === host && fact.at <= at)?.rows ?? [];
  }

  /** @param {number} host @param {number} conn @param {number} at @returns {Standing | null} */
  #standing(host, conn, at) {
    if (!conn) return null;
    const socket = this.sockets.findLast((fact) => fact.at <= at && fact.host === host && fact.conn === conn);
    if (socket?.state && socket.state !== "CLOSE") return { state: rfcName(socket.state), timer: socket.timer, orphan: socket.orphan };
    const row = this.#bare(host, at).find(([number, state]) => number === conn && state !== "LISTEN");
    if (!row) return null;
    const half = row[1] === "SYN-RECV";
    return { state: rfcName(row[1]), timer: row[4] === null ? null : [half ? "retrans" : "timewait", row[4]], orphan: !half };
  }

  /** @param {number} host @param {number} at */
  #listener(host, at) {
    return this.#bare(host, at).find(([, state]) => state === "LISTEN");
  }

  /** @param {number} host @param {number} conn @param {number} at @returns {End} */
  #end(host, conn, at) {
    const standing = this.#standing(host, conn, at);
    const path = this.#path(host, conn, at);
    const state = path.at(-1) ?? CLOSED;
    const taken = this.told.calls.some((call) => call.host === host && call.call === "accept" && call.conn === conn && call.at + call.took <= at && !call.err);
    const queued = host === 1 && !taken;
    const situation = situationOf(standing, state, path.length > 1, queued);
    const [since, until] = this.#stay(host, conn, at);
    const long = until === null ? this.told.end - since > this.flight * 4 : until - since > Math.max(this.flight * 4, 500_000);
    return {
      ...this.#way(path), state, path, situation,
      stuck: long && CAN_BE_STUCK.includes(situation),
      timer: standing?.timer ?? null,
      owned: standing !== null && !standing.orphan && !queued,
      queue: this.#listener(host, at)?.[2] ?? -1,
    };
  }

  /** @param {number} host @param {number} conn @param {number} at */
  #path(host, conn, at) {
    const path = [CLOSED];
    if (this.#listener(host, this.packets.find((packet) => packet.conn === conn)?.at ?? at)) path.push("LISTEN");
    let there = false;
    for (const time of this.times[host] ?? []) {
      if (time > at) break;
      const standing = this.#standing(host, conn, time);
      if (standing && path.at(-1) !== standing.state) path.push(standing.state);
      else if (!standing && there) path.push(CLOSED);
      there = standing !== null;
    }
    return path;
  }

  /** Since when an end is in its state, and until when, if that ends in this run. @param {number} host @param {number} conn @param {number} at @returns {[number, number | null]} */
  #stay(host, conn, at) {
    const state = (/** @type {number} */ time) => this.#standing(host, conn, time)?.state;
    const times = this.times[host] ?? [];
    const now = state(at);
    let since = at;
    for (let i = times.findLastIndex((time) => time <= at); i >= 0 && state(times[i] ?? 0) === now; i--) since = times[i] ?? 0;
    return [since, times.find((time) => time > at && state(time) !== now) ?? null];
  }

  /** @param {string[]} path */
  #way(path) {
    /** @type {string[]} */
    const steps = [];
    /** @type {string | null} */
    let cut = null;
    for (const [i, to] of path.slice(1).entries()) {
      const from = path[i] ?? "";
      const middle = [...this.steps].find((step) => step.startsWith(`${from} `) && this.steps.has(`${step.split(" ")[1]} ${to}`))?.split(" ")[1];
      if (this.steps.has(`${from} ${to}`)) steps.push(`${from} ${to}`);
      else if (to === CLOSED) cut = from;
      else if (middle) steps.push(`${from} ${middle}`, `${middle} ${to}`);
    }
    return { steps, cut };
  }
}

/** @param {Standing | null} standing @param {string} state @param {boolean} been @param {boolean} queued */
function situationOf(standing, state, been, queued) {
  if (!standing) return state === "LISTEN" ? "listen" : been ? "gone" : "closed";
  switch (standing.state) {
    case "SYN_RCVD": return "syn-rcvd";
    case "ESTABLISHED": return queued ? "queued" : "established";
    case "FIN_WAIT_2": return standing.orphan ? "fin-wait-2-orphan" : "fin-wait-2-held";
    case "CLOSE_WAIT": return queued ? "close-wait-queued" : "close-wait";
    default: return standing.state.toLowerCase().replaceAll("_", "-");
  }
}

/** A time that is left, µs, as exactly as it matters. @param {number} us */
export function left(us) {
  if (us >= 10e6) return `${Math.floor(us / 1e6)} s`;
  return us >= 1e6 ? `${(Math.floor(us / 1e5) / 10).toFixed(1)} s` : `${Math.floor(us / 1e3)} ms`;
}
