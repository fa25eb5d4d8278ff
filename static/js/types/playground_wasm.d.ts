// What the pages need of the WASM module when it has not been built yet; the build writes the real types beside it.
declare module "*/playground_wasm.js" {
  /** Fetches and starts the module. */
  export default function init(): Promise<unknown>;
  /** Settings as JSON in, answer as JSON out; throws an Error that says which setting is wrong. */
  export function dead_peer(json: string): string;
  /** A scenario that has been run to its end; the constructor throws an Error `field: reason`. */
  export class Run {
    constructor(scenario: string, seed: number);
    /** Calls as JSON: [host, at, took, thread, call, sock, n, ret, err][], µs, null for what is not there. */
    calls(): string;
    /** A diagram and what belongs to it, as JSON: language, width in px, from, to, playhead in µs. */
    picture(lang: string, width: number, from_us?: number, to_us?: number, at_us?: number): string;
    /** A packet by its place in the run, as JSON: see packet-card.js. */
    packet(place: number): string;
    /** What is going on at a time, in a sentence. */
    now(lang: string, from_us: number, at_us: number): string;
    /** What a tool shows on a side (0 client, 1 server) at a time in microseconds. */
    shown(tool: string, side: number, at_us: number): string;
    /** A drawing of the client's messages. */
    messages(about: string): string;
    /** The run in a few numbers, as JSON. */
    sum(): string;
    /** A pcapng file of what passed the device of a side. */
    capture(side: number): Uint8Array;
    free(): void;
  }
  /** Looks a name up as an implementation does: a case as JSON, the implementation's name; an answer as JSON. With `dial` (lines: the program, then addresses and what they do) the program connects. */
  export function resolve(case_json: string, implementation: string, dial?: string): string;
  /** Cuts a stream into reads and decodes it: JSON in, JSON out. */
  export function frame(question: string): string;
  /** Draws a stream: a question as JSON, names of the lanes, one a line, the width in px; JSON out. */
  export function lanes(question: string, names: string, width: number): string;
}
