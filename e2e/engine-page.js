// A page with nothing but the engine: the module as it is served, from the files that were built.

import { readFile } from "node:fs/promises";

const PAGE = "http://engine.test/";
const TYPES = { js: "text/javascript", wasm: "application/wasm" };

/** Where the module is for scripts in the page. */
export const MODULE = `${PAGE}playground_wasm.js`;

/**
 * Opens it.
 * @param {import("@playwright/test").Page} page
 */
export async function open(page) {
  await page.route(`${PAGE}**`, async (route) => {
    const name = new URL(route.request().url()).pathname.slice(1);
    if (name === "") return route.fulfill({ contentType: "text/html", body: "<!doctype html><title>engine</title>" });
    const contentType = TYPES[/** @type {keyof TYPES} */ (name.split(".").pop())] ?? "text/plain";
    return route.fulfill({ contentType, body: await readFile(new URL(`../static/wasm/${name}`, import.meta.url)) });
  });
  await page.goto(PAGE);
}
