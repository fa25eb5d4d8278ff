// The knobs of a stream: what they are in a question of the engine, and the question that they make. What a question does
// not hold (the reader's buffer, the client's timeout) stands beside it.

import { FieldError, content, find, framed, hex, join, lengths, lie, mark, pieces, reads, shown, unescaped, unhex } from "./bytes.js";

/** @typedef {Record<string, any>} Config */
/** @typedef {{room: number, late: boolean, timeout: number}} Beside */
/** @typedef {{config: Config, beside: Beside}} State */
/** @typedef {Record<string, string | boolean | number[]>} Values */

/** Bytes that can be drawn. */
const MOST = 2048;
/** The most that the engine takes for a limit. */
const LIMIT = 2 ** 30;

/** @param {any} more  from a link @returns {Beside} */
export function beside(more) {
  const { room, late, timeout } = more ?? {};
  const among = (/** @type {unknown} */ n, /** @type {number[]} */ all, /** @type {number} */ other) => all.find((one) => one === n) ?? other;
  return { room: among(room, [0, 1, 2, 4, 8, 16, 32, 64], 0), late: late === true, timeout: among(timeout, [1, 2, 10, 50], 50) };
}

/** @param {Config} config */
export function isHttp(config) {
  return String(config.codec).startsWith("http-");
}

/** What the fields say of a state. @param {State} state @param {import("./lanes.js").Drawn} drawn @returns {Values} */
export function values({ config, beside }, drawn) {
  const stream = join((config.pieces ?? []).map(unhex));
  const writes = pieces(stream, lengths(drawn.writes));
  const common = { room: String(config.udp ? config.udp.room : beside.room), late: beside.late, timeout: String(beside.timeout) };
  if (isHttp(config)) return { ...common, ...response(writes, config) };
  const codec = String(config.codec);
  const bodies = writes.map((write) => content(codec, write));
  const end = mark(codec);
  return {
    ...common,
    messages: bodies.map((body) => shown(body, true)).join("\n"),
    codec,
    handler: config.handler ?? "loop",
    limit: String(config.limit),
    lying: writes[0] !== undefined && lie(codec, writes[0]) === 5,
    inside: Boolean(end && bodies[0] && find(bodies[0], end) >= 0),
    udp: Boolean(config.udp),
    cuts: drawn.segments.slice(0, -1),
  };
}

/** The state that fields make of one. @param {State} state @param {Values} fields @returns {State} */
export function made(state, fields) {
  const beside = { room: Number(fields.room), late: fields.late === true, timeout: Number(fields.timeout) };
  return { config: isHttp(state.config) ? asked(state.config, fields, beside) : coded(fields, beside), beside };
}

/** @param {Values} fields @param {Beside} beside */
function coded(fields, { room, late }) {
  const codec = String(fields.codec);
  const limit = whole(fields.limit, "limit");
  const bodies = String(fields.messages).split("\n").filter(Boolean).map((line) => unescaped(line, "messages"));
  const writes = bodies.map((body, i) => framed(codec, body, i === 0 && fields.lying ? 5 : 0));
  const stream = sized(join(writes), "messages");
  /** @type {Config} */
  const config = { writes: writes.map((write) => write.length), pieces: writes.map(hex), codec, limit, handler: fields.handler };
  if (fields.udp) return { ...config, udp: { room: room || 65_535, mtu: 1500 } };
  const cuts = /** @type {number[]} */ (fields.cuts).filter((cut) => cut > 0 && cut < stream.length);
  const segments = lengths([...new Set([...cuts, stream.length])].sort((a, b) => a - b));
  return { ...config, segments, pieces: pieces(stream, reads(segments, room, late)).map(hex) };
}

/** Puts the mark into the first message, or takes it out. @param {Values} fields */
export function mixed(fields) {
  const [first = "", ...rest] = String(fields.messages).split("\n");
  const end = mark(String(fields.codec));
  if (!end) return String(fields.messages);
  const body = unescaped(first, "messages");
  const at = find(body, end);
  const half = body.length >> 1;
  const other = at >= 0 ? join([body.slice(0, at), body.slice(at + end.length)]) : join([body.slice(0, half), end, body.slice(half)]);
  return [shown(other, true), ...rest].join("\n");
}

