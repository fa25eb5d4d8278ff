// Words of name lookups. The tables come from the page; this puts them together as server/src/web/view/names.rs does.

/**
 * @typedef {object} Words
 * @property {Record<string, string>} events @property {Record<string, string>} variants @property {Record<string, string>} values
 * @property {Record<string, string>} effects @property {Record<string, string>} rules @property {Record<string, string>} reasons
 * @property {Record<string, [string, string]>} strerror @property {Record<string, string>} ui
 */

/** @typedef {Record<string, any> & {ev: string, at_us: number, rule: {id: string, source: string}, random?: boolean}} Step */

/** @param {unknown} value @returns {string} */
export function plain(value) {
  if (Array.isArray(value)) return value.map(plain).join(" ");
  return typeof value === "string" ? value : JSON.stringify(value ?? null);
}

/** What a step did. @param {Step} step @param {Words} words */
export function said(step, words) {
  const field = words.variants[step.ev];
  const text = (field && words.events[`${step.ev}.${plain(step[field])}`]) ?? words.events[step.ev] ?? step.ev;
  return text.replace(/\{(\w+)\}/g, (_, name) => {
    const value = plain(step[name]);
    return words.values[value] ?? value;
  }).trimEnd();
}

/** Microseconds as people write them. @param {number} us */
export function span(us) {
  const [thousandths, unit] = us >= 1_000_000 ? [Math.floor(us / 1000), "s"] : [us, "ms"];
  return `${thousandths / 1000} ${unit}`;
}

/** `Go 1.15.15` for `go-1.15.15`. @param {string} id */
export function label(id) {
  const cut = id.indexOf("-");
  const [kind, rest] = id.startsWith("go-cgo-") ? ["Go cgo", id.slice(7)] : cut < 0 ? [id, ""] : [id.startsWith("go-") ? "Go" : id.slice(0, cut), id.slice(cut + 1)];
  const [version = "", line] = rest.split("+mod");
  return line === undefined ? `${kind} ${version}` : `${kind} ${version}, go.mod ${line}`;
}

/** Where the source of a rule can be read. @param {string} source @param {string} id */
export function href(source, id) {
  const [version] = id.replace(/^go-/, "").replace(/^cgo-/, "").split("+");
  const pieces = source.split(/[ ,]/).filter(Boolean);
  const tagged = /^\d/.test(pieces[1] ?? "") ? pieces[1] : "";
  for (const [i, piece] of pieces.entries()) {
    if (piece.startsWith("net/") && piece.includes(".go")) return `https://github.com/golang/go/blob/${id.startsWith("go-") ? `go${version}` : "master"}/src/${piece.replace(/:+$/, "")}`;
    const file = piece.includes("/") && piece.endsWith(".c");
    if (file && pieces[0] === "glibc") return `https://sourceware.org/git/?p=glibc.git;a=blob;f=${piece};hb=${tagged ? `glibc-${tagged}` : "HEAD"}`;
    if (file && pieces[0] === "musl") return `https://git.musl-libc.org/cgit/musl/tree/${piece}${tagged ? `?h=v${tagged}` : ""}`;
    const [, name, section] = /^([^(]*)\((.)\)$/.exec(piece) ?? [];
    if (section) return `https://man7.org/linux/man-pages/man${section}/${name}.${section}.html`;
    if (piece === "RFC" && pieces[i + 1]) return `https://www.rfc-editor.org/rfc/rfc${pieces[i + 1]}`;
  }
  return "";
}
