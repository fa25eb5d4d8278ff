// <state-graph> in a <net-stage>: both ends on the graph of states at the time of the stage, who can free one that is stuck,
// and calls that a reader makes on either side. A call becomes a step of that side's program at the playhead.

import { Part } from "../lib/part.js";
import { cut, fresh, goOn } from "../stage/program.js";
import { Course, left } from "../stage/states.js";

/** @typedef {import("./net-stage.js").NetStage} NetStage */
/** @typedef {import("../stage/states.js").End} End */
/** @typedef {import("../stage/knobs.js").Step} Step */
/** @typedef {"client" | "server"} Side */

/** Silence after which a played call is over, µs. */
const SILENCE = 1e6;
/** Least time between two looks while nothing happens but timers run, ms. */
const PATIENCE = 120;

class StateGraph extends Part {
  /** @type {import("../stage/scene.js").Scene | undefined} */
  scene;
  /** @type {Course | undefined} */
  course;
  at = 0;
  seen = "";
  looked = { event: -1, when: 0 };

  /** @param {AbortSignal} signal */
  start(signal) {
    const stage = this.closest("net-stage");
    if (!stage) return;
    this.stage = /** @type {NetStage} */ (stage);
    this.hosts = /** @type {HTMLElement[]} */ ([...this.querySelectorAll(".host")]);
    this.graphs = [...this.querySelectorAll(".graph")];
    this.steps = new Set([...(this.graphs[0]?.querySelectorAll("[data-step]") ?? [])].map((step) => step.getAttribute("data-step") ?? ""));
    this.stage.addEventListener("moved", (event) => this.#later(/** @type {CustomEvent} */ (event).detail.at), { signal });
    this.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("[data-call]") : null;
      if (button instanceof HTMLButtonElement && button.ariaDisabled !== "true") this.#call(button);
    }, { signal });
    const box = this.querySelector(".scroll");
    const width = new ResizeObserver(() => this.#bring());
    if (box) width.observe(box);
    signal.addEventListener("abort", () => width.disconnect());
  }

