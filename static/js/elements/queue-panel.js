// <queue-panel> below a run with a listener: its accept queue, its counters, and what each end believes of each connection,
// at the time of the stage. Read from `ss` and `nstat`, as server/src/web/view/queues.rs does.

import { Part } from "../lib/part.js";

class QueuePanel extends Part {
  /** @type {any} */
  stage = undefined;
  seen = "";

  /** @param {AbortSignal} signal */
  start(signal) {
    addEventListener("ran", (event) => event instanceof CustomEvent && (this.stage = event.detail), { signal });
    addEventListener("moved", (event) => event instanceof CustomEvent && this.#show(event.detail.at), { signal });
  }

  /** @param {number} at */
  #show(at) {
    const scene = this.stage?.scene;
    if (!scene) return;
    const texts = [scene.shown("ss", 0, at), scene.shown("ss", 1, at), scene.shown("nstat", 1, at)];
    if (texts.join() === this.seen) return;
    this.seen = texts.join();
    const [client, server] = [rows(texts[0]), rows(texts[1])];
    const listener = server.find((row) => row.state === "LISTEN");
    const [taken = 0, backlog = 0] = listener?.queues ?? [];
    this.#text("count", listener ? `${taken} / ${backlog} + 1` : "–");
    this.querySelector("[data-place=places]")?.replaceChildren(...Array.from({ length: listener ? Math.min(backlog + 1, 64) : 0 }, (_, i) => {
      const place = document.createElement("li");
      place.classList.toggle("on", i < taken);
      return place;
    }));
    for (const counter of this.querySelectorAll("[data-counter]")) {
      counter.textContent = new RegExp(`${counter.getAttribute("data-counter")}\\s+(\\d+)`).exec(texts[2])?.[1] ?? "0";
    }
    /** @type {Map<string, [string, string]>} */
    const known = new Map(client.map((row) => [row.local, [said(row), "–"]]));
    for (const row of server) if (row.state !== "LISTEN") known.set(row.peer, [known.get(row.peer)?.[0] ?? "–", said(row)]);
    this.querySelector("tbody")?.replaceChildren(...[...known].map(([port, [mine, theirs]]) => {
      const line = document.createElement("tr");
      const cells = [`:${port}`, mine, theirs].map((words, i) => {
        const cell = document.createElement(i ? "td" : "th");
        if (!i) cell.setAttribute("scope", "row");
        cell.className = "mono";
        cell.textContent = words;
        return cell;
      });
      line.append(...cells);
      return line;
    }));
  }

  /** @param {string} place @param {string} words */
  #text(place, words) {
    const it = this.querySelector(`[data-place=${place}]`);
    if (it) it.textContent = words;
  }
}

/** @param {string} text */
function rows(text) {
  return text.split("\n").slice(1).filter((line) => /^\S/.test(line)).map((line) => {
    const [state = "", received = "0", sent = "0", local = "", peer = ""] = line.split(/\s+/);
    return { state, queues: [Number(received), Number(sent)], local: local.split(":").pop() ?? "", peer: peer.split(":").pop() ?? "" };
  });
}

/** @param {{state: string, queues: number[]}} row */
function said(row) {
  return row.queues[0] ? `${row.state}, Recv-Q ${row.queues[0]}` : row.state;
}

customElements.define("queue-panel", QueuePanel);
