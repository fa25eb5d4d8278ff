// What the journeys share: the server, the words of both languages, the list of pages, a watch over the console.

import { test as base, expect } from "@playwright/test";
import { start } from "./server.js";

export { expect };

/** What each language calls the things a reader reaches for. */
export const languages = /** @type {const} */ ([
  {
    lang: "zh", tag: "zh-Hans", other: "en", otherName: "EN", both: "对照",
    symptom: "症状", search: "搜索", find: "查找案例", hits: "即时结果", skip: "跳到正文", language: "语言", contents: "本页",
    copyCommand: "复制命令", copyOutput: "复制输出", copied: "已复制", clear: "清除筛选", filters: "筛选",
    layer: "层", symptomFacet: "症状", tool: "工具", runtime: "环境", openByDefault: "下次默认中文",
    yes: "是", no: "不是", line: /补充一句/, send: "发送", thanks: "收到了，谢谢。", failed: /没有送达/,
    themeSystem: "跟随系统", themeLight: "浅色", themeDark: "深色",
    missing: "没有这个页面", noHits: "没有匹配的案例", compute: "计算", idle: "tcp_keepalive_time（秒）",
    interval: "tcp_keepalive_intvl（秒）", userTimeout: /TCP_USER_TIMEOUT/, outOfRange: "超出范围",
    query: "telnet 能连上，curl 却超时", goFix: "Go：期限", nginxFix: "nginx",
  },
  {
    lang: "en", tag: "en", other: "zh", otherName: "中文", both: "Both",
    symptom: "Symptom", search: "Search", find: "Find cases", hits: "Instant results", skip: "Skip to content",
    language: "Language", contents: "On this page",
    copyCommand: "Copy command", copyOutput: "Copy output", copied: "Copied", clear: "Clear filters", filters: "Filters",
    layer: "Layer", symptomFacet: "Symptom", tool: "Tool", runtime: "Runtime", openByDefault: "Open in English by default",
    yes: "Yes", no: "No", line: /Anything to add/, send: "Send", thanks: "Received. Thank you.", failed: /Not delivered/,
    themeSystem: "Theme: system", themeLight: "Theme: light", themeDark: "Theme: dark",
    missing: "No such page", noHits: "No case matches", compute: "Compute", idle: "tcp_keepalive_time (s)",
    interval: "tcp_keepalive_intvl (s)", userTimeout: /TCP_USER_TIMEOUT/, outOfRange: "out of range",
    query: "telnet connects but curl times out", goFix: "Go: time limits", nginxFix: "nginx",
  },
]);

/** The case that `query` describes: evidence, tabs with diffs, diagrams, glossary terms. */
export const SLUG = "close-wait-limitlistener";
/** The case that holds the dead-peer calculator. */
export const CALCULATOR = "go-tcp-keepalive";

/**
 * `test` with a server of the worker's own. A page that writes to the console, fails to load a part or asks anyone but that
 * server fails its test, unless the test names the noise it makes.
 */
