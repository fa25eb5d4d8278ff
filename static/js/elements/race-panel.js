// <race-panel> below a run of the keep-alive race: two countdowns that follow the time, what the access log says in the
// end, and how many requests of ten thousand fall into the window.

import { Part } from "../lib/part.js";
import { closeAfter, clientIdle, lost } from "../stage/race.js";

class RacePanel extends Part {
  timer = 0;
  close = 0;
  idle = 0;
  /** @type {any} */
  stage = undefined;

  /** @param {AbortSignal} signal */
  start(signal) {
    addEventListener("ran", (event) => {
      if (!(event instanceof CustomEvent)) return;
      this.stage = event.detail;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.#compute(), 150);
    }, { signal });
    addEventListener("moved", (event) => event instanceof CustomEvent && this.#count(event.detail.at), { signal });
  }

  #compute() {
    const { wasm, state, scene } = this.stage;
    this.close = closeAfter(wasm, state.config) ?? 0;
    this.idle = clientIdle(state.config);
    const rows = [...this.querySelectorAll("tbody tr")];
    const counts = rows.map((row) => lost(this.close, Number(row.getAttribute("data-delay")), this.idle));
    const most = Math.max(1, ...counts);
    rows.forEach((row, i) => {
      row.querySelector(".part")?.setAttribute("width", String(Math.floor(((counts[i] ?? 0) * 1000) / most)));
      const place = row.querySelector(".n");
      if (place) place.textContent = String(counts[i]);
    });
    const close = this.querySelector(".close");
    if (close) close.textContent = this.close.toFixed(1);
    const sum = JSON.parse(scene.run.sum());
    const asked = (state.config.client ?? []).filter((/** @type {any} */ step) => step.op === "send").length;
    const log = this.querySelector(".log");
    if (log) log.textContent = this.words(sum.latency.length < asked ? "lost" : "fine");
    this.#count(this.stage.transport?.at ?? 0);
  }

  /** @param {number} at */
  #count(at) {
    const scene = this.stage?.scene;
    if (!scene) return;
    const rows = scene.last?.rows ?? [];
    const since = (/** @type {number} */ host) => {
      const data = rows.filter((/** @type {any[]} */ row) => row[3] === "packet" && row[6] === "data").map((/** @type {any[]} */ row) => (row[2] === host ? row[0] : row[1]));
      const last = data.filter((/** @type {number} */ time) => time <= at).pop();
      return last === undefined ? undefined : (at - last) / 1000;
    };
    this.#bar("client", since(0), this.idle);
    this.#bar("server", since(1), this.close);
  }

  /** @param {string} side @param {number | undefined} idle @param {number} limit  ms; 0 is never */
  #bar(side, idle, limit) {
    const box = this.querySelector(`[data-side=${side}]`);
    const left = limit > 0 && idle !== undefined ? Math.max(0, limit - idle) : limit;
    box?.querySelector(".part")?.setAttribute("width", String(limit > 0 ? Math.round((left / limit) * 1000) : 1000));
    const words = box?.querySelector(".left");
    if (words) words.textContent = limit > 0 ? `${(left / 1000).toFixed(2)} s / ${(limit / 1000).toFixed(2)} s` : "∞";
  }
}

customElements.define("race-panel", RacePanel);
