// Rules for every page: it fits every screen, moves nothing, says nothing to the console, asks nobody else, leads nowhere that
// does not exist, and passes axe and an HTML validator. Each rule visits all pages of a language in one tab and tells all faults.

import axe from "axe-core";
import { GROUPS, SLUG, addresses, expect, languages, listen, test, visit } from "./lib.js";
import { faults } from "./validity.js";

const WIDTHS = [320, 390, 768, 1024, 1440];
const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];
/** Those of them that look at colours; the others say the same in both themes. */
const COLOURS = ["color-contrast", "link-in-text-block"];

test.describe.configure({ timeout: 600_000 });

for (const group of GROUPS) {
  test(`${group}: no page scrolls sideways or cuts anything off, at any width`, async ({ page, request }) => {
    /** @type {string[]} */
    const wide = [];
    for (const path of await addresses(request, group)) {
      await visit(page, path);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        wide.push(...(await page.evaluate(sticksOut)).map((what) => `${path} at ${width}: ${what}`));
      }
    }
    expect(wide).toEqual([]);
  });

  test(`${group}: axe finds nothing, in light and in dark`, async ({ page, request }) => {
    /** @type {string[]} */
    const found = [];
    for (const path of await addresses(request, group)) {
      await visit(page, path);
      found.push(...(await violations(page, path)));
    }
    expect(found).toEqual([]);
  });

  test(`${group}: every page is valid HTML`, async ({ request }) => {
    /** @type {string[]} */
    const found = [];
    for (const path of await addresses(request, group)) {
      found.push(...(await faults(await (await request.get(path)).text(), path)));
    }
    expect(found).toEqual([]);
  });
}

for (const t of languages) {
  test(`${t.lang}: axe finds nothing in what opens, either`, async ({ page }) => {
    const found = [];
    await page.goto(`/${t.lang}/`);
    await page.getByRole("textbox", { name: t.symptom }).fill(t.query);
    await expect(page.getByRole("list", { name: t.hits }).getByRole("link").first()).toBeVisible();
    found.push(...(await violations(page, "instant results")));

    await visit(page, `/${t.lang}/cases/${SLUG}`);
    await page.getByRole("radio", { name: t.yes, exact: true }).check();
    await page.getByRole("radio", { name: t.nginxFix }).check();
    await page.locator("article .gl").first().press("Enter");
    await expect(page.locator(".gldef:popover-open")).toBeVisible();
    found.push(...(await violations(page, "term, tab and answer")));

    await page.setViewportSize({ width: 390, height: 844 });
    await visit(page, `/${t.lang}/cases/${SLUG}`);
    found.push(...(await violations(page, "case on a phone")));
    await page.goto(`/${t.lang}/cases?layer=tcp`);
    await page.locator("summary").filter({ hasText: t.filters }).click();
    found.push(...(await violations(page, "facets on a phone")));
    expect(found).toEqual([]);
  });

  for (const [name, path] of [["home", ""], ["a case", `cases/${SLUG}`], ["search", "search?q=CLOSE_WAIT"]]) {
    for (const width of [390, 1440]) {
      test(`${t.lang}: nothing moves while it loads: ${name} at ${width}`, async ({ page }) => {
        await page.setViewportSize({ width, height: 900 });
        await page.goto(`/${t.lang}/${path}`, { waitUntil: "load" });
        await page.evaluate(() => document.fonts.ready);
        await page.waitForTimeout(400);
        const moved = await page.evaluate(shifts);
        expect(moved.score, moved.what).toBeLessThan(0.01);
      });
    }
  }
}

test("every link and every #anchor leads somewhere, from both home pages on", async ({ page, server }) => {
  await page.goto("/en/legend");
  const broken = await page.evaluate(crawl, ["/zh/", "/en/"]);
  expect(broken.problems).toEqual([]);
  expect(broken.pages, "pages seen").toBeGreaterThan(300);
  expect(server.url, "of this server").toBe(new URL(page.url()).origin);
});

test("the console is watched: a script from elsewhere, inline code and a lost file are heard", async ({ browser, server }) => {
  const page = await browser.newPage();
  const heard = listen(page, server.url);
  await page.route("http://elsewhere.example/**", (route) => route.fulfill({ body: "" }));
  await page.goto(`${server.url}/en/legend`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "window.x = 1";
    document.body.append(script);
    return fetch("/static/none.css").then(() => console.error("own words"));
  });
  await page.goto("http://elsewhere.example/");
  expect(heard.join("\n")).toMatch(/Content Security Policy[^]*404[^]*own words[^]*asks http:\/\/elsewhere\.example/);
  await page.close();
});

/**
 * What axe finds, in both themes.
 * @param {import("@playwright/test").Page} page
 * @param {string} name
 * @returns {Promise<string[]>}
 */
async function violations(page, name) {
  await page.emulateMedia({ reducedMotion: "reduce" }); // no colour halfway between two themes
  await page.evaluate(axe.source);
  const light = await page.evaluate(run, { type: "tag", values: RULES });
  await page.emulateMedia({ colorScheme: "dark" });
  const dark = await page.evaluate(run, { type: "rule", values: COLOURS });
  await page.emulateMedia({ colorScheme: "light" });
  return [...light.map((fault) => `${name}, light: ${fault}`), ...dark.map((fault) => `${name}, dark: ${fault}`)];
}

