// A host's program, cut at a time and continued by the reader: what it has done stays, what it would have done is replaced by
// a call made then. Steps are those of playground-wasm/engine/SCENARIO.md; what a run did with them tells when each was over.

/** @typedef {import("./knobs.js").Step} Step */
/** @typedef {import("./states.js").Call} Call */

/** Longest that a scenario may say, ms: until the run is over. */
const FOR_EVER = 86_400_000;
/** More steps than this are no program that a reader plays with. */
const MOST = 2_000;

/**
 * @typedef {object} Cut
 * @property {Step[]} steps  what the program has done by then
 * @property {number} clock  when the last of them was over, µs of the world
 * @property {Call | null} inside  the call that has not returned; nothing is known of one that never does
 * @property {Step | null} pending  its step
 * @property {boolean} over  the program has exited
 */

/**
 * A program as it has been run until a time; nothing if it has threads, which no time can cut.
 * @param {Step[]} program
 * @param {Call[]} calls  of this host, in the order made
 * @param {number} begin  when the program began, µs of the world
 * @param {number} at
 * @returns {Cut | null}
 */
export function cut(program, calls, begin, at) {
  /** @type {Cut} */
  const done = { steps: [], clock: begin, inside: null, pending: null, over: false };
  const waiting = calls.filter((call) => call.call !== "exit" && call.call !== "ss" && call.thread === 0).sort((a, b) => a.at - b.at || a.took - b.took);

  /** Does a step that makes one call; says whether it was over by then. @param {Step} step @param {Step} [as] */
  const call = (step, as = step) => {
    const made = waiting[0];
    if (!made || made.at + made.took > at) {
      done.inside = made && made.at <= at ? made : null;
      done.pending = step;
      return null;
    }
    waiting.shift();
    done.steps.push(as);
    done.clock = made.at + made.took;
    return made;
  };

  /** @param {Step[]} steps @returns {boolean | null}  whether all of them are done; null for threads */
  const walk = (steps) => {
    for (const step of steps) {
      if (done.clock > at || done.steps.length > MOST) return false;
      if (step.op === "spawn") return null;
      if (step.op === "sleep") {
        const end = done.clock + Number(step.ms) * 1000;
        if (end > at) return false;
        done.steps.push(step);
        done.clock = end;
      } else if (step.op === "ss") {
        done.steps.push(step);
      } else if (step.op === "repeat" || step.op === "loop") {
        for (let i = 0; i < (step.op === "loop" ? MOST : Number(step.times)); i++) {
          const went = walk(step.steps ?? []);
          if (!went) return went;
        }
      } else if (step.op === "drain" || step.op === "recvn") {
        const { n, ...rest } = step;
        let missing = Number(n);
        for (;;) {
          const wish = step.op === "drain" ? n : missing;
          const made = call(step, { ...rest, op: "recv", ...(wish === undefined ? {} : { n: wish }) });
          if (!made) return false;
          missing -= made.ret ?? 0;
          if (!made.ret || (step.op === "recvn" && missing <= 0)) break;
        }
      } else if (!call(step)) {
        return false;
      }
    }
    return true;
  };

  const went = walk(program);
  if (went === null) return null;
  done.over = went;
  return done;
}

/**
 * The program that goes on with other steps at a time. A call that has not returned is given up: a `connect` by a deadline,
 * so that its SYN stays; one that waits for the peer has done nothing yet.
 * @param {Cut} done
 * @param {Step[]} then
 * @param {number} at
 * @param {boolean} stays  the process lives on
 */
export function goOn(done, then, at, stays) {
  const steps = [...done.steps];
  let clock = done.clock;
  if (done.pending?.op === "connect" || (done.inside && done.pending?.op === "send")) {
    const wait = Math.max(milli(at - (done.inside?.at ?? clock)), 0.001);
    const step = done.pending;
    if (step.op === "connect") steps.push({ ...step, opts: { ...step.opts, sndtimeo_ms: wait } });
    else steps.push({ op: "setopt", ...(step.sock ? { sock: step.sock } : {}), opts: { sndtimeo_ms: wait } }, step);
    clock = at;
  }
  if (at > clock) steps.push({ op: "sleep", ms: milli(at - clock) });
  steps.push(...then);
  if (stays) steps.push({ op: "sleep", ms: FOR_EVER });
  return steps;
}

/** @param {number} us */
function milli(us) {
  return Math.round(us) / 1000;
}

/**
 * A scenario of two hosts with nothing between them yet: the server listens.
 * @param {Record<string, any>} config  the link is taken from here
 */
export function fresh(config) {
  const link = Object.fromEntries(Object.entries(config).filter(([name]) => LINK.includes(name)));
  return {
    name: "by-hand", ...link, limit_ms: 200_000, after_ms: 130_000,
    client: [{ op: "sleep", ms: FOR_EVER }],
    server: [{ op: "listen" }, { op: "sleep", ms: FOR_EVER }],
  };
}

const LINK = ["delay_ms", "mtu", "rate_kbit", "queue_packets", "queue_bytes", "loss_percent", "duplicate_percent", "reorder_percent", "reorder_ms"];
