// What the pages need of the WASM module when it has not been built yet; the build writes the real types beside it.
declare module "*/playground_wasm.js" {
  /** Fetches and starts the module. */
  export default function init(): Promise<unknown>;
  /** Settings as JSON in, answer as JSON out; throws an Error that says which setting is wrong. */
  export function dead_peer(json: string): string;
}
