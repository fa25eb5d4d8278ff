// With the keyboard alone: everything can be reached, and one always sees where one is.

import { CALCULATOR, SLUG, expect, focus, languages, test } from "./lib.js";

for (const t of languages) {
  test.describe(`${t.lang}: keyboard`, () => {
    test("the first stop skips the header", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.keyboard.press("Tab");
      const skip = page.getByRole("link", { name: t.skip });
      await expect(skip).toBeFocused();
      await expect(skip).toBeInViewport({ ratio: 1 });
      await page.keyboard.press("Enter");
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => document.querySelector("main")?.contains(document.activeElement));
      expect(inside, "the next stop is in the text").toBe(true);
    });

    test("Tab reaches search, language, theme, contents, evidence and terms in the order of the page", async ({ page }) => {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const stops = await walk(page, 400);
      const marks = [
        "a.skip", "a.logo", "input", `a.opt ${t.otherName}`, `button.icon ${t.themeSystem}`, "a.sig", "a ",
        `button.btn.sm.bare ${t.copyCommand}`, "code.term", "button.gl", "input ", "a.q",
      ];
      const found = marks.map((mark) => stops.findIndex((stop) => stop.name.startsWith(mark)));
      expect(marks.filter((_, at) => found[at] === -1), "never reached").toEqual([]);
      const header = found.slice(0, 6);
      expect(header).toEqual([...header].sort((a, b) => a - b));
      expect(stops.at(-1)?.name, "the footer ends the walk").toMatch(/^a\.q /);
      expect(stops.filter((stop) => !stop.ring).map((stop) => stop.name), "no focus ring").toEqual([]);
      expect(stops.filter((stop) => !stop.inView).map((stop) => stop.name), "out of sight").toEqual([]);
    });

    test("was this it? is answered without a mouse", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.getByRole("radio", { name: t.yes, exact: true }).focus();
      await page.keyboard.press("ArrowRight");
      await expect(page.getByRole("radio", { name: t.no, exact: true })).toBeChecked();
      await page.keyboard.press("Tab");
      await page.keyboard.type("lsof");
      await expect(page.getByRole("textbox", { name: t.line })).toHaveValue("lsof");
      await page.keyboard.press("Tab");
      await expect(page.getByRole("button", { name: t.send })).toBeFocused();
      expect(await focus(page)).toMatchObject({ inView: true, ring: true });
    });

    for (const [name, path] of [["home", ""], ["search", "search?q=CLOSE_WAIT"], ["all cases", "cases"], ["about", "about"], ["the calculator", `cases/${CALCULATOR}`]]) {
      test(`every stop can be seen: ${name}`, async ({ page }) => {
        await page.goto(`/${t.lang}/${path}`);
        const stops = await walk(page, 400);
        expect(stops.length).toBeGreaterThan(12);
        expect(stops.filter((stop) => !stop.ring || !stop.inView)).toEqual([]);
      });
    }

    test("on a phone every stop can be seen as well", async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const stops = await walk(page, 400);
      expect(stops.length).toBeGreaterThan(40);
      expect(stops.filter((stop) => !stop.ring || !stop.inView)).toEqual([]);
    });

    test("the slash goes to the search box, but not out of a field", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const box = page.getByRole("searchbox", { name: t.search });
      await ready(page);
      await page.keyboard.press("/");
      await expect(box).toBeFocused();
      await page.keyboard.type("a/b");
      await expect(box).toHaveValue("a/b");
      const line = page.getByRole("textbox", { name: t.line });
      await page.getByRole("radio", { name: t.yes, exact: true }).check();
      await line.focus();
      await page.keyboard.type("1/2");
      await expect(line).toHaveValue("1/2");
      await expect(line).toBeFocused();
      await page.getByRole("heading", { level: 1 }).click();
      await page.keyboard.press("Control+/");
      await expect(box, "a shortcut of the browser’s").not.toBeFocused();

      await page.goto(`/${t.lang}/`);
      await ready(page);
      await page.keyboard.press("/");
      await expect(page.getByRole("textbox", { name: t.symptom })).toBeFocused();
    });

    test("the slash can be turned off, and stays off", async ({ page }) => {
      await page.goto(`/${t.lang}/about`);
      const off = page.locator("keys-switch").getByRole("checkbox");
      await expect(off).toBeEnabled();
      await off.uncheck();
      await page.goto(`/${t.lang}/`);
      await ready(page);
      await page.keyboard.press("/");
      await expect(page.getByRole("textbox", { name: t.symptom })).not.toBeFocused();
      await page.goto(`/${t.lang}/about`);
      await expect(off).not.toBeChecked();
    });

    test("a case is found from the header of any page", async ({ page }) => {
      await page.goto(`/${t.lang}/legend`);
      await ready(page);
      await page.keyboard.press("/");
      await page.keyboard.type(t.query);
      await page.keyboard.press("Enter");
      await expect(page.locator("ol.res a").first()).toHaveAttribute("href", `/${t.lang}/cases/${SLUG}`);
    });

    test("evidence that is wider than its box scrolls with the arrow keys", async ({ page }) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const wide = page.locator("#ev-tcpdump .term");
      await wide.focus();
      await page.keyboard.press("ArrowRight");
      await expect.poll(() => wide.evaluate((it) => it.scrollLeft)).toBeGreaterThan(0);
    });
  });
}

/**
 * Presses Tab through the whole page and notes each stop.
 * @param {import("@playwright/test").Page} page
 * @param {number} most  stops, so that a trap ends the test
 */
async function walk(page, most) {
  /** @type {Awaited<ReturnType<typeof focus>>[]} */
  const stops = [];
  for (;;) {
    await page.keyboard.press("Tab");
    const stop = await focus(page);
    if (!stop.name) return stops;
    stops.push(stop);
    expect(stops.length, `the keyboard is caught at ${stop.name}`).toBeLessThan(most);
  }
}

/**
 * The slash is listened for once the page is idle.
 * @param {import("@playwright/test").Page} page
 */
async function ready(page) {
  await page.waitForFunction(() => performance.getEntriesByType("resource").some((it) => it.name.endsWith("/slash.js") && "responseEnd" in it && it.responseEnd));
  await page.waitForTimeout(50); // fetched; now it runs
}