/**
 * In the page, after axe itself.
 * @param {{ type: string, values: string[] }} runOnly
 * @returns {Promise<string[]>}
 */
async function run(runOnly) {
  const { violations } = await Reflect.get(window, "axe").run({ runOnly, resultTypes: ["violations"] });
  return violations.flatMap((/** @type {import("axe-core").Result} */ { id, nodes }) =>
    nodes.map(({ target, any, all, none }) => `${id} at ${target}: ${[...any, ...all, ...none].map((check) => check.message).join("; ")}`),
  );
}

/** In the page: what makes it scroll sideways, and boxes that hide a part of what they hold. */
function sticksOut() {
  const name = (/** @type {Element} */ it) => `${it.localName}.${it.getAttribute("class") ?? ""} ${it.textContent?.trim().slice(0, 30)}`;
  const width = document.documentElement.clientWidth;
  const all = [...document.querySelectorAll("body *")];
  const found = [];
  if (document.documentElement.scrollWidth > width) {
    // What stands in a scrolling box is no trouble, unless it is positioned past it.
    const boxed = (/** @type {Element} */ it) => {
      for (let box = it.parentElement; box; box = box.parentElement) if (getComputedStyle(box).overflowX === "auto") return true;
      return false;
    };
    const beyond = all.filter((it) => it.getBoundingClientRect().right > width + 0.5 && (!boxed(it) || getComputedStyle(it).position === "absolute"));
    found.push(`page is ${document.documentElement.scrollWidth} wide: ${beyond.slice(0, 4).map(name).join(" | ")}`);
  }
  for (const it of all) {
    const { overflowX } = getComputedStyle(it);
    if (!["hidden", "clip"].includes(overflowX) || it.matches(".vh, svg, svg *")) continue;
    if (it.scrollWidth > it.clientWidth + 1) found.push(`cut off at ${it.clientWidth} of ${it.scrollWidth}: ${name(it)}`);
  }
  return found;
}

/** In the page: the sum of all layout shifts so far, and what moved. */
async function shifts() {
  /** @type {(PerformanceEntry & { value: number, sources: { node: Node | null }[] })[]} */
  const entries = await new Promise((resolve) => {
    const observer = new PerformanceObserver((list) => resolve(/** @type {any} */ (list.getEntries())));
    observer.observe({ type: "layout-shift", buffered: true });
    setTimeout(() => resolve([]), 200);
  });
  return {
    score: entries.reduce((sum, entry) => sum + entry.value, 0),
    what: entries.flatMap((entry) => entry.sources.map(({ node }) => (node instanceof Element ? node.outerHTML.slice(0, 80) : String(node?.textContent)))).join("\n"),
  };
}

/**
 * In the page: follows every link of this site. Pages with a query (searches, facets) are looked at, not followed further.
 * @param {string[]} from
 */
async function crawl(from) {
  /** @type {Map<string, { ids: Set<string> | null }>} */
  const seen = new Map();
  /** @type {Map<string, string>} address with a hash → the page that leads there */
  const anchors = new Map();
  /** @type {string[]} */
  const problems = [];
  const queue = from.map((path) => ({ path, by: "the door" }));
  let pages = 0;

  /** @param {{ path: string, by: string }} link */
  async function visit({ path, by }) {
    if (seen.has(path)) return;
    seen.set(path, { ids: null });
    const answer = await fetch(path);
    if (!answer.ok) problems.push(`${by} leads to ${path}: ${answer.status}`);
    const text = await answer.text();
    if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/html")) return;
    pages += 1;
    const sent = new DOMParser().parseFromString(text, "text/html");
    const ids = new Set([...sent.querySelectorAll("[id]")].map((it) => it.id));
    seen.set(path, { ids });
    for (const it of sent.querySelectorAll("[popovertarget], label[for], [aria-labelledby], [aria-controls], [aria-describedby]")) {
      for (const attribute of ["popovertarget", "for", "aria-labelledby", "aria-controls", "aria-describedby"]) {
        for (const id of (it.getAttribute(attribute) ?? "").split(" ")) {
          if (id && !ids.has(id)) problems.push(`${path}: ${attribute}="${id}" names nothing`);
        }
      }
    }
    for (const it of sent.querySelectorAll("a[href], link[href], script[src], img[src], use[href], form[action], meta[property='og:image']")) {
      const written = it.getAttribute("href") ?? it.getAttribute("src") ?? it.getAttribute("content") ?? it.getAttribute("action") ?? "";
      const post = it.getAttribute("method") === "post";
      const url = new URL(written, new URL(path, location.href));
      if (url.origin !== location.origin || post) continue;
      const target = url.pathname + url.search;
      if (url.hash) anchors.set(target + url.hash, path);
      if (!new URL(path, location.href).search || !url.search) queue.push({ path: target, by: path });
    }
  }

  const workers = Array.from({ length: 6 }, async () => {
    for (let idle = 0; idle < 40; ) {
      const next = queue.pop();
      if (next) {
        idle = 0;
        await visit(next);
      } else {
        idle += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  });
  await Promise.all(workers);

  for (const [address, by] of anchors) {
    const [path = "", hash = ""] = address.split("#");
    const ids = seen.get(path)?.ids;
    if (ids && !ids.has(decodeURIComponent(hash))) problems.push(`${by} leads to ${address}: no such place on that page`);
  }
  return { problems, pages };
}
