// All events as a table: the equivalent of the drawing. Its packets open the same card as those of the drawing.

import { millis } from "./scene.js";

/**
 * @param {Element} details  with a `tbody` inside
 * @param {import("./scene.js").Scene} scene
 * @param {boolean} cards  packets can be opened
 */
export function fillTable(details, scene, cards) {
  const body = details.querySelector("tbody");
  const rows = scene.last?.rows ?? [];
  if (!(body instanceof HTMLElement)) return;
  const count = details.querySelector(".n");
  if (count) count.textContent = String(rows.length);
  const names = [body.dataset.client ?? "C", body.dataset.server ?? "S"];
  body.replaceChildren(...rows.map(([from, , host, kind, words, packet]) => {
    const row = document.createElement("tr");
    row.dataset.at = String(from);
    const [when, who, what] = [cell("r num"), cell(), cell()];
    when.textContent = millis(from - scene.zero);
    who.textContent = names[host] ?? scene.last?.hosts[host] ?? `#${host}`;
    if (cards && kind === "packet" && packet !== undefined) {
      const open = document.createElement("button");
      open.type = "button";
      open.className = "link";
      open.dataset.open = String(packet);
      open.textContent = words;
      what.append(open);
    } else {
      what.textContent = words;
    }
    row.append(when, who, what);
    return row;
  }));
}

/** @param {string} [look] */
function cell(look = "") {
  const cell = document.createElement("td");
  if (look) cell.className = look;
  return cell;
}