/** @type {Record<string, string>} */
const REASONS = { 100: "Continue", 200: "OK", 204: "No Content", 304: "Not Modified", 404: "Not Found" };
const NEXT = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** @param {Uint8Array[]} writes @param {Config} config */
function response([first = new Uint8Array(), ...rest], config) {
  const { status, lines, body } = parsed(first);
  const field = (/** @type {string} */ name) => lines.find((line) => line.toLowerCase().startsWith(`${name}:`))?.slice(name.length + 1).trim();
  const chunked = field("transfer-encoding") !== undefined;
  return {
    method: String(config.methods?.[0] ?? "GET"),
    status,
    length: field("content-length") ?? "",
    chunked,
    body: shown(chunked ? unchunked(body) : body, true),
    next: rest.some((write) => write.length > 0),
    client: config.trusts_length ? "naive" : "right",
  };
}

/** @param {Uint8Array} write */
function parsed(write) {
  const end = find(write, Uint8Array.of(13, 10, 13, 10));
  const head = shown(end < 0 ? write : write.slice(0, end)).split("\\r\\n");
  const [start = "", ...lines] = head;
  return { status: /^HTTP\/1\.\d (\d{3})/.exec(start)?.[1] ?? "200", lines, body: end < 0 ? new Uint8Array() : write.slice(end + 4) };
}

/** The data of chunks. @param {Uint8Array} body */
function unchunked(body) {
  const parts = [];
  for (let at = 0; ;) {
    const line = find(body.slice(at), Uint8Array.of(13, 10));
    const size = line < 0 ? NaN : parseInt(shown(body.slice(at, at + line)), 16);
    if (!(size > 0)) return join(parts);
    parts.push(body.slice(at + line + 2, at + line + 2 + size));
    at += line + 4 + size;
  }
}

/** @param {Config} config @param {Values} fields @param {Beside} beside @returns {Config} */
function asked(config, fields, { room }) {
  const old = join((config.pieces ?? []).map(unhex));
  const others = parsed(old).lines.filter((line) => line && !/^(content-length|transfer-encoding):/i.test(line));
  const [status, length, method] = [String(fields.status), String(fields.length).trim(), String(fields.method)];
  if (length) whole(length, "length");
  const body = unescaped(String(fields.body), "body");
  const bodiless = method === "HEAD" || /^(1..|204|304)$/.test(status);
  const text = (/** @type {string} */ words) => new TextEncoder().encode(words);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? "Other"}`, ...others,
    ...(length ? [`Content-Length: ${length}`] : []), ...(fields.chunked ? ["Transfer-Encoding: chunked"] : []), "", "",
  ].join("\r\n");
  const chunk = body.length ? join([text(`${body.length.toString(16)}\r\n`), body, text("\r\n0\r\n\r\n")]) : text(bodiless ? "" : "0\r\n\r\n");
  const writes = [join([text(head), fields.chunked ? chunk : body]), ...(fields.next ? [text(NEXT)] : [])];
  const stream = sized(join(writes), "body");
  const sizes = writes.map((write) => write.length);
  const methods = fields.next ? [method, "GET"] : [method];
  const trusts = fields.client === "naive";
  return { writes: sizes, segments: sizes, pieces: pieces(stream, reads(sizes, room, false)).map(hex), codec: config.codec, limit: config.limit, methods, trusts_length: trusts };
}

/** @param {Uint8Array} stream @param {string} field */
function sized(stream, field) {
  if (stream.length > MOST) throw new FieldError(field, "many", MOST);
  return stream;
}

/** @param {unknown} text @param {string} field */
function whole(text, field) {
  const number = Number(text);
  if (!/^\d{1,10}$/.test(String(text).trim()) || number > LIMIT) throw new FieldError(field, "number", String(text));
  return number;
}
