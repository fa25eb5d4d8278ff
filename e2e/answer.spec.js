// What the site answers: to "was this it?", to numbers in the calculator, to addresses that do not exist.

import { CALCULATOR, SLUG, expect, languages, test } from "./lib.js";

for (const t of languages) {
  test.describe(`${t.lang}: was this it?`, () => {
    test("the answer is taken and thanked for in place", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await page.getByRole("radio", { name: t.no, exact: true }).check();
      await page.getByRole("textbox", { name: t.line }).fill("pid");
      const sent = page.waitForResponse(/\/feedback$/);
      await page.getByRole("button", { name: t.send }).click();
      expect((await sent).status()).toBe(201);
      await expect(page.locator("feedback-form").getByRole("status")).toHaveText(t.thanks);
      await expect(page).toHaveURL(`/${t.lang}/cases/${SLUG}`);
      await expect(page.getByRole("radio", { name: t.yes, exact: true }), "once is enough").toBeDisabled();
    });

    test("there is nothing to send before an answer", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${SLUG}`);
      await expect(page.getByRole("radio", { name: t.yes, exact: true })).toBeVisible();
      await expect(page.getByRole("button", { name: t.send })).toBeHidden();
      await page.getByRole("radio", { name: t.no, exact: true }).check();
      await expect(page.getByRole("button", { name: t.send })).toBeVisible();
    });

    test.describe("when the server cannot take it", () => {
      test.use({ noise: /Failed to load resource|429/ });

      test("the text stays, and a second try goes through", async ({ page }) => {
        await page.goto(`/${t.lang}/cases/${SLUG}`);
        await page.getByRole("radio", { name: t.yes, exact: true }).check();
        const line = page.getByRole("textbox", { name: t.line });
        await line.fill("ss -ltn 513");
        await page.route("**/feedback", (route) => route.abort());
        await page.getByRole("button", { name: t.send }).click();
        const status = page.locator("feedback-form").getByRole("status");
        await expect(status).toHaveText(t.failed);
        await expect(line).toHaveValue("ss -ltn 513");
        await expect(page.getByRole("radio", { name: t.yes, exact: true })).toBeChecked();
        await page.unroute("**/feedback");
        await page.getByRole("button", { name: t.send }).click();
        await expect(status).toHaveText(t.thanks);
      });

      test("its reason is shown", async ({ page }) => {
        await page.goto(`/${t.lang}/cases/${SLUG}`);
        await page.route("**/feedback", (route) => route.fulfill({
          status: 429, contentType: "application/problem+json", body: JSON.stringify({ title: "slow", detail: "60 s" }),
        }));
        await page.getByRole("radio", { name: t.yes, exact: true }).check();
        const line = page.getByRole("textbox", { name: t.line });
        await line.fill("kept");
        await page.getByRole("button", { name: t.send }).click();
        await expect(page.locator("feedback-form").getByRole("status")).toHaveText("60 s");
        await expect(line).toHaveValue("kept");
      });
    });
  });

  test.describe(`${t.lang}: dead peer`, () => {
    test("a changed number changes the table, to what the server would say", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${CALCULATOR}`);
      const tool = page.locator("dead-peer");
      await tool.scrollIntoViewIfNeeded();
      await expect(tool, "the engine runs").toHaveAttribute("data-live", "");
      const before = await outputs(page);
      for (const numbers of [
        { keepalive_time: 15, keepalive_interval: 15, keepalive_probes: 9, rto: 204, retries2: 15, user_timeout: 0 },
        { keepalive_time: 600, keepalive_interval: 7, keepalive_probes: 3, rto: 317, retries2: 8, user_timeout: 0 },
        { keepalive_time: 30, keepalive_interval: 10, keepalive_probes: 5, rto: 200, retries2: 3, user_timeout: 12_345 },
      ]) {
        for (const [name, value] of Object.entries(numbers)) await tool.locator(`[name=${name}]`).fill(String(value));
        const query = String(new URLSearchParams(Object.entries(numbers).map(([name, value]) => [name, String(value)])));
        const said = await serverOutputs(page, `/${t.lang}/cases/${CALCULATOR}?${query}`);
        expect(said.length).toBe(before.length);
        expect(said).not.toEqual(before);
        await expect.poll(() => outputs(page)).toEqual(said);
      }
      await expect(page, "and asks nobody").toHaveURL(`/${t.lang}/cases/${CALCULATOR}`);
    });

    test("a number out of range is said at its field, and the last answer stays", async ({ page }) => {
      await page.goto(`/${t.lang}/cases/${CALCULATOR}`);
      const tool = page.locator("dead-peer");
      await tool.scrollIntoViewIfNeeded();
      await expect(tool).toHaveAttribute("data-live", "");
      const before = await outputs(page);
      const field = page.getByRole("spinbutton", { name: t.idle });
      await field.fill("40000");
      await expect(tool.getByRole("alert")).toContainText(t.outOfRange);
      await expect(tool.getByRole("alert")).toContainText("32767");
      await expect(field).toHaveAttribute("aria-invalid", "true");
      expect(await outputs(page)).toEqual(before);
      await field.fill("60");
      await expect(tool.getByRole("alert")).toBeHidden();
      await expect(field).toHaveAttribute("aria-invalid", "false");
      expect(await outputs(page)).not.toEqual(before);
    });

    test.describe("without WebAssembly", () => {
      test.use({ noise: /Failed to load resource|wasm/i });

      test("the form asks the server", async ({ page }) => {
        await page.route("**/*.wasm", (route) => route.abort());
        await page.goto(`/${t.lang}/cases/${CALCULATOR}`);
        await page.getByRole("spinbutton", { name: t.idle }).fill("15");
        await page.getByRole("button", { name: t.compute }).click();
        await expect(page).toHaveURL(/keepalive_time=15&/);
        await expect(page.locator("output[data-field='idle.after_ms']")).toHaveText("690 s");
      });
    });
  });

  test.describe(`${t.lang}: wrong addresses`, () => {
    test("a misspelt case offers the one that was meant", async ({ page }) => {
      const answer = await page.goto(`/${t.lang}/cases/fin-wait2-floood`);
      expect(answer?.status()).toBe(404);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(t.missing);
      await page.getByRole("main").getByRole("listitem").getByRole("link").first().click();
      await expect(page).toHaveURL(`/${t.lang}/cases/fin-wait2-flood`);
    });

    test("a page that never was is missed in the reader’s language, with a way on", async ({ page }) => {
      const answer = await page.goto(`/${t.lang}/nothing`);
      expect(answer?.status()).toBe(404);
      await expect(page.locator("html")).toHaveAttribute("lang", t.tag);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText(t.missing);
      await page.getByRole("main").getByRole("searchbox").fill("FIN_WAIT2");
      await page.getByRole("main").getByRole("button", { name: t.search }).click();
      await expect(page.locator("ol.res a").first()).toHaveAttribute("href", `/${t.lang}/cases/fin-wait2-flood`);
    });
  });
}

test("programs get a problem document", async ({ request }) => {
  const answer = await request.get("/api/v1/nothing");
  expect(answer.status()).toBe(404);
  expect(answer.headers()["content-type"]).toBe("application/problem+json");
  expect(await answer.json()).toMatchObject({ status: 404, title: expect.stringMatching(/./) });
});

/**
 * What the calculator says, in the page.
 * @param {import("@playwright/test").Page} page
 */
function outputs(page) {
  return page.locator("dead-peer output").allTextContents();
}

/**
 * What the calculator says, as the server sends it.
 * @param {import("@playwright/test").Page} page
 * @param {string} path
 */
async function serverOutputs(page, path) {
  const html = await (await page.request.get(path)).text();
  return page.evaluate((text) => {
    const sent = new DOMParser().parseFromString(text, "text/html");
    return [...sent.querySelectorAll("dead-peer output")].map((it) => it.textContent ?? "");
  }, html);
}
