// Queries and attempts to connect in time: the drawing of server/src/web/view/names_chart.rs, from the same whole numbers.

import { span } from "./words.js";

/** @typedef {import("./lane.js").Bar} Bar */

const SVG = "http://www.w3.org/2000/svg";
const [LEFT, RIGHT, TOP, HEAD, ROW, APART] = [14, 16, 30, 30, 36, 52];

/** @type {Record<Bar["look"], [string[], string[]]>} colour, line and glyph of a query and of a connect */
const LOOKS = {
  found: [["data", "ln23", "data"], ["syn", "ln2", "synack"]],
  nothing: [["ack", "ln1", "ack"], ["ack", "ln1", "ack"]],
  failed: [["rst", "ln18 dotted", "lost"], ["rst", "ln18 dotted", "rst"]],
};

/**
 * @param {[string, Bar[]][]} groups @param {number} width @param {string} look  class of the drawing
 * @param {{chart?: string, none?: string}} words
 */
export function draw(groups, width, look, words) {
  const times = [...new Set([0, ...groups.flatMap(([, bars]) => bars.flatMap((bar) => [bar.start, bar.end]))])].sort((a, b) => a - b);
  let total = 0;
  const steps = new Map(times.map((time, i) => {
    if (i > 0) total += String(Math.max(Math.floor((time - (times[i - 1] ?? 0)) / 1000), 1)).length;
    return [time, total];
  }));
  total = Math.max(total, 1);
  const place = (/** @type {number} */ us) => LEFT + Math.floor(((width - LEFT - RIGHT) * (steps.get(us) ?? 0)) / total);
  const height = TOP + 8 + groups.reduce((sum, [, bars]) => sum + HEAD + ROW * Math.max(bars.length, 1), 0);
  const svg = node("svg", { class: `stage ${look}`, viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": words.chart ?? "" });
  let last = -APART;
  for (const time of times) {
    const x = place(time);
    svg.append(node("path", { class: "major", d: `M${x} ${TOP - 8}V${height - 8}` }));
    if (x < last + APART) continue;
    const anchor = x < APART ? "start" : x + APART > width ? "end" : "middle";
    svg.append(node("text", { class: "tick", x, y: 15, "text-anchor": anchor }, span(time)));
    last = x;
  }
  let y = TOP;
  for (const [name, bars] of groups) {
    svg.append(node("text", { class: "b h", x: LEFT, y: y + 14 }, name));
    y += HEAD;
    for (const bar of bars) {
      svg.append(row(bar, place(bar.start), place(bar.end), y, width));
      y += ROW;
    }
    if (bars.length > 0) continue;
    svg.append(node("text", { class: "d h", x: LEFT, y: y + 8 }, words.none ?? ""));
    y += ROW;
  }
  return svg;
}

/** @param {Bar} bar @param {number} from @param {number} end @param {number} y @param {number} width */
function row(bar, from, end, y, width) {
  const [color, line, glyph] = LOOKS[bar.look][bar.connect ? 1 : 0];
  const to = Math.max(end, from + 4);
  const room = Math.max(Math.floor((width - LEFT - RIGHT) / 7) - [...bar.what].length - 2, 12);
  const group = node("g", { class: `s-${color}`, "data-step": bar.step });
  group.append(
    node("text", { class: "m h q", x: LEFT, y: y + 8 }, short(bar.label, room)),
    node("text", { class: `m h${bar.look === "failed" ? " pen" : ""}`, x: width - RIGHT, y: y + 8, "text-anchor": "end" }, bar.what),
    node("path", { class: `${line}`, d: `M${from} ${y + 19}H${to}` }),
    node("path", { class: "ln2", d: `M${from} ${y + 15}v8` }),
    node("use", { href: `#g-${glyph}`, x: to - 6, y: y + 13, width: 12, height: 12 }),
  );
  return group;
}

/** At most so many letters, with an ellipsis in the middle. @param {string} text @param {number} most */
function short(text, most) {
  const letters = [...text];
  if (letters.length <= most) return text;
  const head = Math.floor(most / 2);
  return `${letters.slice(0, head).join("")}…${letters.slice(letters.length - (most - head - 1)).join("")}`;
}

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function node(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = text;
  return made;
}
