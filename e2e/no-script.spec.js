// Without JavaScript: every page reads, and every form works.

import { CALCULATOR, SLUG, expect, languages, test } from "./lib.js";

test.use({ javaScriptEnabled: false });

for (const t of languages) {
  test.describe(`${t.lang}: no JavaScript`, () => {
    for (const path of ["", "cases", `cases/${SLUG}`, "signals", "signals/state.close-wait", "legend", "about", "search", "search?q=CLOSE_WAIT", "nothing"]) {
      test(`/${path} is complete`, async ({ page }) => {
        await page.goto(`/${t.lang}/${path}`);
        await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
        await expect(page.getByRole("heading", { level: 1 })).not.toBeEmpty();
        await expect(page.getByRole("main")).toContainText(t.lang === "zh" ? /\p{Script=Han}{4}/u : /[a-z]{3} [a-z]{2}/);
        await expect(page.locator("html")).toHaveAttribute("lang", t.tag);
        await expect(page.locator("copy-button button").filter({ visible: true }), "a button that does nothing").toHaveCount(0);
      });
    }

    test("a case shows its evidence, its notes, its diagrams and each tab in turn", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await expect(page.locator("#ev-netstat .ln.hit .note").first()).toBeVisible();
      await expect(page.locator("article .fig svg").filter({ visible: true }).first()).toBeVisible();
      const tabs = page.locator(".tabs-box").filter({ has: page.getByRole("radio", { name: t.goFix }) });
      await expect(tabs.locator(".panel").nth(0)).toBeVisible();
      await tabs.getByRole("radio", { name: t.nginxFix }).check();
      await expect(tabs.locator(".panel").nth(0)).toBeHidden();
      await expect(tabs.locator(".panel").nth(2)).toContainText("max_conns");
    });

    test("a term is explained all the same", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      const term = page.locator("article .gl").first();
      await term.click();
      await expect(page.locator(`#${await term.getAttribute("popovertarget")}`)).toBeVisible();
    });

    test("the form on the home page finds the case", async ({ page }) => {
      await page.goto(`/${t.lang}/`);
      await page.getByRole("textbox", { name: t.symptom }).fill(t.query);
      await page.getByRole("button", { name: t.find }).click();
      await expect(page).toHaveURL((url) => url.pathname === `/${t.lang}/search` && url.searchParams.get("q") === t.query);
      await expect(page.getByRole("textbox", { name: t.symptom })).toHaveValue(t.query);
      await page.locator("ol.res a").first().click();
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}`);
    });

    test("facets are links, in all cases and in a search", async ({ page }) => {
      for (const path of ["cases", "search?q=CLOSE_WAIT"]) {
        await page.goto(`/${t.lang}/${path}`);
        const rows = page.locator("table.plist tbody tr, ol.res > li");
        const all = await rows.count();
        for (const [facet, option] of [[t.layer, "L7 HTTP"], [t.tool, "ss"]]) {
          await page.getByRole("group", { name: facet ?? "", exact: true }).getByRole("link", { name: new RegExp(`^${option}\\s*\\d`) }).click();
        }
        const chosen = page.locator(".facet [aria-current=true]");
        await expect(chosen).toHaveCount(2);
        await expect(rows).toHaveCount(Number(await chosen.last().locator(".n").textContent()));
        expect(await rows.count()).toBeLessThan(all);
        await page.getByRole("link", { name: t.clear }).click();
        await expect(rows).toHaveCount(all);
      }
    });

    test("an answer lands on a page that says thanks and leads back", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.getByRole("radio", { name: t.yes, exact: true }).check();
      await page.getByRole("textbox", { name: t.line }).fill("1,024 → 8,192");
      await page.getByRole("button", { name: t.send }).click();
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}/thanks`);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(t.thanks);
      await page.getByRole("main").getByRole("link").first().click();
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}`);
    });

    test("the calculator answers by a form, and says which number is wrong", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${CALCULATOR}`);
      const after = page.locator("output[data-field='idle.after_ms']");
      await expect(after).toHaveText("7875 s");
      await page.getByRole("spinbutton", { name: t.idle }).fill("15");
      await page.getByRole("button", { name: t.compute }).click();
      await expect(page).toHaveURL(/keepalive_time=15&.*#dead-peer$/);
      await expect(after).toHaveText("690 s");
      await expect(page.getByRole("spinbutton", { name: t.idle })).toHaveValue("15");
      await expect(after).toBeInViewport();

      await page.goto(`/${t.lang}/cases/${CALCULATOR}?keepalive_time=40000`);
      await expect(page.locator("dead-peer").getByRole("alert")).toContainText(t.outOfRange);
      await expect(page.getByRole("spinbutton", { name: t.idle })).toHaveAttribute("aria-invalid", "true");
    });
  });
}
