// Reading a case: in either language without losing the place, copying from it, looking terms up, in any light, on paper.

import { readFile } from "node:fs/promises";
import { SLUG, expect, languages, test } from "./lib.js";

for (const t of languages) {
  test.describe(`${t.lang}: reading`, () => {
    test("the language switch keeps the section being read", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.locator("#fix").evaluate((heading) => heading.scrollIntoView());
      await page.waitForTimeout(900); // it is being read; the switch then scrolls into view, as a reader would go up to it
      await page.getByRole("group", { name: t.language }).getByRole("link", { name: t.otherName }).click();
      await expect(page).toHaveURL(`/${t.other}/cases/${SLUG}#fix`);
      await expect(page.locator("#fix")).toBeInViewport();
    });

    test("the page starts at its head when the switch is pressed there", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.getByRole("group", { name: t.language }).getByRole("link", { name: t.otherName }).click();
      await expect(page).toHaveURL(`/${t.other}/cases/${SLUG}`);
    });

    test("side by side shows both languages in order, and the way back keeps the place", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.getByRole("group", { name: t.language }).getByRole("link", { name: t.both }).click();
      await expect(page).toHaveURL(`/zh-en/cases/${SLUG}`);
      const pair = page.locator("article .pair").nth(1);
      const [left, right] = [pair.locator("> :not([lang=en])"), pair.locator("> [lang=en]")];
      await expect(left).toContainText(/\p{Script=Han}/u);
      await expect(right).not.toContainText(/\p{Script=Han}/u);
      const boxes = [await left.boundingBox(), await right.boundingBox()];
      expect(boxes[0]?.y).toBe(boxes[1]?.y);
      expect(boxes[0]?.x ?? 0).toBeLessThan(boxes[1]?.x ?? 0);

      await page.locator("#verify").evaluate((heading) => heading.scrollIntoView());
      await page.waitForTimeout(900);
      const switcher = page.getByRole("banner").getByRole("group");
      await switcher.getByRole("link", { name: t.lang === "zh" ? "中文" : "EN" }).click();
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}#verify`);
    });

    test("the switch is remembered at the front door", async ({ page }) => {
      await page.goto(`/${t.other}/about`);
      await page.getByRole("banner").getByRole("group").locator(`a[lang="${t.tag}"]`).click();
      await expect(page).toHaveURL(`/${t.lang}/about`);
      await page.goto("/");
      await expect(page).toHaveURL(`/${t.lang}/`);
    });

    test("without JavaScript the footer remembers the language", async ({ browser, server }) => {
      const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url, locale: t.other });
      const page = await context.newPage();
      await page.goto("/");
      await expect(page, "Accept-Language decides").toHaveURL(`/${t.other}/`);
      await page.goto(`/${t.lang}/about`);
      await page.getByRole("contentinfo").getByRole("link", { name: t.openByDefault }).click();
      await expect(page).toHaveURL(`/${t.lang}/`);
      await page.goto("/");
      await expect(page, "the choice decides").toHaveURL(`/${t.lang}/`);
      await context.close();
    });

    test("the contents mark the section being read", async ({ page }) => {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const contents = page.getByRole("navigation", { name: t.contents });
      await contents.locator('a[href="#cause"]').click();
      await expect(page.locator("#cause")).toBeInViewport();
      await expect(contents.locator("[aria-current=true]")).toHaveAttribute("href", "#cause");
    });

    test("a command and an output are copied as they were, without notes and numbers", async ({ page, context }) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const box = page.locator("#ev-netstat");
      await box.getByRole("button", { name: t.copyCommand }).click();
      await expect(box.getByRole("button", { name: t.copyCommand })).toContainText(t.copied);
      await expect(box.getByRole("status")).toHaveText(t.copied);
      expect(await clipboard(page)).toBe(await box.locator(".cmd").textContent());

      const log = page.locator("#ev-stale");
      await expect(log.locator(".note").first(), "there is a note to leave out").toBeVisible();
      await log.getByRole("button", { name: t.copyOutput }).click();
      await expect(log.getByRole("status")).toHaveText(t.copied);
      const recorded = new URL(`../content/cases/${SLUG}/evidence/stale.txt`, import.meta.url);
      expect(await clipboard(page)).toBe(await readFile(recorded, "utf8"));
    });

    test("of a diff the result is copied, of the tab in front", async ({ page, context }) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const tabs = page.locator(".tabs-box").filter({ has: page.getByRole("radio", { name: t.goFix }) });
      await tabs.getByRole("button", { name: t.copyOutput }).click();
      await expect(tabs.getByRole("status")).toHaveText(t.copied);
      const go = await clipboard(page);
      expect(go).toContain('l, err := net.Listen("tcp", ":8080")\nl = netutil.LimitListener(l, 8192)');
      expect(go).not.toContain("1024");
      expect(go).not.toMatch(/^[+-]/m);
      expect(go, "only the tab in front").not.toContain("upstream");
    });

    test("arrow keys turn the tabs of a fix", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const tabs = page.locator(".tabs-box").filter({ has: page.getByRole("radio", { name: t.goFix }) });
      const panels = tabs.locator(".panel");
      await expect(panels.nth(0)).toBeVisible();
      await expect(panels.nth(1)).toBeHidden();
      await tabs.getByRole("radio", { name: t.goFix }).focus();
      await page.keyboard.press("ArrowRight");
      await page.keyboard.press("ArrowRight");
      await expect(tabs.getByRole("radio", { name: t.nginxFix })).toBeChecked();
      await expect(panels.nth(2)).toBeVisible();
      await expect(panels.nth(0)).toBeHidden();
      await page.keyboard.press("Tab");
      await page.keyboard.press("Tab");
      await expect(panels.nth(2).locator(".term"), "then the panel's own box").toBeFocused();
    });

    test("a term is explained on Enter, beside it, and Escape goes back to it", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const term = page.locator("article .gl").first();
      const explained = page.locator(`#${await term.getAttribute("popovertarget")}`);
      await expect(explained).toBeHidden();
      await term.focus();
      await page.keyboard.press("Enter");
      await expect(explained).toBeVisible();
      await expect(explained.locator("p")).not.toBeEmpty();
      const [word, box] = [await term.boundingBox(), await explained.boundingBox()];
      expect(word && box && Math.abs(box.y - (word.y + word.height)), "next to the word").toBeLessThan(24);
      await page.keyboard.press("Escape");
      await expect(explained).toBeHidden();
      await expect(term).toBeFocused();
    });

    test("the theme goes round, and a reload keeps it from the first paint on", async ({ page }) => {
      await page.addInitScript(noteThemeOfFirstBody);
      await page.goto(`/${t.lang}/`);
      const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const toggle = page.locator("theme-toggle button");
      const light = await ground();
      await expect(toggle).toHaveAccessibleName(t.themeSystem);
      await toggle.click();
      await expect(toggle).toHaveAccessibleName(t.themeDark);
      const dark = await ground();
      expect(dark).not.toBe(light);

      await page.reload();
      expect(await page.evaluate(() => Reflect.get(window, "firstTheme"))).toBe("dark");
      expect(await ground()).toBe(dark);
      await expect(toggle).toHaveAccessibleName(t.themeDark);

      await toggle.click();
      await expect(toggle).toHaveAccessibleName(t.themeLight);
      expect(await ground()).toBe(light);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await ground(), "chosen light stays light on a dark system").toBe(light);
      await toggle.click();
      await expect(toggle).toHaveAccessibleName(t.themeDark);
      await page.emulateMedia({ colorScheme: "light" });
      await toggle.click();
      await expect(toggle).toHaveAccessibleName(t.themeLight);
      await toggle.click();
      await expect(toggle).toHaveAccessibleName(t.themeSystem);
      await page.emulateMedia({ colorScheme: "dark" });
      expect(await ground(), "the system decides again").toBe(dark);
    });

    test("paper gets the case in full, black on white, and nothing to click", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.evaluate(() => (document.documentElement.dataset.theme = "dark"));
      await page.emulateMedia({ media: "print" });
      for (const gone of [page.getByRole("banner"), page.getByRole("contentinfo"), page.getByRole("navigation"), page.locator("feedback-form fieldset")]) {
        await expect(gone.filter({ visible: true })).toHaveCount(0);
      }
      await expect(page.locator("button").filter({ visible: true }).and(page.locator(":not(.gl)"))).toHaveCount(0);
      const panels = page.locator(".panel");
      expect(await panels.count()).toBeGreaterThan(3);
      await expect(panels.filter({ visible: true })).toHaveCount(await panels.count());
      await expect(page.locator(".tabs-box .ptitle").filter({ visible: true }).first()).toHaveText(t.goFix);
      await expect(page.locator("svg.wid").first()).toBeVisible();
      await expect(page.locator("svg.nar").first()).toBeHidden();
      await page.setViewportSize({ width: 680, height: 960 }); // A4 within its margins
      const cut = await page.locator(".term").evaluateAll((terms) => terms.filter((it) => it.scrollWidth > it.clientWidth + 1).length);
      expect(cut, "output cut off at the edge of the paper").toBe(0);
      const ink = await page.evaluate(() => {
        const { color, backgroundColor } = getComputedStyle(document.body);
        return { color, backgroundColor };
      });
      expect(ink).toEqual({ color: "rgb(0, 0, 0)", backgroundColor: "rgb(255, 255, 255)" });

      const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true });
      const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
      expect(sheets).toBeGreaterThan(3);
      expect(sheets).toBeLessThan(30);
    });
  });
}

for (const [asked, lang] of [
  ["zh-CN,zh;q=0.9,en;q=0.8", "zh"],
  ["en-GB,en;q=0.9,zh;q=0.8", "en"],
  ["en;q=0.3, zh-TW;q=0.7", "zh"],
  ["fr", "en"],
]) {
  test(`the front door answers “${asked}” in ${lang}`, async ({ request }) => {
    const answer = await request.get("/", { headers: { "accept-language": asked ?? "" }, maxRedirects: 0 });
    expect(answer.status()).toBe(302);
    expect(answer.headers().location).toBe(`/${lang}/`);
  });
}

/** Runs before the page: what the theme was when there was first something to paint. */
function noteThemeOfFirstBody() {
  new MutationObserver((_, observer) => {
    if (!document.body) return;
    Reflect.set(window, "firstTheme", document.documentElement.dataset.theme ?? "none");
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });
}

/** @param {import("@playwright/test").Page} page */
function clipboard(page) {
  return page.evaluate(() => navigator.clipboard.readText());
}
