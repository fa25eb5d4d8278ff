// Lighthouse (mobile preset) on home, search and a case, in both languages; each category has to reach 99.
// Starts a server of its own, or looks at the one it is given: `npm run lighthouse [-- http://127.0.0.1:8080]`.
// Not a part of the tests: performance on a busy machine says more about the machine.

import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";
import { SLUG, languages } from "./lib.js";
import { chromium, flags, start } from "./server.js";

const GOAL = 99;
const CATEGORIES = ["performance", "accessibility", "best-practices", "seo"];

const [given] = process.argv.slice(2);
const server = given ? { url: given.replace(/\/$/, ""), stop: async () => {} } : await start();
const browser = await launch({ chromePath: chromium, chromeFlags: ["--headless=new", ...flags], logLevel: "silent" });
let missed = 0;
try {
  console.log(["page".padEnd(40), ...CATEGORIES].join("  "));
  for (const { lang } of languages) {
    for (const path of [`/${lang}/`, `/${lang}/search?q=CLOSE_WAIT`, `/${lang}/cases/${SLUG}`]) missed += await measure(path);
  }
} finally {
  browser.kill();
  await server.stop();
}
console.log(missed ? `${missed} below ${GOAL}, or not measured` : `all at ${GOAL} or above`);
process.exitCode = missed ? 1 : 0;

/**
 * Prints a page's scores and what cost it points.
 * @param {string} path
 * @returns {Promise<number>} scores below the goal; a page that could not be measured is one
 */
async function measure(path) {
  const run = await lighthouse(server.url + path, { port: browser.port, onlyCategories: CATEGORIES, logLevel: "silent" });
  if (!run) throw new Error(`Lighthouse has no result for ${path}`);
  const { categories, audits, runtimeError } = run.lhr;
  if (runtimeError) {
    console.log(`${path}: not measured: ${runtimeError.message}`);
    return 1;
  }
  const scores = CATEGORIES.map((id) => Math.round(100 * (categories[id]?.score ?? 0)));
  console.log([path.padEnd(40), ...scores.map((score, at) => String(score).padStart(CATEGORIES[at]?.length ?? 0))].join("  "));
  for (const id of CATEGORIES) {
    for (const { id: name, weight } of categories[id]?.auditRefs ?? []) {
      const { score = null, title = "", displayValue = "" } = audits[name] ?? {};
      if (weight > 0 && score !== null && score < 0.9) console.log(`    ${id}: ${title} ${displayValue}`);
    }
  }
  return scores.filter((score) => score < GOAL).length;
}
