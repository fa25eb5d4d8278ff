// How long Chromium takes for a minute of two hosts: the module as it is served, the scenario of the native bench.
// Prints `chromium_ms N`, the middle of the rounds after some that warm up. Part of `cargo xtask bench engine`.

import { readFile } from "node:fs/promises";
import { chromium as playwright } from "@playwright/test";
import { MODULE, open } from "./engine-page.js";
import { chromium, flags } from "./server.js";

const ROUNDS = 15;
const WARM_UP = 3;

const scenario = await readFile(new URL("../playground-wasm/engine/benches/minute.json", import.meta.url), "utf8");
const browser = await playwright.launch({ executablePath: chromium, args: flags });
try {
  const page = await browser.newPage();
  await open(page);
  const times = await page.evaluate(measure, { scenario, rounds: ROUNDS + WARM_UP, module: MODULE });
  const counted = times.slice(WARM_UP).sort((a, b) => a - b);
  console.log(`chromium_ms ${counted[counted.length >> 1]?.toFixed(1)}`);
} finally {
  await browser.close();
}

/**
 * Runs in the page.
 * @param {{ scenario: string, rounds: number, module: string }} what
 * @returns {Promise<number[]>} milliseconds of each round
 */
async function measure({ scenario, rounds, module }) {
  const engine = await import(module);
  await engine.default();
  const times = [];
  for (let round = 0; round < rounds; round += 1) {
    const start = performance.now();
    const run = new engine.Run(scenario, 1);
    times.push(performance.now() - start);
    run.free();
  }
  return times;
}
