// The controls beside a drawing: show what the knobs are in a scenario, and change a copy of it.

import { KNOBS } from "./knobs.js";

export class Controls {
  /**
   * @param {HTMLElement} box
   * @param {{change: (config: Record<string, unknown>, seed: number) => void, reset: () => void}} owner
   * @param {AbortSignal} signal
   */
  constructor(box, owner, signal) {
    this.box = box;
    this.owner = owner;
    this.complaint = box.querySelector(".err");
    /** @type {Record<string, unknown>} */
    this.config = {};
    this.seed = 1;
    /** @type {HTMLElement[]} */
    this.fields = [...box.querySelectorAll("[data-knob]")].filter((it) => it instanceof HTMLElement);
    box.addEventListener("input", (event) => this.#turned(event), { signal });
    box.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (button?.dataset.do === "reset") owner.reset();
      else if (button?.closest("[data-knob]")) this.#write(button.closest("[data-knob]"), button.value);
    }, { signal });
  }

  enable() {
    const all = this.box.querySelector("fieldset");
    if (all) all.disabled = false;
  }

  /** @param {string} words */
  complain(words) {
    if (this.complaint) this.complaint.textContent = words;
  }

  /** @param {Record<string, unknown>} config @param {number} seed */
  show(config, seed) {
    this.config = config;
    this.seed = seed;
    for (const field of this.fields) {
      const name = field.dataset.knob ?? "";
      const value = name === "seed" ? seed : KNOBS[name]?.read(config);
      for (const part of field.querySelectorAll("input, button")) {
        if (part instanceof HTMLInputElement || part instanceof HTMLButtonElement) part.disabled = value === undefined;
      }
      if (value !== undefined) fill(field, value);
    }
  }

  /** @param {Event} event */
  #turned(event) {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    const field = input.closest("[data-knob]");
    if (!(field instanceof HTMLElement)) return;
    if (input.type === "checkbox") return this.#write(field, input.checked);
    if (input.type === "range") return this.#write(field, Number(stops(field)[Number(input.value)]));
    const bad = !input.checkValidity() || input.value === "";
    input.setAttribute("aria-invalid", String(bad));
    if (bad) this.complain(`${field.textContent?.trim()}: ${input.min} – ${input.max}`);
    else this.#write(field, input.valueAsNumber);
  }

  /** @param {Element | null} field @param {number | boolean | string} value */
  #write(field, value) {
    if (!(field instanceof HTMLElement)) return;
    const name = field.dataset.knob ?? "";
    this.complain("");
    if (name === "seed") return this.owner.change(this.config, Number(value));
    const config = structuredClone(this.config);
    KNOBS[name]?.write(config, value);
    this.owner.change(config, this.seed);
  }
}

/** @param {HTMLElement} field */
function stops(field) {
  return (field.dataset.stops ?? "").split(" ");
}

/** @param {HTMLElement} field @param {number | boolean | string} value */
function fill(field, value) {
  const input = field.querySelector("input");
  if (field.dataset.stops && input) {
    const all = stops(field).map(Number);
    // No limit stands last.
    const distance = (/** @type {number} */ n) => (n === value ? 0 : n === 0 ? Infinity : Math.abs(n - Number(value)) + 1e-9);
    const nearest = all.reduce((best, n, i) => (distance(n) < distance(all[best] ?? 0) ? i : best), 0);
    const unit = field.dataset.unit ?? "";
    const words = value === 0 && all.at(-1) === 0 ? "∞" : unit === "%" ? `${value}%` : `${value} ${unit}`.trim();
    input.max = String(all.length - 1);
    input.value = String(nearest);
    input.setAttribute("aria-valuetext", words);
    const place = field.querySelector(".val");
    if (place) place.textContent = words;
  } else if (input?.type === "checkbox") {
    input.checked = Boolean(value);
  } else if (input) {
    input.value = String(value);
    input.setAttribute("aria-invalid", "false");
  } else {
    for (const button of field.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button.value === value));
  }
}
