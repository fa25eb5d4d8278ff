// How long Chromium takes for a minute of two hosts: the module as it is served, the scenario of the native bench.
// Prints `chromium_ms N`, the middle of the rounds after some that warm up. Part of `cargo xtask bench engine`.

import { readFile } from "node:fs/promises";
import { chromium as playwright } from "@playwright/test";
import { chromium, flags } from "./server.js";

const ROUNDS = 15;
const WARM_UP = 3;
const PAGE = "http://engine.test/";
const TYPES = { js: "text/javascript", wasm: "application/wasm" };

const scenario = await readFile(new URL("../playground-wasm/engine/benches/minute.json", import.meta.url), "utf8");
const browser = await playwright.launch({ executablePath: chromium, args: flags });
try {
  const page = await browser.newPage();
  await page.route(`${PAGE}**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>engine</title>" });
    const contentType = TYPES[/** @type {keyof TYPES} */ (name.split(".").pop())] ?? "text/plain";
    return route.fulfill({ contentType, body: await readFile(new URL(`../static/wasm/${name}`, import.meta.url)) });
  });
  await page.goto(PAGE);
  const times = await page.evaluate(measure, { scenario, rounds: ROUNDS + WARM_UP, module: `${PAGE}playground_wasm.js` });
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
