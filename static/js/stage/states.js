// The states of both ends over a run: where they are, how they came there, whether they are stuck. The same rules as
// server/src/web/view/states.rs, which says them for the moment that a page begins with.

/**
 * @typedef {{host: number, at: number, took: number, thread: number, call: string, sock: string | null, n: number | null, ret: number | null, err: string | null}} Call
 * @typedef {{state: string, client: string, timer: [string, number] | null}} Socket  its connection by the client's end; the timer with µs left
 * @typedef {{sockets: Socket[], queue: number}} Look  what `ss` shows of a host: connections, and how many wait for accept (-1 without a listener)
 * @typedef {{state: string, path: string[], steps: string[], cut: string | null, stuck: boolean, situation: string, timer: [string, number] | null, queue: number}} End
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
   * @param {import("./scene.js").Scene} scene  a picture of it has been drawn
   * @param {Record<string, any>} config
   * @param {Set<string>} steps  `FROM TO` of all steps that the graph has
   */
  constructor(scene, config, steps) {
    this.scene = scene;
    this.steps = steps;
    /** @type {Call[]} */
    this.calls = JSON.parse(scene.run.calls()).map((/** @type {any[]} */ [host, at, took, thread, call, sock, n, ret, err]) => ({ host, at, took, thread, call, sock, n, ret, err }));
    const rows = scene.last?.rows ?? [];
    const packets = rows.filter(([, , , kind]) => kind === "packet");
    this.empty = packets.length === 0;
    const flights = packets.map(([from, to]) => to - from).sort((a, b) => a - b);
    this.flight = Math.min(Math.max(flights[flights.length >> 1] ?? 5000, 50), 60e6);
    this.end = endOf(this.calls, config);
    const changes = rows.filter(([, , host, kind]) => kind === "state" && host < 2).flatMap(([from, to]) => [from, to]);
    /** What `ss` shows of both hosts whenever a state begins or ends. @type {{at: number, looks: [Look, Look]}[]} */
    this.looks = [...new Set([scene.zero, ...changes])].sort((a, b) => a - b).map((at) => ({ at, looks: this.#look(at) }));
    // A connection is ours if the server's host has it too, or the client's host opened it to the server.
    const far = this.looks.flatMap(({ looks }) => looks[1].sockets).map((socket) => socket.client);
    const near = this.looks.flatMap(({ looks }) => looks[0].sockets).map((socket) => socket.client);
    /** Ours, in the order in which they began. */
    this.conns = [...new Set([...near, ...far])].filter((client) => near.includes(client));
  }

  /** Both ends at a time. @param {number} at @returns {[End, End]} */
  at(at) {
    const looks = this.#look(at);
    const begun = this.looks.filter((look) => look.at <= at).flatMap((look) => look.looks[0].sockets.map((socket) => socket.client));
    const conn = this.conns.findLast((client) => begun.includes(client)) ?? "";
    return [this.#end(0, conn, at, looks[0]), this.#end(1, conn, at, looks[1])];
  }

  /** Which of two ends the panel is about. @param {End[]} ends */
  static worst(ends) {
    const place = (/** @type {End} */ end) => CAN_BE_STUCK.indexOf(end.situation);
    return ends.filter((end) => end.stuck).sort((a, b) => place(a) - place(b))[0];
  }

  /** @param {number} at @returns {[Look, Look]} */
  #look(at) {
    return [look(this.scene.shown("ss", 0, at), 0), look(this.scene.shown("ss", 1, at), 1)];
  }

  /** @param {string} conn @param {Look} look */
  #standing(conn, look) {
    return look.sockets.find((socket) => socket.client === conn) ?? null;
  }

  /** @param {number} host @param {string} conn @param {number} at @param {Look} now @returns {End} */
  #end(host, conn, at, now) {
    const standing = this.#standing(conn, now);
    const path = this.#path(host, conn, at, now);
    const state = path.at(-1) ?? CLOSED;
    // The accept queue is first in, first out.
    const taken = this.calls.filter((call) => call.host === host && call.call === "accept" && call.at + call.took <= at && !call.err).length;
    const queued = host === 1 && taken <= this.conns.indexOf(conn);
    const situation = situationOf(standing, state, path.length > 1, queued);
    const [since, until] = this.#stay(host, conn, at, standing?.state);
    const long = until === null ? this.end - since > this.flight * 4 : until - since > Math.max(this.flight * 4, 500_000);
    return { ...this.#way(path), state, path, situation, stuck: long && CAN_BE_STUCK.includes(situation), timer: standing?.timer ?? null, queue: now.queue };
  }

  /** @param {number} host @param {string} conn @param {number} at @param {Look} now */
  #path(host, conn, at, now) {
    const path = [CLOSED];
    const first = this.looks.find(({ looks }) => this.#standing(conn, looks[0]));
    if (((first?.looks ?? [])[host] ?? now).queue >= 0) path.push("LISTEN");
    let there = false;
    for (const look of [...this.looks.filter((look) => look.at <= at).map(({ looks }) => looks[host]), now]) {
      const standing = look && this.#standing(conn, look);
      if (standing && path.at(-1) !== standing.state) path.push(standing.state);
      else if (!standing && there) path.push(CLOSED);
      there = Boolean(standing);
    }
    return path;
  }

  /** Since when an end is in its state, and until when, if that ends in this run. @param {number} host @param {string} conn @param {number} at @param {string | undefined} now @returns {[number, number | null]} */
  #stay(host, conn, at, now) {
    const state = (/** @type {number} */ i) => {
      const look = this.looks[i]?.looks[host];
      return look && this.#standing(conn, look)?.state;
    };
    let since = at;
    for (let i = this.looks.findLastIndex((look) => look.at <= at); i >= 0 && state(i) === now; i--) since = this.looks[i]?.at ?? 0;
    const next = this.looks.findIndex((look, i) => look.at > at && state(i) !== now);
    return [since, this.looks[next]?.at ?? null];
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

/**
 * What `ss` shows of a host. Its rows have state, two queues, both ends and perhaps a timer; the lines below them begin with a tab.
 * @param {string} text @param {number} host @returns {Look}
 */
function look(text, host) {
  /** @type {Look} */
  const found = { sockets: [], queue: -1 };
  for (const line of text.split("\n")) {
    const [name = "", queue, , local = "", peer = "", rest = ""] = line.trimEnd().split(/ +/);
    if (!/^[A-Z]+(-|$)/.test(name) || queue === undefined || !/^\d+$/.test(queue)) continue;
    if (name === "LISTEN") found.queue = Math.max(found.queue, Number(queue));
    else found.sockets.push({ state: rfcName(name), client: host === 0 ? local : peer, timer: timerOf(rest) });
  }
  return found;
}

/** `timer:(on,1.036ms,2)` is a second and 36 ms: so `ss` writes it. @param {string} text @returns {[string, number] | null} */
function timerOf(text) {
  const [, name, minutes, seconds, rest] = /^timer:\((\w+),(?:(\d+)min)?(?:(\d+)(?:sec|\.))?(?:(\d+)ms)?/.exec(text) ?? [];
  if (!name) return null;
  return [name === "on" ? "retrans" : name, ((Number(minutes ?? 0) * 60 + Number(seconds ?? 0)) * 1000 + Number(rest ?? 0)) * 1000];
}

/** When the engine stopped looking: at its limit, or a while after both programs had ended. @param {Call[]} calls @param {Record<string, any>} config */
function endOf(calls, config) {
  const begin = (calls.find((call) => call.host === 1 && (call.call === "listen" || call.call === "bind"))?.at ?? 0) + 20_000;
  const limit = begin + Number(config.limit_ms ?? 20_000) * 1000;
  const exits = [0, 1].map((host) => calls.find((call) => call.host === host && call.call === "exit")?.at ?? Infinity);
  return Math.min(limit, Math.max(...exits) + Number(config.after_ms ?? 300) * 1000);
}

/** @param {Socket | null} standing @param {string} state @param {boolean} been @param {boolean} queued */
function situationOf(standing, state, been, queued) {
  if (!standing) return state === "LISTEN" ? "listen" : been ? "gone" : "closed";
  switch (standing.state) {
    case "SYN_RCVD": return "syn-rcvd";
    case "ESTABLISHED": return queued ? "queued" : "established";
    // The kernel gives a socket without a process a timer; one that a program holds has none.
    case "FIN_WAIT_2": return standing.timer?.[0] === "timewait" ? "fin-wait-2-orphan" : "fin-wait-2-held";
    case "CLOSE_WAIT": return queued ? "close-wait-queued" : "close-wait";
    default: return standing.state.toLowerCase().replaceAll("_", "-");
  }
}

/** A time that is left, µs, as exactly as it matters. @param {number} us */
export function left(us) {
  if (us >= 10e6) return `${Math.floor(us / 1e6)} s`;
  return us >= 1e6 ? `${(Math.floor(us / 1e5) / 10).toFixed(1)} s` : `${Math.floor(us / 1e3)} ms`;
}
