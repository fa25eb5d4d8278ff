// What a reader feels on a playground: how long a changed knob takes to its picture, and how evenly frames come while time
// is scrubbed. The page as it is served; figures are printed as `name value`. Part of `cargo xtask bench playground`.

import { chromium as playwright } from "@playwright/test";
import { chromium, flags, start } from "./server.js";

/** Requests, and round trips in ms, that make runs of about 8 s and 12 s, of some 500 packets. */
const REQUESTS = 100;
const TRIPS = [20, 40];
const CHANGES = 60;

const given = process.argv[2];
const server = given ? { url: given.replace(/\/$/, ""), stop: async () => {} } : await start();
const browser = await playwright.launch({ executablePath: chromium, args: flags });
try {
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(`${server.url}/en/playgrounds/nagle`);
  await page.locator("net-stage[data-live]").waitFor();
  const told = await page.evaluate(measure, { requests: REQUESTS, trips: TRIPS, changes: CHANGES });
  console.log(`run_ms ${told.length}\nrun_packets ${told.packets}`);
  quantiles("redraw", told.redraws);
  quantiles("scrub", told.frames);
  console.log(`scrub_late ${told.frames.filter((took) => took > 1000 / 60 + 2).length / told.frames.length}`);
} finally {
  await browser.close();
  await server.stop();
}

/** @param {string} name @param {number[]} times  ms */
function quantiles(name, times) {
  times.sort((a, b) => a - b);
  for (const share of [0.5, 0.95, 1]) {
    console.log(`${name}_p${share * 100} ${times[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(2)}`);
  }
}

/**
 * Runs in the page.
 * @param {{requests: number, trips: number[], changes: number}} what
 */
async function measure({ requests, trips, changes }) {
  const stage = /** @type {any} */ (document.querySelector("net-stage"));
  const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));
  const field = (/** @type {string} */ name) => /** @type {HTMLElement} */ (stage.querySelector(`[data-knob=${name}]`));
  const stops = (/** @type {string} */ name) => (field(name).dataset.stops ?? "").split(" ").map(Number);
  const input = (/** @type {string} */ name) => /** @type {HTMLInputElement} */ (field(name).querySelector("input"));
  const turn = (/** @type {string} */ name, /** @type {number} */ value) => {
    const one = input(name);
    one.value = String(field(name).dataset.stops ? stops(name).indexOf(value) : value);
    one.dispatchEvent(new Event("input", { bubbles: true }));
  };

  turn("requests", requests);
  const possible = trips.filter((trip) => !field("rtt").dataset.stops || stops("rtt").includes(trip));
  const redraws = [];
  for (let i = 0; i < changes; i += 1) {
    for (let rest = 0; rest < 12; rest += 1) await frame();
    const begun = performance.now();
    turn("rtt", possible[i % possible.length] ?? 60);
    // What a frame does after its scripts: style, layout and paint are over when a message of the next task arrives.
    await frame();
    await new Promise((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = resolve;
      port2.postMessage(0);
    });
    redraws.push(performance.now() - begun);
  }

  const track = /** @type {HTMLInputElement} */ (stage.querySelector(".tl input"));
  const frames = [];
  let before = await frame();
  for (let i = 0; i <= 600; i += 1) {
    track.value = String((i / 600) * 1000);
    track.dispatchEvent(new Event("input", { bubbles: true }));
    const now = await frame();
    frames.push(now - before);
    before = now;
  }
  const { scene } = stage;
  return { length: (scene.end - scene.zero) / 1000, packets: scene.last.rows.filter((/** @type {any[]} */ row) => row[3] === "packet").length, redraws, frames };
}
