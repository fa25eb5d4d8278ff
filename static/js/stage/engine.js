// The WASM module, fetched once for all that stands on a page.

/** @typedef {typeof import("../../wasm/playground_wasm.js")} Engine */

/** @type {Promise<Engine> | undefined} */
let loading;

/** @returns {Promise<Engine>} rejected if it cannot be loaded; the next call tries again */
export function engine() {
  loading ??= import("../../wasm/playground_wasm.js").then(async (wasm) => {
    await wasm.default();
    return wasm;
  });
  loading.catch(() => (loading = undefined));
  return loading;
}