  /** Once a frame is enough. @param {number} at */
  #later(at) {
    this.at = at;
    if (this.waiting) return;
    this.waiting = true;
    queueMicrotask(() => {
      this.waiting = false;
      this.#show();
    });
  }

  #show() {
    const { scene } = this.stage ?? {};
    if (!scene || !this.steps) return;
    if (scene !== this.scene) {
      this.scene = scene;
      this.course = new Course(scene, this.stage?.state.config ?? {}, this.steps);
      this.seen = "";
      for (const part of this.querySelectorAll("fieldset.calls, [data-call=fresh]")) part.removeAttribute("disabled");
    }
    // Between two events nothing changes but what timers have left.
    const event = (scene.last?.events ?? []).findLastIndex((event) => event <= this.at);
    const now = performance.now();
    if (event === this.looked.event && this.seen && now - this.looked.when < PATIENCE) return;
    this.looked = { event, when: now };
    const ends = this.course?.at(this.at);
    if (!ends) return;
    ends.forEach((end, i) => this.#timer(i, end));
    const moment = JSON.stringify([ends.map(({ timer, ...end }) => end), this.#programs()]);
    if (moment === this.seen) return;
    this.seen = moment;
    for (const graph of this.graphs ?? []) this.#mark(graph, ends);
    ends.forEach((end, i) => this.#host(i, end, ends[1 - i] ?? end));
    this.#panel(ends);
    this.#bring();
  }

  /** @param {number} i @param {End} end */
  #timer(i, end) {
    const place = this.hosts?.[i]?.querySelector(".timer");
    const name = end.situation === "fin-wait-2-orphan" ? "fin-wait-2" : end.timer?.[0];
    const off = this.#powerless(i);
    const words = end.timer && !off ? this.words(`timer-${name}`, left(end.timer[1])) : (this.#words(off ? "off" : end.situation)?.dataset.idle ?? "");
    if (place && place.textContent !== words) place.textContent = words;
  }

  /** @param {Element} graph @param {End[]} ends */
  #mark(graph, ends) {
    const on = (/** @type {Element} */ part, /** @type {Record<string, boolean>} */ classes) => {
      for (const [name, is] of Object.entries(classes)) part.classList.toggle(name, is);
    };
    for (const node of graph.querySelectorAll("[data-state]")) {
      const state = node.getAttribute("data-state") ?? "";
      const stepped = (/** @type {End} */ end) => end.path.includes(state) || end.steps.some((step) => step.split(" ").includes(state));
      on(node, {
        seen: ends.some(stepped), c: ends[0]?.state === state, s: ends[1]?.state === state,
        stuck: ends.some((end) => end.stuck && end.state === state), cut: ends.some((end) => end.cut === state),
      });
    }
    for (const step of graph.querySelectorAll("[data-step]")) {
      const name = step.getAttribute("data-step") ?? "";
      const [c = false, s = false] = ends.map((end) => end.steps.includes(name));
      on(step, { c, s, missing: ends.some((end) => end.stuck && this.#next(end.state) === name) });
      const beside = step.querySelector("path.s");
      if (c && s) beside?.setAttribute("transform", `translate(${beside.getAttribute("data-beside")})`);
      else beside?.removeAttribute("transform");
    }
    graph.setAttribute("aria-label", (this.dataset.label ?? "").replace("{c}", ends[0]?.state ?? "").replace("{s}", ends[1]?.state ?? ""));
  }

  /** The step that an end in a state waits for. @param {string} state */
  #next(state) {
    return [...(this.steps ?? [])].find((step) => step.startsWith(`${state} `));
  }

  /** @param {number} i @param {End} end @param {End} other */
  #host(i, end, other) {
    const host = this.hosts?.[i];
    if (!host) return;
    host.classList.toggle("stuck", end.stuck);
    put(host.querySelector(".cur"), end.state);
    put(host.querySelector(".way"), end.path.join(" → "));
    const why = host.querySelector(".why");
    /** @type {Map<string, string[]>} */
    const reasons = new Map();
    const frees = freeing(i, end, other);
    for (const button of host.querySelectorAll("button")) {
      const reason = this.#refusal(i, end, button.dataset.call ?? "");
      button.ariaDisabled = String(reason !== null);
      button.classList.toggle("p", reason === null && button.dataset.call === frees);
      if (reason === null) button.removeAttribute("aria-describedby");
      else button.setAttribute("aria-describedby", why?.id ?? "");
      if (reason !== null) reasons.set(reason, [...(reasons.get(reason) ?? []), button.textContent ?? ""]);
    }
    // What most buttons are closed for says it for all; the others are named.
    const [main, ...others] = [...reasons].sort((a, b) => b[1].length - a[1].length);
    const named = others.filter(([reason]) => reason !== "connected").map(([reason, calls]) => `${calls.join(" ")}${this.dataset.colon}${this.words(`no-${reason}`)}`);
    put(why ?? null, [main && main[0] !== "connected" ? this.words(`no-${main[0]}`) : "", ...named].join(" ").trim());
  }

  /** Why a call cannot be made; null if it can. @param {number} i @param {End} end @param {string} call */
  #refusal(i, end, call) {
    const { done, sock } = this.#program(i);
    if (!done) return "threads";
    if (done.over) return "exited";
    if (this.#powerless(i)) return "off";
    if (call === "power" || call === "kill") return null;
    if (done.inside && !["recv", "accept"].includes(done.inside.call)) return done.inside.call === "connect" && call === "close" ? null : done.inside.call === "connect" ? "connecting" : "blocked";
    const held = sock !== null;
    if (call === "connect") return held ? "connected" : null;
    if (call === "accept") return held ? "connected" : end.queue > 0 ? null : "waiting";
    if (!held) return i === 1 && end.queue > 0 ? "queued" : this.#closed(i) ? "closed" : "none";
    if (call.startsWith("linger") || call === "close") return null;
    if (end.state === "CLOSED") return "gone";
    if (call === "recv") return null;
    return ["ESTABLISHED", "CLOSE_WAIT"].includes(end.state) ? null : "write";
  }

  /** Whether a program had a socket and closed it. @param {number} i */
  #closed(i) {
    return this.course?.calls.some((call) => call.host === i && call.call === "close" && call.at <= this.at) ?? false;
  }

  /** Whether a reader has cut the power of a host: all that it sends is lost, then everything. @param {number} i */
  #powerless(i) {
    const rules = this.stage?.state.config.rules ?? [];
    const off = rules.find((/** @type {any} */ rule) => Object.keys(rule).join() === "dir,after_ms" && rule.dir === "CS"[i]);
    return off !== undefined && (this.scene?.zero ?? 0) + off.after_ms * 1000 <= this.at;
  }

  /** What of the programs decides about buttons. */
  #programs() {
    return [0, 1].map((i) => {
      const { done, sock } = this.#program(i);
      return [sock, done && [done.over, done.inside?.call ?? null], this.#powerless(i), this.#closed(i)];
    });
  }

  /** A side's program until now, and the name of the socket that it holds. @param {number} i */
  #program(i) {
    const config = this.stage?.state.config ?? {};
    const calls = (this.course?.calls ?? []).filter((call) => call.host === i);
    const listened = this.course?.calls.find((call) => call.host === 1 && (call.call === "listen" || call.call === "bind"));
    const begin = i === 1 ? 0 : (listened?.at ?? 0) + 20_000;
    const done = cut(config[i === 0 ? "client" : "server"] ?? [], calls, begin, this.at);
    /** @type {string | null} */
    let sock = null;
    for (const step of done?.steps ?? []) {
      const name = step.sock ?? "c";
      if (["connect", "accept"].includes(step.op ?? "") && (i === 1 || !step.address)) sock = step.op === "connect" && i === 1 ? sock : name;
      if (step.op === "close" && name === sock) sock = null;
    }
    // A connect that has not returned holds its socket too; one that failed leaves it to be closed.
    if (i === 0 && done?.pending?.op === "connect" && done.inside) sock = done.pending.sock ?? "c";
    return { done, sock };
  }

  /** @param {HTMLButtonElement} button */
  #call(button) {
    const { stage, scene, course } = this;
    if (!stage || !scene || !course) return;
    const call = button.dataset.call ?? "";
    const until = (/** @type {import("../stage/scene.js").Scene} */ scene, /** @type {number} */ from) => quiet(scene, from, course.flight);
    if (call === "fresh") return stage.change(fresh(stage.state.config), 0, until);
    const i = Number(/** @type {HTMLElement} */ (button.closest("[data-end]")).dataset.end);
    const { done, sock } = this.#program(i);
    if (!done) return;
    const config = structuredClone(stage.state.config);
    const side = i === 0 ? "client" : "server";
    const at = course.empty ? 0 : this.at;
    const after = Math.max(at - scene.zero, 0);
    if (call === "power") {
      if (done.pending?.op !== "connect") config[side] = goOn(done, [], at, true);
      const when = { after_ms: Math.round(after) / 1000 };
      config.rules = [{ dir: "CS"[i], ...when }, when, ...(config.rules ?? [])];
    } else {
      config[side] = goOn(done, this.#steps(call, sock, config), at, call !== "kill");
    }
    config.limit_ms = Math.min(Math.max(Number(config.limit_ms) || 0, Math.ceil(after / 1000) + 200_000), 86_400_000);
    config.after_ms = 130_000;
    stage.change(config, after, until);
  }

  /** @param {string} call @param {string | null} name @param {Record<string, any>} config @returns {Step[]} */
  #steps(call, name, config) {
    const sock = name && name !== "c" ? { sock: name } : {};
    switch (call) {
      case "connect": {
        const port = config.server?.find((/** @type {Step} */ step) => step.op === "listen")?.port;
        return [{ op: "connect", ...(port === undefined ? {} : { port }) }];
      }
      case "accept": return [{ op: "accept" }];
      case "send": return [{ op: "send", n: 100, ...sock }];
      case "recv": return [{ op: "recv", ...sock }];
      case "shutdown": return [{ op: "shutdown", how: "WR", ...sock }];
      case "linger-zero": return [{ op: "setopt", opts: { linger: [1, 0] }, ...sock }, { op: "close", ...sock }];
      case "linger-five": return [{ op: "setopt", opts: { linger: [1, 5] }, ...sock }, { op: "close", ...sock }];
      case "close": return [{ op: "close", ...sock }];
      default: return [];
    }
  }

  /** @param {End[]} ends */
  #panel(ends) {
    const panel = this.querySelector(".verdict");
    const worst = Course.worst(ends);
    const words = this.#words(worst?.situation ?? "calm");
    if (!panel || !words) return;
    panel.classList.toggle("stuck", worst !== undefined);
    put(panel.querySelector("h2 span"), words.dataset.title ?? "");
    const text = panel.querySelector("p");
    if (text && text.textContent !== words.textContent) text.replaceChildren(...[...words.childNodes].map((node) => node.cloneNode(true)));
  }

  /** The words of a situation, as the server wrote them. @param {string} situation */
  #words(situation) {
    const all = this.querySelector("template")?.content;
    const words = all?.querySelector(`[data-for="${situation}"]`);
    return words instanceof HTMLElement ? words : undefined;
  }

  /** Scrolls the box of the graph, not the page, to where both ends are. */
  #bring() {
    const box = this.querySelector(".scroll");
    if (!(box instanceof HTMLElement) || box.scrollWidth <= box.clientWidth) return;
    const nodes = [...box.querySelectorAll(".node.stuck"), ...box.querySelectorAll(".node:is(.c, .s)")].filter((node) => node.getClientRects().length);
    const node = nodes[0]?.getBoundingClientRect();
    if (!node) return;
    const { left: edge, width } = box.getBoundingClientRect();
    if (node.left < edge + 12 || node.right > edge + width - 12) box.scrollLeft += node.left + node.width / 2 - edge - width / 2;
  }
}

/** The call that frees a stuck end. @param {number} i @param {End} end @param {End} other */
function freeing(i, end, other) {
  if (end.situation === "close-wait") return "close";
  if (i === 1 && ["close-wait-queued", "queued"].includes(end.situation)) return "accept";
  // The peer's close is what it waits for; its own helps where the peer has none to make.
  if (end.stuck && end.situation === "fin-wait-2-held" && other.state !== "CLOSE_WAIT") return "close";
  return other.state === "LISTEN" && end.situation === "closed" ? "connect" : "";
}

/** When nothing more follows soon. @param {import("../stage/scene.js").Scene} scene @param {number} from @param {number} flight */
function quiet(scene, from, flight) {
  let last = from;
  for (const event of scene.last?.events ?? []) {
    if (event <= last) continue;
    if (event - last > Math.max(SILENCE, flight * 4)) break;
    last = event;
  }
  return Math.min(last, scene.end);
}

/** @param {Element | null} place @param {string} words */
function put(place, words) {
  if (place && place.textContent !== words) place.textContent = words;
}

customElements.define("state-graph", StateGraph);
