// <dead-peer> around a form and a table: as one types, the engine (WASM) answers in place of the server.
//
// Settings are the form's named fields: numbers as numbers, checkboxes as booleans, the rest as text.
// An <output data-field="a.b"> takes the answer's a.b: text as it is; a number divided by
// data-div, with at most data-digits decimals, set into data-words ({n}); null gives data-none. data-bad says what is wrong
// with a field out of its range. If the module cannot be loaded, the form still asks the server.

import { Part } from "../lib/part.js";
import { soon } from "../lib/soon.js";

class DeadPeer extends Part {
  /** @type {Promise<(json: string) => string> | undefined} */
  #engine;

  /** @param {AbortSignal} signal */
  start(signal) {
    const form = this.querySelector("form");
    if (!form) return;
    form.addEventListener("input", () => this.#answer(form), { signal });
    form.addEventListener("submit", (event) => this.#submit(event, form), { signal });

    const observer = new IntersectionObserver(([entry]) => {
      if (!entry?.isIntersecting) return;
      observer.disconnect();
      soon(() => this.#load().catch(() => {}));
    });
    observer.observe(this);
    signal.addEventListener("abort", () => observer.disconnect());
  }

  #load() {
    this.#engine ??= import("../../wasm/playground_wasm.js").then(async (wasm) => {
      await wasm.default();
      this.dataset.live = ""; // the button is not needed any more
      return wasm.dead_peer;
    });
    return this.#engine;
  }

  /** @param {HTMLFormElement} form */
  async #answer(form) {
    let engine;
    try {
      engine = await this.#load();
    } catch {
      return; // the form still works
    }
    const complaint = this.querySelector(".err");
    const bad = named(form).find((field) => !field.checkValidity());
    for (const field of named(form)) field.setAttribute("aria-invalid", String(field === bad));
    try {
      if (!bad) this.#show(JSON.parse(engine(JSON.stringify(settings(form)))));
      if (complaint) complaint.textContent = bad ? this.#complain(bad) : "";
    } catch (error) {
      // The engine names the setting it refuses.
      const name = error instanceof Error ? error.message : String(error);
      const field = named(form).find((it) => it.name === name);
      field?.setAttribute("aria-invalid", "true");
      if (complaint) complaint.textContent = field ? this.#complain(field) : name;
    }
  }

  /** @param {HTMLInputElement | HTMLSelectElement} field */
  #complain(field) {
    const bad = this.words("bad");
    if (!bad || field instanceof HTMLSelectElement) return field.validationMessage || field.name;
    return `${field.labels?.[0]?.textContent?.trim()}: ${bad} (${field.min} – ${field.max})`;
  }

  /**
   * @param {SubmitEvent} event
   * @param {HTMLFormElement} form
   */
  #submit(event, form) {
    if (!("live" in this.dataset)) return;
    event.preventDefault();
    this.#answer(form);
  }

  /** @param {unknown} answer */
  #show(answer) {
    for (const output of this.querySelectorAll("output")) output.textContent = said(output, at(answer, output.dataset.field));
  }
}

/** @param {HTMLFormElement} form */
function named(form) {
  return /** @type {(HTMLInputElement | HTMLSelectElement)[]} */ ([...form.elements]).filter((field) => field.name);
}

/** @param {HTMLFormElement} form */
function settings(form) {
  return Object.fromEntries(named(form).map((field) => [field.name, value(field)]));
}

/** @param {HTMLInputElement | HTMLSelectElement} field */
function value(field) {
  if (field instanceof HTMLSelectElement) return field.value;
  if (field.type === "checkbox") return field.checked;
  return field.type === "number" ? field.valueAsNumber : field.value;
}

/**
 * @param {any} answer
 * @param {string} [path]
 */
function at(answer, path = "") {
  return path.split(".").reduce((part, name) => part?.[name], answer);
}

/**
 * @param {HTMLOutputElement} output
 * @param {unknown} fact
 */
function said(output, fact) {
  const { dataset } = output;
  if (typeof fact === "number") {
    const number = fact / Number(dataset.div ?? 1);
    const n = number.toLocaleString("en", { maximumFractionDigits: Number(dataset.digits ?? 3), useGrouping: false });
    return (dataset.words ?? "{n}").replace("{n}", n);
  }
  if (fact === null || fact === undefined) return dataset.none ?? "";
  return String(fact);
}

customElements.define("dead-peer", DeadPeer);
