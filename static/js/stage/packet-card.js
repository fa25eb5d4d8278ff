// A packet's fields, and what can be done to it: drop it or delay it, as a rule at the head of the scenario.

import { millis } from "./scene.js";

/** @typedef {{host: number, nth: number, rule: boolean, at: number, arrived: number | null, lost: string | null, words: string, [field: string]: unknown}} Fields */
/** @typedef {{dir: "C" | "S", nth: number[], extra_ms?: number, [field: string]: unknown}} Rule */

export class PacketCard {
  /**
   * @param {HTMLDialogElement} dialog
   * @param {(packet: Fields, extra: number | null) => void} tamper  drops it (null) or delays it by so many ms
   * @param {AbortSignal} signal
   */
  constructor(dialog, tamper, signal) {
    this.dialog = dialog;
    /** @type {Fields | undefined} */
    this.packet = undefined;
    dialog.addEventListener("click", (event) => {
      const what = event.target instanceof Element ? event.target.closest("button")?.dataset.do : undefined;
      if (event.target === dialog || what === "close") dialog.close();
      if (!this.packet || (what !== "drop" && what !== "delay")) return;
      const field = dialog.querySelector("input");
      if (what === "delay" && !field?.reportValidity()) return;
      dialog.close();
      tamper(this.packet, what === "drop" ? null : (field?.valueAsNumber ?? 0));
    }, { signal });
  }

  /** @param {Fields} packet @param {number} zero */
  open(packet, zero) {
    this.packet = packet;
    const { dialog } = this;
    const words = dialog.dataset;
    const title = dialog.querySelector("h2");
    if (title) title.textContent = `${packet.host === 0 ? "C" : "S"} · ${words.sent} ${millis(packet.at - zero)} ms · ${packet.arrived === null ? `${words.lost}${packet.lost ? ` (${packet.lost})` : ""}` : `${words.arrived} ${millis(packet.arrived - zero)} ms`}`;
    const line = dialog.querySelector("pre");
    if (line) line.textContent = packet.words;
    const list = dialog.querySelector("dl");
    const shown = Object.entries(packet).filter(([name, value]) => !HIDDEN.has(name) && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0));
    list?.replaceChildren(...shown.flatMap(([name, value]) => {
      const [term, detail] = [document.createElement("dt"), document.createElement("dd")];
      term.textContent = name;
      detail.textContent = typeof value === "object" ? JSON.stringify(value) : String(value);
      return [term, detail];
    }));
    for (const button of dialog.querySelectorAll("[data-do=drop], [data-do=delay]")) {
      if (button instanceof HTMLButtonElement) button.disabled = !packet.rule;
    }
    dialog.showModal();
  }
}

const HIDDEN = new Set(["host", "nth", "rule", "at", "arrived", "lost", "words"]);

/**
 * A scenario in which a packet is dropped or delayed. Packets of one direction with one fate stand in one rule, so that each
 * is counted among all of its direction.
 * @param {Record<string, any>} config @param {Fields} packet @param {number | null} extra
 */
export function tampered(config, packet, extra) {
  const copy = structuredClone(config);
  const dir = packet.host === 0 ? "C" : "S";
  /** @type {Rule[]} */
  const rules = copy.rules ?? [];
  const same = rules.find((rule) => byHand(rule) && rule.dir === dir && (rule.extra_ms ?? null) === extra);
  if (same) same.nth = [...new Set([...same.nth, packet.nth])].sort((a, b) => a - b);
  else rules.unshift(extra === null ? { dir, nth: [packet.nth] } : { dir, nth: [packet.nth], extra_ms: extra });
  copy.rules = rules;
  return copy;
}

/** Whether a rule is of the kind that a reader makes by clicking. @param {Rule} rule */
export function byHand(rule) {
  return Array.isArray(rule.nth) && Object.keys(rule).every((name) => ["dir", "nth", "extra_ms"].includes(name));
}
