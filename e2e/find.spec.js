// Finding a case: by symptom on the home page, on the results page, by facets.

import { CALCULATOR, SLUG, expect, languages, test } from "./lib.js";

for (const t of languages) {
  test.describe(`${t.lang}: finding`, () => {
    test("a symptom leads to its case with the keyboard alone", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      await page.getByRole("textbox", { name: t.symptom }).pressSequentially(t.query);
      const hits = page.getByRole("list", { name: t.hits }).getByRole("link");
      await expect(hits.first()).toHaveAttribute("href", `/${t.lang}/cases/${SLUG}`);
      await expect(hits.first().locator("b")).not.toBeEmpty();
      await page.keyboard.press("ArrowDown");
      await expect(hits.first()).toBeFocused();
      await page.keyboard.press("ArrowDown");
      await expect(hits.nth(1)).toBeFocused();
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("Enter");
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}`);
    });

    test("the arrow up leaves the hits for the box, Escape empties it", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      const box = page.getByRole("textbox", { name: t.symptom });
      const hits = page.getByRole("list", { name: t.hits }).getByRole("link");
      await box.fill("CLOSE_WAIT");
      await expect(hits.first()).toBeVisible();
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("ArrowUp");
      await expect(box).toBeFocused();
      await page.keyboard.press("Escape");
      await expect(box).toHaveValue("");
      await expect(hits).toHaveCount(0);
      await expect(page).toHaveURL(`/${t.lang}/`);
    });

    test("the address keeps the question, so a reload and the way back restore it", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      await page.getByRole("textbox", { name: t.symptom }).fill(t.query);
      await expect(page).toHaveURL((url) => url.searchParams.get("q") === t.query);
      const first = page.getByRole("list", { name: t.hits }).getByRole("link").first();
      await expect(first).toBeVisible();
      await page.reload();
      await expect(page.getByRole("textbox", { name: t.symptom })).toHaveValue(t.query);
      await first.click();
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}`);
      await page.goBack();
      await expect(page.getByRole("textbox", { name: t.symptom })).toHaveValue(t.query);
      await expect(first).toBeVisible();
    });

    test("the number of hits is said aloud", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      const box = page.getByRole("textbox", { name: t.symptom });
      const status = page.locator("case-search").getByRole("status");
      await box.fill("CLOSE_WAIT");
      await expect(status).toHaveText(/^\d+ /);
      const hits = await page.getByRole("list", { name: t.hits }).getByRole("link").count();
      await expect(status).toHaveText(new RegExp(`^${hits} `));
      await box.fill("zzqqxx");
      await expect(status).toHaveText(t.noHits);
    });

    test("Enter asks for the results page, Shift+Enter makes a line, and then Ctrl+Enter asks", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      const box = page.getByRole("textbox", { name: t.symptom });
      await box.fill("CLOSE_WAIT");
      await box.press("Shift+Enter");
      await box.pressSequentially("telnet");
      await box.press("Enter");
      await expect(box).toHaveValue("CLOSE_WAIT\ntelnet\n");
      await box.press("Control+Enter");
      await expect(page).toHaveURL((url) => url.pathname === `/${t.lang}/search`);
      await expect(page.getByRole("textbox", { name: t.symptom })).toHaveValue(/^CLOSE_WAIT\s+telnet/);
      await expect(page.getByRole("main").getByRole("status")).toContainText(/\d+/);
      await box.fill("ECONNRESET");
      await box.press("Enter");
      await expect(page, "Enter asks on the results page too").toHaveURL(/q=ECONNRESET/);
    });

    test("a pasted log of 60 KB is searched as well", async ({ page, context }) => {
      await context.grantPermissions(["clipboard-write"]);
      await page.goto(`/${t.lang}/`);
      const log = "CLOSE-WAIT 79 0 10.0.3.17:8080 10.0.3.9:42980 ino:0\n".repeat(1_200);
      await page.evaluate((text) => navigator.clipboard.writeText(text), log);
      await page.getByRole("textbox", { name: t.symptom }).press("Control+V");
      const first = page.getByRole("list", { name: t.hits }).getByRole("link").first();
      await expect(first).toHaveAttribute("href", /\/cases\/close-wait-/);
      await expect(page, "too long for an address").toHaveURL(`/${t.lang}/`);
      await page.getByRole("button", { name: t.find }).click();
      await expect(page).toHaveURL((url) => url.pathname === `/${t.lang}/search`);
      const best = page.locator("ol.res a").first();
      await expect(best).toHaveAttribute("href", /\/cases\/close-wait-/);
      const again = page.waitForResponse((answer) => answer.request().method() === "POST");
      await page.getByRole("button", { name: t.find }).click();
      expect((await again).ok(), "asked again from the results page").toBe(true);
      await expect(best).toHaveAttribute("href", /\/cases\/close-wait-/);
    });

    test("a facet narrows all cases, a second one narrows further, and clearing brings all back", async ({ page }) => {
      await page.goto(`/${t.lang}/cases`);
      const rows = page.locator("table.plist tbody tr");
      const all = await rows.count();
      await choose(page, t.layer, "L4 TCP", rows);
      await choose(page, t.runtime, "Go", rows);
      expect(await rows.count()).toBeLessThan(all);
      await expect(page).toHaveURL(`/${t.lang}/cases?layer=tcp&runtime=Go`);

      const linked = await rows.allTextContents();
      await page.goto(`/${t.lang}/cases?layer=tcp&runtime=Go`);
      expect(await rows.allTextContents(), "the link shows the same cases").toEqual(linked);
      await expect(page.locator(".facet [aria-current=true]")).toHaveCount(2);

      await page.getByRole("link", { name: t.clear }).first().click();
      await expect(page).toHaveURL(`/${t.lang}/cases`);
      await expect(rows).toHaveCount(all);
    });

    test("a facet chosen twice is not chosen", async ({ page }) => {
      await page.goto(`/${t.lang}/cases?tool=ss`);
      await facet(page, t.tool).getByRole("link", { name: /^ss/ }).click();
      await expect(page).toHaveURL(`/${t.lang}/cases`);
    });

    test("facets narrow the results of a search and keep the question", async ({ page }) => {
      await page.goto(`/${t.lang}/search?q=CLOSE_WAIT`);
      const results = page.locator("ol.res > li");
      const all = await results.count();
      await choose(page, t.layer, "L7 HTTP", results);
      await choose(page, t.tool, "ss", results);
      expect(await results.count()).toBeLessThan(all);
      await expect(page.getByRole("textbox", { name: t.symptom })).toHaveValue("CLOSE_WAIT");
      await page.getByRole("link", { name: t.clear }).click();
      await expect(results).toHaveCount(all);
      await expect(page.getByRole("textbox", { name: t.symptom })).toHaveValue("CLOSE_WAIT");
    });

    test("on a phone the facets fold away and open on request", async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`/${t.lang}/cases`);
      await expect(facet(page, t.layer)).toBeHidden();
      await page.locator("summary").filter({ hasText: t.filters }).click();
      await facet(page, t.layer).getByRole("link", { name: "DNS" }).click();
      await expect(page.locator("summary").filter({ hasText: t.filters })).toHaveText(`${t.filters} · 1`);
    });

    test("a signal leads to the cases that show it", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      await page.getByRole("banner").locator(`a[href="/${t.lang}/signals"]`).click();
      await page.getByRole("main").getByRole("link", { name: /CLOSE_WAIT/ }).first().click();
      await page.locator(`ul.rel a[href="/${t.lang}/cases/${SLUG}"]`).click();
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}`);
    });
  });
}

test("nothing is asked while an input method is composing, and once when it is done", async ({ page }) => {
  await page.goto("/zh/");
  /** @type {string[]} */
  const asked = [];
  page.on("request", (request) => {
    if (request.url().includes("/api/")) asked.push(new URL(request.url()).searchParams.get("q") ?? "");
  });
  const box = page.getByRole("textbox", { name: "症状" });
  await box.focus();
  const keyboard = await page.context().newCDPSession(page);
  for (const text of ["n", "ni", "nian", "nian b", "nian bao"]) {
    await keyboard.send("Input.imeSetComposition", { text, selectionStart: text.length, selectionEnd: text.length });
    await page.waitForTimeout(160); // longer than the pause after a key
  }
  await expect(box).toHaveValue("nian bao");
  expect(asked).toEqual([]);
  await keyboard.send("Input.insertText", { text: "粘包" });
  const hits = page.getByRole("list", { name: "即时结果" }).getByRole("link");
  await expect(hits.first()).toHaveAttribute("href", "/zh/cases/tcp-sticky-packets");
  expect(asked).toEqual(["粘包"]);
});

test("the answer to an older question never replaces a newer one", async ({ page }) => {
  await page.goto("/en/");
  const box = page.getByRole("textbox", { name: "Symptom" });
  const hits = page.getByRole("list", { name: "Instant results" }).getByRole("link");
  /** @type {() => void} */
  let release = () => {};
  const held = new Promise((resolve) => (release = () => resolve(undefined)));
  await page.route("**/api/v1/search?q=sticky*", async (route) => {
    await held;
    await route.continue().catch(() => {}); // given up by the page, as it should be
  });
  const asked = page.waitForRequest(/q=sticky/);
  await box.fill("sticky packets");
  await asked;
  await box.fill("tcp keepalive probes");
  await expect(hits.first()).toHaveAttribute("href", `/en/cases/${CALCULATOR}`);
  release();
  await page.waitForTimeout(300);
  await expect(hits.first()).toHaveAttribute("href", `/en/cases/${CALCULATOR}`);
  await expect(page).toHaveURL((url) => url.searchParams.get("q") === "tcp keepalive probes");
});

test.describe("a search that fails", () => {
  test.use({ noise: /Failed to load resource|503/ });

  test("leaves the box and its button at work", async ({ page }) => {
    await page.goto("/en/");
    await page.route("**/api/v1/search*", (route) => route.fulfill({ status: 503, body: "" }));
    const failed = page.waitForResponse(/api\/v1\/search/);
    await page.getByRole("textbox", { name: "Symptom" }).fill("CLOSE_WAIT");
    await failed;
    await page.getByRole("button", { name: "Find cases" }).click();
    await expect(page.locator("ol.res a").first()).toBeVisible();
  });
});

/**
 * @param {import("@playwright/test").Page} page
 * @param {string} name
 */
function facet(page, name) {
  return page.getByRole("group", { name, exact: true });
}

/**
 * Chooses an option; what it promised is what one gets.
 * @param {import("@playwright/test").Page} page
 * @param {string} name
 * @param {string} option
 * @param {import("@playwright/test").Locator} rows
 */
async function choose(page, name, option, rows) {
  const link = facet(page, name).locator("a", { hasText: new RegExp(`^${option}\\d+$`) });
  const promised = Number(await link.locator(".n").textContent());
  expect(promised).toBeGreaterThan(0);
  await link.click();
  await expect(link).toHaveAttribute("aria-current", "true");
  await expect(rows).toHaveCount(promised);
  await expect(page.getByRole("main").getByRole("status")).toContainText(String(promised));
}
