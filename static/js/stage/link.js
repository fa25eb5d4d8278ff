// What a page's address says about its playground: `#1.` and the base64url of a deflated JSON of `Shared`.
// In the fragment, so that no server sees what someone pasted. A format once published stays readable: a new one gets a new
// number and a reader of its own in `READERS`. Nothing from a link is trusted: the engine checks the configuration.

/**
 * @typedef {object} Shared
 * @property {Record<string, unknown>} config  the engine's input, all of it: a preset may change, a link may not
 * @property {number} seed
 * @property {number | null} at  µs after the first packet
 * @property {Record<string, unknown>} [more]  what a kind of playground adds
 */

/** Longest JSON that a link may hold, characters. */
const LONGEST = 200_000;

/** @type {Record<string, (body: string) => Promise<Shared>>} */
const READERS = { "1": deflated };

/** @param {Shared} shared */
export async function toHash(shared) {
  const bytes = new TextEncoder().encode(JSON.stringify(shared));
  const packed = new Uint8Array(await through(bytes, new CompressionStream("deflate-raw")));
  let text = "";
  for (const byte of packed) text += String.fromCharCode(byte);
  return `#1.${btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

/**
 * @param {string} hash
 * @returns {Promise<Shared | "bad" | "newer" | null>}  null where it says nothing about a playground
 */
export async function fromHash(hash) {
  const [, version, body] = /^#(\d+)\.(.*)$/s.exec(hash) ?? [];
  if (version === undefined || body === undefined) return null;
  const reader = READERS[version];
  if (!reader) return "newer";
  try {
    return await reader(body);
  } catch {
    return "bad";
  }
}

/** @param {string} body */
async function deflated(body) {
  const text = atob(body.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(text, (char) => char.charCodeAt(0));
  return checked(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(await through(bytes, new DecompressionStream("deflate-raw")))));
}

/** @param {any} value  @returns {Shared} */
function checked(value) {
  const { config, seed, at, more } = value;
  const time = at === null || (Number.isFinite(at) && at >= 0);
  const whole = Number.isInteger(seed) && seed >= 0 && seed <= 0xffff_ffff;
  if (!plain(config) || !whole || !time || (more !== undefined && !plain(more))) throw new TypeError("no shared playground");
  return { config, seed, at, more };
}

/** @param {unknown} value */
function plain(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {CompressionStream | DecompressionStream} stream
 */
async function through(bytes, stream) {
  const writer = stream.writable.getWriter();
  const written = writer.write(bytes).then(() => writer.close());
  written.catch(() => {});
  const parts = [];
  let length = 0;
  const reader = /** @type {ReadableStream<Uint8Array<ArrayBuffer>>} */ (stream.readable).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts).arrayBuffer();
    length += value.length;
    if (length > LONGEST) throw new RangeError("too long for a link");
    parts.push(value);
  }
}
