// Parts of a lookup's configuration as lines of text, and back. What the lines say is judged by the engine; here they are
// only cut into words. A complaint's path leads back to its line.

/** @typedef {Record<string, any>} Config */

const TYPES = ["A", "AAAA", "SOA"];

/** Lines that say something, with their numbers from 1. @param {string} text @returns {[string[], number][]} */
function words(text) {
  return text.split("\n").map((line, i) => /** @type {[string[], number]} */ ([(line.split(/[;#]/)[0] ?? "").split(/\s+/).filter(Boolean), i + 1])).filter(([list]) => list.length > 0);
}

/** @param {string[]} lines */
const joined = (lines) => lines.map((line) => `${line}\n`).join("");

/** @param {Config} config */
export const zoneText = (config) => joined(list(config.dns?.records).map((record) => list(record).join(" ")));

/** Records as `name [ttl] [IN] type value`. @param {string} text */
export function zone(text) {
  const lines = words(text);
  return {
    records: lines.map(([[name, ...rest]]) => [name, ...rest.filter((word, i) => i > 1 || !(/^\d+$/.test(word) && rest.length > 2) && !(word.toUpperCase() === "IN" && rest.length > 2))]),
    lines: lines.map(([, line]) => line),
  };
}

/** @param {Config} config */
export function serversText(config) {
  const servers = Object.entries(config.dns?.servers ?? {}).map(([ip, server]) => `${ip} ${server?.default ?? "zone"}`);
  const rules = list(config.dns?.rules).map((rule) => [rule?.server ?? "*", rule?.action, rule?.type, rule?.name, rule?.proto, rule?.first_n === undefined ? undefined : `x${rule.first_n}`].filter((it) => it !== undefined).join(" "));
  return joined([...servers, ...rules]);
}

/** `address action [type] [name] [udp|tcp] [xN]`: the first line of an address without conditions is its default. @param {string} text */
export function servers(text) {
  /** @type {Record<string, Record<string, string>>} */
  const servers = {};
  /** @type {Record<string, string | number>[]} */
  const rules = [];
  /** @type {Record<string, number>} */
  const at = {};
  for (const [[server = "", action, ...conditions], line] of words(text)) {
    if (server !== "*" && conditions.length === 0 && !Object.hasOwn(servers, server)) {
      servers[server] = action === undefined || action === "zone" ? {} : { default: action };
      at[`dns.servers.${server}`] = line;
      continue;
    }
    /** @type {Record<string, string | number>} */
    const rule = { ...(server === "*" ? {} : { server }), ...(action === undefined ? {} : { action }) };
    for (const word of conditions) {
      if (TYPES.includes(word)) rule.type = word;
      else if (word === "udp" || word === "tcp") rule.proto = word;
      else if (/^x\d+$/.test(word)) rule.first_n = Number(word.slice(1));
      else rule.name = word;
    }
    at[`dns.rules[${rules.length}]`] = line;
    rules.push(rule);
  }
  return { servers, rules, at };
}

/** @param {Config} config */
export const envText = (config) => joined(Object.entries(config.env ?? {}).map(([key, value]) => `${key}=${value}`));

/** @param {string} text */
export function env(text) {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return Object.fromEntries(lines.map((line) => {
    const cut = line.indexOf("=");
    return cut < 0 ? [line.trim(), ""] : [line.slice(0, cut).trim(), line.slice(cut + 1)];
  }));
}

/** @param {unknown} value @returns {any[]} */
function list(value) {
  return Array.isArray(value) ? value : [];
}
