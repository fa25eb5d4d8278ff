// Two runs beside each other: one is kept as it was, the other goes on being changed; time moves in both.

import { Diagram } from "./diagram.js";
import { Scene, millis } from "./scene.js";

export class Compare {
  /** @param {HTMLElement} board  holds the figure that is kept, hidden, and the current one */
  constructor(board) {
    this.figure = /** @type {HTMLElement} */ (board.querySelector(".kept"));
    this.lines = [...board.querySelectorAll(".cmp")];
    this.words = this.lines[1]?.getAttribute("data-words") ?? "";
    this.diagram = new Diagram(/** @type {HTMLElement} */ (this.figure.querySelector(".chart")));
    /** @type {Scene | undefined} */
    this.scene = undefined;
  }

  /** @param {import("./engine.js").Engine} wasm @param {{config: Record<string, unknown>, seed: number}} state @param {string} lang */
  keep(wasm, state, lang) {
    this.drop();
    this.scene = new Scene(wasm, state.config, state.seed, lang);
    this.figure.hidden = false;
    this.diagram.measure();
    this.diagram.draw(this.scene);
    this.#sum(0, this.scene);
  }

  drop() {
    this.scene?.free();
    this.scene = undefined;
    this.figure.hidden = true;
  }

  /** The other run is another one now. @param {Scene} current */
  current(current) {
    if (this.scene) this.#sum(1, current);
  }

  /** @param {number} since  µs after the first packet */
  moveTo(since) {
    if (this.scene) this.diagram.moveTo(this.scene, Math.min(this.scene.zero + since, this.scene.end), true);
  }

  /** @param {number} which @param {Scene} scene */
  #sum(which, scene) {
    const packets = (scene.last?.rows ?? []).filter((row) => row[3] === "packet");
    const place = this.lines[which]?.querySelector("span");
    const lost = packets.filter((row) => row[6] === "lost").length;
    if (place) place.textContent = this.words.replace("{packets}", String(packets.length)).replace("{lost}", String(lost)).replace("{end}", millis(scene.end - scene.zero));
  }
}
