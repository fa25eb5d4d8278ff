// The engine in the browser gives what the native one gives, byte for byte: the fingerprints in
// playground-wasm/tests/fingerprints.json are asserted by `cargo test -p playground-wasm` too.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect, test } from "@playwright/test";
import { MODULE, open } from "./engine-page.js";

const ENGINE = new URL("../playground-wasm/", import.meta.url);

test("the same traces as the native engine", async ({ page }) => {
  const file = await readFile(new URL("tests/fingerprints.json", ENGINE), "utf8");
  /** @type {Record<string, string>} */
  const fingerprints = JSON.parse(file);
  expect(Object.keys(fingerprints).length).toBeGreaterThan(25);
  await open(page);
  for (const [name, fingerprint] of Object.entries(fingerprints)) {
    const scenario = await readFile(new URL(`engine/tests/golden/scenarios/${name}.json`, ENGINE), "utf8");
    const said = await page.evaluate(all, { module: MODULE, scenario });
    const hash = createHash("sha256");
    for (const text of said) hash.update(Buffer.from(text, "utf8"));
    expect(hash.digest("hex"), name).toBe(fingerprint);
  }
});

/**
 * Runs in the page: all calls, the picture, its drawing and its first packet, what all tools show of both sides, and both captures in hexadecimal.
 * @param {{ module: string, scenario: string }} what
 * @returns {Promise<string[]>}
 */
async function all({ module, scenario }) {
  const engine = await import(module);
  await engine.default();
  const run = new engine.Run(scenario, 1);
  const said = [run.calls(), run.picture("en", 610), run.drawing(), run.band(0), run.packet(0)];
  for (const side of [0, 1]) {
    for (const tool of ["tcpdump", "ss", "ss -u", "strace", "nstat", "conntrack", "ip neigh", "buffers"]) said.push(run.shown(tool, side, 1e15));
    said.push(Array.from(run.capture(side), (/** @type {number} */ byte) => byte.toString(16).padStart(2, "0")).join(""));
  }
  return said;
}
