// What the pages need of the WASM module when it has not been built yet; the build writes the real types beside it.
declare module "*/playground_wasm.js" {
  /** Fetches and starts the module. */
  export default function init(): Promise<unknown>;
  /** Settings as JSON in, answer as JSON out; throws an Error that says which setting is wrong. */
  export function dead_peer(json: string): string;
  /** A scenario that has been run to its end; the constructor throws an Error `field: reason`. */
  export class Run {
    constructor(scenario: string, seed: number);
    /** All that happened, as JSON. */
    told(): string;
    /** What a tool shows on a side (0 client, 1 server) at a time in microseconds. */
    shown(tool: string, side: number, at_us: number): string;
    /** A pcapng file of what passed the device of a side. */
    capture(side: number): Uint8Array;
    free(): void;
  }
  /** Looks a name up as an implementation does: a case as JSON, the implementation's name; an answer as JSON. */
  export function resolve(case_json: string, implementation: string): string;
  /** Cuts a stream into reads and decodes it: JSON in, JSON out. */
  export function frame(question: string): string;
  /** Draws a stream: a question as JSON, names of the lanes, one a line, the width in px; JSON out. */
  export function lanes(question: string, names: string, width: number): string;
}
