// Bytes as people write them: hexadecimal, text with escapes; and how messages are framed.

/** A mistake in a field: which field, which of the page's words say so, about what. */
export class FieldError extends Error {
  /** @param {string} field @param {string} words @param {string | number} about */
  constructor(field, words, about) {
    super(words);
    this.field = field;
    this.words = words;
    this.about = String(about);
  }
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** What is no pair of digits is left out: the engine has refused it before. @param {unknown} text */
export function unhex(text) {
  const pairs = String(text).replace(/\s/g, "").match(/[0-9a-f]{2}/gi) ?? [];
  return Uint8Array.from(pairs, (pair) => parseInt(pair, 16));
}

/** @param {Uint8Array[]} parts */
export function join(parts) {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

const SIGNS = /** @type {const} */ ({ 10: "\\n", 13: "\\r", 9: "\\t", 92: "\\\\" });

/** Bytes as text; what cannot be shown, as escapes. @param {Uint8Array} bytes @param {boolean} [editable]  so that it can be read back */
export function shown(bytes, editable = false) {
  return [...bytes].map((byte) => {
    if (byte === 92 && !editable) return "\\";
    const sign = SIGNS[/** @type {10} */ (byte)];
    return sign ?? (byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, "0")}`);
  }).join("");
}

/** @param {string} text @param {string} field */
export function unescaped(text, field) {
  const parts = [];
  const encoder = new TextEncoder();
  for (const [part, plain] of text.matchAll(/([^\\]+)|\\(?:x[0-9a-f]{2}|.|$)/gis)) {
    if (plain !== undefined) parts.push(encoder.encode(plain));
    else if (/^\\x../s.test(part)) parts.push(unhex(part.slice(2)));
    else {
      const byte = { n: 10, r: 13, t: 9, "\\": 92 }[part[1] ?? ""];
      if (byte === undefined) throw new FieldError(field, "escape", part);
      parts.push(Uint8Array.of(byte));
    }
  }
  return join(parts);
}

/** The mark of a codec that has one. @param {string} codec */
export function mark(codec) {
  if (codec === "line") return Uint8Array.of(10);
  if (codec === "crlf") return Uint8Array.of(13, 10);
  return codec.startsWith("delimiter=") ? unhex(codec.slice(10)) : undefined;
}

/** Bytes of the length in front of a message. @param {string} codec @param {Uint8Array} write */
export function prefix(codec, write) {
  if (codec === "varint") return Math.max(0, write.findIndex((byte) => byte < 128) + 1);
  return Math.min(write.length, /^u(8|16|32)/.test(codec) ? parseInt(codec.slice(1), 10) / 8 : 0);
}

/** A length as a codec writes it. @param {string} codec @param {number} length */
function field(codec, length) {
  if (codec === "varint") {
    const groups = [];
    for (let left = length; ; left = Math.floor(left / 128)) {
      groups.push(left >= 128 ? (left % 128) | 128 : left);
      if (left < 128) return Uint8Array.from(groups);
    }
  }
  const size = parseInt(codec.slice(1), 10) / 8;
  if (length >= 256 ** size) throw new FieldError("codec", "room", length);
  const big = Array.from({ length: size }, (_, i) => Math.floor(length / 256 ** (size - 1 - i)) % 256);
  return Uint8Array.from(codec.endsWith("le") ? big.reverse() : big);
}

/** @param {string} codec @param {Uint8Array} body @param {number} lie  added to the length */
export function framed(codec, body, lie) {
  const end = mark(codec);
  if (end) return join([body, end]);
  if (codec.startsWith("fixed=")) {
    if (body.length !== Number(codec.slice(6))) throw new FieldError("codec", "fixed", "");
    return body;
  }
  return codec === "none" ? body : join([field(codec, body.length + lie), body]);
}

/** What a write says of its length less what it has. @param {string} codec @param {Uint8Array} write */
export function lie(codec, write) {
  const size = prefix(codec, write);
  if (!size || !/^u(8|16|32)|^varint$/.test(codec)) return 0;
  const digits = [...write.slice(0, size)];
  const little = codec.endsWith("le") || codec === "varint";
  const base = codec === "varint" ? 128 : 256;
  const said = (little ? digits.reverse() : digits).reduce((sum, digit) => sum * base + (digit % base), 0);
  return said - (write.length - size);
}

/** The content of a write. @param {string} codec @param {Uint8Array} write */
export function content(codec, write) {
  const end = mark(codec);
  const ends = end && hex(write).endsWith(hex(end));
  return ends ? write.slice(0, write.length - end.length) : write.slice(prefix(codec, write));
}

/** Where a part first stands in bytes, or -1. @param {Uint8Array} bytes @param {Uint8Array} part */
export function find(bytes, part) {
  for (let i = 0; i + part.length <= bytes.length; i += 1) if (part.every((byte, at) => bytes[i + at] === byte)) return i;
  return -1;
}

/**
 * What each read returns: a reader with so much room (0: enough) comes after every segment, or when all are there.
 * @param {number[]} segments @param {number} room @param {boolean} late
 */
export function reads(segments, room, late) {
  const all = segments.reduce((a, b) => a + b, 0);
  const waits = late ? [all] : segments;
  return waits.flatMap((length) => {
    const size = room || length;
    return Array.from({ length: Math.ceil(length / Math.max(size, 1)) }, (_, i) => Math.min(size, length - i * size));
  });
}

/** Parts of these lengths. @param {Uint8Array} bytes @param {number[]} lengths */
export function pieces(bytes, lengths) {
  let at = 0;
  return lengths.map((length) => bytes.slice(at, (at += length)));
}

/** Lengths between ends. @param {number[]} ends */
export function lengths(ends) {
  return ends.map((end, i) => end - (ends[i - 1] ?? 0));
}
