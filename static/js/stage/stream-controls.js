// The fields beside a stream, and the cuts, which are also grips in the drawing. A field with a mistake says so and changes
// nothing.

import { FieldError } from "./bytes.js";
import { made, mixed, values } from "./stream-knobs.js";

/** @typedef {import("./stream-knobs.js").State} State */
/** @typedef {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} Field */

export class StreamControls {
  /**
   * @param {HTMLElement} box
   * @param {{change: (state: State) => boolean, reset: () => void, words: (name: string, n?: string | number) => string}} owner
   * @param {AbortSignal} signal
   */
  constructor(box, owner, signal) {
    this.box = box;
    this.owner = owner;
    this.complaint = box.querySelector(".err");
    this.cuts = box.querySelector(".cuts");
    /** @type {State | undefined} */
    this.state = undefined;
    /** @type {import("./stream-knobs.js").Values} */
    this.values = {};
    this.length = 0;
    box.addEventListener("input", (event) => this.#typed(event), { signal });
    box.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button?.dataset.do === "reset") owner.reset();
      if (button?.dataset.do === "cut-add") this.#cut([...this.#ends(), this.#middle()]);
      if (button?.dataset.do === "cut-remove") this.#cut(this.#ends().slice(0, -1));
      const set = button?.closest("[data-set]");
      if (button && set instanceof HTMLElement) this.#set(set.dataset.set ?? "", button.value);
    }, { signal });
  }

  enable() {
    const all = this.box.querySelector("fieldset");
    if (all) all.disabled = false;
  }

  /** @param {State} state @param {import("./lanes.js").Drawn} drawn */
  show(state, drawn) {
    this.state = state;
    this.values = values(state, drawn);
    this.length = drawn.writes.at(-1) ?? 0;
    for (const part of this.box.querySelectorAll("[data-set]")) {
      if (part instanceof HTMLElement) this.#fill(part, this.values[part.dataset.set ?? ""]);
    }
    const { codec = "", udp } = this.values;
    const can = { lying: /^u(8|16|32)|^varint$/.test(String(codec)), inside: /^line$|^crlf$|^delimiter=/.test(String(codec)), late: !udp };
    for (const [name, on] of Object.entries(can)) {
      const input = this.box.querySelector(`[data-set=${name}]`);
      if (input instanceof HTMLInputElement) input.disabled = !on;
    }
    this.#ranges();
  }

  /** A cut is dragged. @param {number} which @param {number} to */
  drag(which, to) {
    const ends = this.#ends();
    if (ends[which] === to || to < 1 || to >= this.length) return;
    ends[which] = to;
    this.#cut(ends);
  }

  #ends() {
    return [.../** @type {number[]} */ (this.values.cuts ?? [])];
  }

  /** The middle of the longest segment. */
  #middle() {
    const ends = [0, ...this.#ends(), this.length];
    const gaps = ends.slice(1).map((end, i) => [end - (ends[i] ?? 0), ((ends[i] ?? 0) + end) >> 1]);
    return gaps.reduce((best, gap) => ((gap[0] ?? 0) > (best[0] ?? 0) ? gap : best), [0, 0])[1] ?? 0;
  }

  /** @param {number[]} ends */
  #cut(ends) {
    this.#set("cuts", ends.sort((a, b) => a - b));
  }

  /** A range for each cut, the one that is moved kept in place. */
  #ranges() {
    if (!this.cuts) return;
    const ends = this.values.udp ? [] : this.#ends();
    while (this.cuts.children.length > ends.length) this.cuts.lastElementChild?.remove();
    ends.forEach((end, i) => {
      const label = this.cuts?.children[i] ?? range();
      const [name, input] = [label.querySelector("span"), label.querySelector("input")];
      if (!name || !input) return;
      name.textContent = this.owner.words("cut").replace("{a}", String(end));
      [input.min, input.max, input.value] = ["1", String(Math.max(1, this.length - 1)), String(end)];
      input.dataset.cut = String(i);
      if (!label.isConnected) this.cuts?.append(label);
    });
    for (const button of this.box.querySelectorAll("[data-do^=cut-]")) {
      if (button instanceof HTMLButtonElement) button.disabled = Boolean(this.values.udp) || (button.dataset.do === "cut-add" ? ends.length > this.length - 2 : ends.length === 0);
    }
  }

  /** @param {Event} event */
  #typed(event) {
    const field = event.target;
    if (field instanceof HTMLInputElement && field.dataset.cut) return this.drag(Number(field.dataset.cut), Number(field.value));
    if (!(field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement)) return;
    const name = field.dataset.set ?? "";
    if (name) this.#set(name, field instanceof HTMLInputElement && field.type === "checkbox" ? field.checked : field.value);
  }

  /** @param {string} name @param {string | boolean | number[]} value */
  #set(name, value) {
    if (!this.state) return;
    this.#complain("", "");
    try {
      const fields = { ...this.values, [name]: value };
      if (name === "inside") fields.messages = mixed(fields);
      this.owner.change(made(this.state, fields));
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      this.#complain(error.field, this.owner.words(error.words, error.about));
    }
  }

  /** @param {string} name @param {string} words */
  #complain(name, words) {
    if (this.complaint) this.complaint.textContent = words;
    for (const part of this.box.querySelectorAll("[data-set]")) {
      if (!(part instanceof HTMLElement) || part instanceof HTMLFieldSetElement) continue;
      if (part.dataset.set === name) part.setAttribute("aria-invalid", "true");
      else part.removeAttribute("aria-invalid");
    }
  }

  /** @param {HTMLElement} part @param {string | boolean | number[] | undefined} value */
  #fill(part, value) {
    part.removeAttribute("aria-invalid");
    if (part instanceof HTMLInputElement && part.type === "checkbox") part.checked = value === true;
    else if (part instanceof HTMLFieldSetElement) {
      for (const button of part.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === value));
    } else if (part instanceof HTMLSelectElement) {
      const text = String(value ?? "");
      if (![...part.options].some((option) => option.value === text)) part.add(new Option(text, text));
      part.value = text;
    } else if (part !== document.activeElement && (part instanceof HTMLInputElement || part instanceof HTMLTextAreaElement)) {
      part.value = String(value ?? "");
    }
  }
}

function range() {
  const label = document.createElement("label");
  label.className = "sl";
  const [name, input] = [document.createElement("span"), document.createElement("input")];
  input.type = "range";
  input.className = "rng";
  label.append(name, input);
  return label;
}
