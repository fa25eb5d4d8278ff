// What can be changed: fields and texts, what is wrong with them, and what became of their lines.

import { env, envText, servers, serversText, zone, zoneText } from "./notation.js";
import { put } from "./lane.js";

/** @typedef {import("./lane.js").Lane} Lane */
/** @typedef {import("./words.js").Words} Words */
/** @typedef {{program: string, reach: Record<string, string>} | null} Dial */
/** @typedef {{config: Record<string, any>, implementations: string[], connect: Dial, rtt: number}} State */

const FILES = ["nsswitch", "hosts", "resolv", "host_conf", "gai_conf"];
const MARKS = { used: "✓", breaks_file: "×" };

export class Setup {
  /**
   * @param {HTMLElement} box @param {Words} words @param {(kind: string, fields: Record<string, string>) => Element} made  from a template
   * @param {() => void} changed @param {AbortSignal} signal
   */
  constructor(box, words, made, changed, signal) {
    this.box = box;
    this.words = words;
    this.made = made;
    /** @type {Record<string, number>} paths of complaints and the lines they mean */
    this.lines = {};
    box.addEventListener("submit", (event) => event.preventDefault(), { signal });
    box.addEventListener("input", (event) => {
      if (event.target instanceof HTMLTextAreaElement) this.#gutter(event.target.closest(".ed"), []);
      clearTimeout(this.later);
      this.later = setTimeout(changed, event.target instanceof HTMLTextAreaElement ? 250 : 0);
    }, { signal });
    box.addEventListener("scroll", (event) => {
      if (!(event.target instanceof HTMLTextAreaElement)) return;
      const gutter = event.target.parentElement?.querySelector(".gut");
      if (gutter) gutter.scrollTop = event.target.scrollTop;
    }, { signal, capture: true });
  }

  /** @param {string} name */
  field(name) {
    return /** @type {HTMLInputElement | HTMLSelectElement} */ (this.box.querySelector(`[name="${name}"]`));
  }

  /** @param {string} key */
  editor(key) {
    const box = /** @type {HTMLElement} */ (this.box.querySelector(`[data-editor="${key}"]`));
    return { box, text: /** @type {HTMLTextAreaElement} */ (box.querySelector("textarea")), absent: /** @type {HTMLInputElement | null} */ (box.querySelector("[data-absent]")) };
  }

  /** What the fields say; what they do not show stays as it was. @param {State} before @returns {State} */
  read(before) {
    const text = (/** @type {string} */ name) => this.field(name).value;
    const on = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (this.field(name)).checked;
    /** @type {Record<string, any>} */
    const files = {};
    for (const key of FILES) {
      const { text, absent } = this.editor(key);
      if (!absent?.checked) files[key] = text.value;
    }
    if (on("mdns_allow")) files.mdns_allow = true;
    const records = zone(this.editor("zone").text.value);
    const dns = servers(this.editor("servers").text.value);
    this.lines = { ...dns.at, ...Object.fromEntries(records.lines.map((line, i) => [`dns.records[${i}]`, line])) };
    const vars = env(this.editor("env").text.value);
    const flags = ["addrconfig", "canon"].filter(on);
    /** @type {Record<string, any>} */
    const config = { name: text("name"), net: text("net"), files, dns: { servers: dns.servers, ...(records.records.length ? { records: records.records } : {}), ...(dns.rules.length ? { rules: dns.rules } : {}) } };
    if (text("family") !== "any") config.family = text("family");
    if (flags.length) config.flags = flags;
    if (text("uts") !== "localhost") config.uts = text("uts");
    if (Object.keys(vars).length) config.env = vars;
    const program = text("program");
    const reach = { ...before.connect?.reach };
    for (const row of this.box.querySelectorAll("[data-address]")) {
      const does = row.querySelector("select")?.value ?? "accept";
      const address = row.getAttribute("data-address") ?? "";
      if (does === "accept") delete reach[address];
      else reach[address] = does;
    }
    return { config, implementations: [text("a"), text("b")].filter(Boolean), connect: program ? { program, reach } : null, rtt: this.#rtt() };
  }

  /** A field out of its range says so and counts as the nearest value. */
  #rtt() {
    const field = /** @type {HTMLInputElement} */ (this.field("rtt"));
    const fine = field.value !== "" && field.checkValidity();
    this.#mark(field, "er-rtt", fine ? "" : `${field.min} – ${field.max}`);
    return Math.round(Math.min(Math.max(fine ? field.valueAsNumber : 1, 0), 10_000) * 1000);
  }

  /** @param {State} state */
  show(state) {
    const { config } = state;
    const set = (/** @type {string} */ name, /** @type {unknown} */ value) => (this.field(name).value = String(value ?? ""));
    for (const [i, name] of ["a", "b"].entries()) {
      const field = this.field(name);
      const id = state.implementations[i] ?? "";
      if (id && ![.../** @type {HTMLSelectElement} */ (field).options].some((option) => option.value === id)) field.append(new Option(id, id));
      field.value = id;
    }
    set("name", config.name);
    set("family", config.family ?? "any");
    set("net", config.net ?? "dual");
    set("uts", config.uts ?? "localhost");
    set("rtt", state.rtt / 1000);
    set("program", state.connect?.program);
    for (const name of ["addrconfig", "canon"]) /** @type {HTMLInputElement} */ (this.field(name)).checked = Array.isArray(config.flags) && config.flags.includes(name);
    /** @type {HTMLInputElement} */ (this.field("mdns_allow")).checked = config.files?.mdns_allow === true;
    /** @type {Record<string, string>} */
    const texts = { zone: zoneText(config), servers: serversText(config), env: envText(config) };
    for (const key of [...FILES, ...Object.keys(texts)]) {
      const { text, absent } = this.editor(key);
      const own = texts[key] ?? config.files?.[key];
      if (document.activeElement !== text) text.value = typeof own === "string" ? own : "";
      if (absent) absent.checked = typeof own !== "string";
    }
    this.read(state); // where the lines are
  }