export const test = base.extend(/** @type {OurFixtures} */ ({
  server: [
    async ({}, use) => {
      const server = await start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  baseURL: async ({ server }, use) => use(server.url),
  noise: [null, { option: true }],
  quiet: [
    async ({ page, server, noise }, use) => {
      const heard = listen(page, server.url);
      await use();
      expect(heard.filter((line) => !noise?.test(line)), "the console, failed loads and foreign requests").toEqual([]);
    },
    { auto: true },
  ],
}));

/**
 * @typedef {import("@playwright/test").PlaywrightTestArgs & import("@playwright/test").PlaywrightTestOptions} Given
 * @typedef {import("@playwright/test").PlaywrightWorkerArgs & import("@playwright/test").PlaywrightWorkerOptions} GivenOnce
 * @typedef {import("@playwright/test").Fixtures<{ noise: RegExp | null, quiet: void }, { server: import("./server.js").Server }, Given, GivenOnce>} OurFixtures
 */

/**
 * Collects what a page complains of, and requests that leave the origin.
 * @param {import("@playwright/test").Page} page
 * @param {string} origin
 * @returns {string[]} grows as the page goes on
 */
export function listen(page, origin) {
  /** @type {string[]} */
  const heard = [];
  page.on("pageerror", (error) => heard.push(`${page.url()}: ${error.stack ?? error}`));
  page.on("console", (message) => {
    // An error page is itself a failed load.
    const itself = message.location().url === page.url() && message.text().startsWith("Failed to load resource");
    if (["error", "warning"].includes(message.type()) && !itself) heard.push(`${page.url()}: ${message.type()}: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).origin !== origin) heard.push(`${page.url()} asks ${request.url()}`);
  });
  page.on("response", (response) => {
    if (response.status() >= 400 && !response.request().isNavigationRequest()) {
      heard.push(`${page.url()}: ${response.status()} ${response.url()}`);
    }
  });
  return heard;
}

/** Pages in groups of one language each, and side by side. */
export const GROUPS = /** @type {const} */ (["zh", "en", "zh-en"]);

/**
 * Every case and one of every other kind of page, as paths. What is alike a hundred times over (signals) stands for itself.
 * @param {import("@playwright/test").APIRequestContext} request
 * @param {string} group  one of GROUPS
 * @returns {Promise<string[]>}
 */
export async function addresses(request, group) {
  const lang = group === "en" ? "en" : "zh";
  const sitemap = await (await request.get("/sitemap.xml")).text();
  const all = [...sitemap.matchAll(/<loc>([^<]+)<\/loc>/g)].map(([, url = ""]) => new URL(url).pathname);
  const own = all.filter((path) => path.startsWith(`/${lang}/`));
  const cases = own.filter((path) => /\/cases\/[a-z0-9-]+$/.test(path));
  expect(cases.length, "cases in the sitemap").toBeGreaterThanOrEqual(19);
  if (group === "zh-en") return cases.map((path) => path.replace("/zh/", "/zh-en/"));
  const signals = own.filter((path) => path.includes("/signals/"));
  return [
    ...own.filter((path) => !path.includes("/signals/")),
    ...[0, signals.length >> 1, signals.length - 1].map((at) => signals[at] ?? ""),
    `/${lang}/signals/state.close-wait`,
    `/${lang}/search`,
    `/${lang}/search?q=CLOSE_WAIT+telnet`,
    `/${lang}/search?q=CLOSE_WAIT&layer=tcp&tool=ss`,
    `/${lang}/search?q=zzqqxx`,
    `/${lang}/cases?layer=tcp&tool=ss`,
    `/${lang}/cases?layer=dns&tool=arping`,
    `/${lang}/cases/${SLUG}/thanks`,
    `/${lang}/cases/${CALCULATOR}?keepalive_probes=0`,
    `/${lang}/cases/close-wait`,
  ];
}

/**
 * Opens a page and waits until JavaScript has done to it what it does.
 * @param {import("@playwright/test").Page} page
 * @param {string} path
 */
export async function visit(page, path) {
  await page.goto(path);
  await page.waitForFunction(() => !document.querySelector(":not(:defined)"));
}

/**
 * Where the keyboard is: a short name, and whether one can see it there.
 * @param {import("@playwright/test").Page} page
 */
export function focus(page) {
  return page.evaluate(() => {
    const at = document.activeElement;
    if (!at || at === document.body) return { name: "", inView: false, ring: false };
    // A radio button hidden in its label, and a field in its box, are marked around them.
    const marked = [at, at.parentElement, at.closest("form.ask, form.slash")];
    const ring = marked.some((it) => {
      if (!it) return false;
      const style = getComputedStyle(it);
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
    });
    const { top, bottom, left, right, width, height } = at.getBoundingClientRect();
    const seen = width > 0 && height > 0 && bottom > 0 && top < innerHeight && right > 0 && left < innerWidth;
    const name = (at.getAttribute("aria-label") ?? at.textContent ?? "").trim().slice(0, 40);
    return { name: `${at.localName}${at.classList.length ? `.${[...at.classList].join(".")}` : ""} ${name}`, inView: seen, ring };
  });
}