  /** Addresses that programs may meet. @param {string[]} addresses @param {Dial} dial */
  reach(addresses, dial) {
    const place = this.box.querySelector(".reach");
    const old = [...(place?.querySelectorAll("[data-address]") ?? [])].map((row) => row.getAttribute("data-address"));
    if (!place || (old.length === addresses.length && addresses.every((address, i) => address === old[i]))) {
      for (const row of place?.querySelectorAll("[data-address]") ?? []) this.#does(row, dial);
      return;
    }
    place.replaceChildren(...addresses.map((address) => {
      const row = this.made("reach", { title: put(this.words.ui.reach, { n: address }) });
      row.setAttribute("data-address", address);
      this.#does(row, dial);
      return row;
    }));
  }

  /** @param {Element} row @param {Dial} dial */
  #does(row, dial) {
    const select = row.querySelector("select");
    const does = dial?.reach[row.getAttribute("data-address") ?? ""] ?? "accept";
    if (select && [...select.options].some((option) => option.value === does)) select.value = does;
  }

  /** What became of the lines of each file. @param {Lane[]} lanes */
  notes(lanes) {
    for (const box of this.box.querySelectorAll("[data-editor]")) {
      const file = box.getAttribute("data-path");
      const notes = lanes.flatMap((lane) => lane.notes.filter((note) => note.file === file).map((note) => ({ ...note, label: lane.label })));
      this.#gutter(box, notes);
      const { line = "", colon = "" } = this.words.ui;
      box.querySelector(".nt")?.replaceChildren(...notes.filter((note) => note.effect !== "used").map((note) => this.made("note", {
        head: `${put(line, { n: note.line })}${colon}${this.words.effects[note.effect] ?? ""}`,
        words: `${note.label}${colon}${note.why}`,
      })));
    }
  }

  /** @param {Element | null} box @param {{line: number, effect: string}[]} notes */
  #gutter(box, notes) {
    const text = box?.querySelector("textarea");
    const gutter = box?.querySelector(".gut");
    if (!text || !gutter) return;
    const absent = box?.querySelector("[data-absent]");
    const off = absent instanceof HTMLInputElement && absent.checked;
    text.parentElement?.toggleAttribute("data-off", off);
    const lines = text.value.replace(/\n$/, "").split("\n").length;
    gutter.textContent = Array.from({ length: lines }, (_, i) => {
      const marks = notes.filter((note) => note.line === i + 1).map((note) => /** @type {Record<string, string>} */ (MARKS)[note.effect] ?? "!");
      const mark = ["×", "!", "✓"].find((mark) => marks.includes(mark));
      return `${i + 1}${!off && mark ? mark : " "}`;
    }).join("\n");
    text.rows = Math.max(lines, 2);
  }

  /** Puts a complaint of the engine (`path: reason`) beside its field; says whether it has one. Nothing takes complaints away. @param {string} [fault] */
  fault(fault = "") {
    for (const place of this.box.querySelectorAll(".err:not(#er-rtt)")) place.textContent = "";
    for (const field of this.box.querySelectorAll("[aria-invalid=true]:not([name=rtt])")) field.setAttribute("aria-invalid", "false");
    if (!fault) return false;
    const [, path = "", reason = ""] = /^(.*?): (.*)$/s.exec(fault) ?? [];
    const words = this.words.reasons[reason] ?? reason;
    const part = /^(dns\.records|dns\.servers|dns\.rules|env|name|files\.(\w+))/.exec(path);
    if (!part) return false;
    if (part[1] === "name") this.#mark(this.field("name"), "er-name", words);
    else {
      const key = part[2] ?? { "dns.records": "zone", env: "env" }[part[1] ?? ""] ?? "servers";
      if (!this.box.querySelector(`[data-editor="${key}"]`)) return false;
      const { text } = this.editor(key);
      text.closest("details")?.setAttribute("open", "");
      const line = Object.entries(this.lines).find(([known]) => path === known || path.startsWith(`${known}.`))?.[1];
      const { line: at = "", colon = "" } = this.words.ui;
      this.#mark(text, `er-${key}`, line === undefined ? words : `${put(at, { n: line })}${colon}${words}`);
      if (line !== undefined) this.#gutter(text.closest(".ed"), [{ line, effect: "breaks_file" }]);
    }
    return true;
  }

  /** @param {HTMLElement} field @param {string} place @param {string} words */
  #mark(field, place, words) {
    field.setAttribute("aria-invalid", String(words !== ""));
    const out = this.box.querySelector(`#${place}`);
    if (out) out.textContent = words;
  }
}
