// The playgrounds of streams: framing and HTTP bodies. Each preset in both languages plays to its end and shows what it
// claims; links, the editor and the fields take nothing on trust; the keyboard does all; without JavaScript all is there.

import axe from "axe-core";
import { deflateRawSync } from "node:zlib";
import { expect, test, visit } from "./lib.js";

/** @typedef {{path: string, messages: number, says: RegExp, timer?: boolean}} Case */

/** What is seen at the end of each preset. @type {Case[]} */
const CASES = [
  { path: "framing", messages: 2, says: /只是一次写的一部分|only part of a write/ },
  { path: "framing/sticky-framed", messages: 3, says: /交出第 3 条|Message 3 is/ },
  { path: "framing/codec-split-header", messages: 3, says: /交出第 3 条|Message 3 is/ },
  { path: "framing/codec-loop-burst", messages: 3, says: /第 1 到 3 条|Messages 1 to 3/ },
  { path: "framing/codec-once-burst", messages: 1, says: /19 字节.*2 条完整|19 bytes.*2 whole/ },
  { path: "framing/codec-http-as-length", messages: 0, says: /1195725856/ },
  { path: "framing/udp-lines-cut", messages: 2, says: /第 3 次 recvfrom|recvfrom\(\) number 3/ },
  { path: "http-body", messages: 0, says: /0 字节，客户端要 5|0 of 5 bytes/, timer: true },
  { path: "http-body/http-204-by-status", messages: 1, says: /第 1 条规则|Rule 1 applies/ },
  { path: "http-body/http-204-eats-next", messages: 1, says: /1\.1 200 OK/ },
  { path: "http-body/http-head", messages: 2, says: /正文 2 字节|2 bytes of body/ },
];

/** A link as it was once published. */
const KEPT =
  "#1.HY1BDsIwDAT_smcfYoos1V9BHEpiIFJSVymcqvy9gT2NNCPtgejrM7-gB7Zs0XboDSGESVguMg1iYdxpdMkiFF-Wh4FQcs0f6DwT3suairUhi_uGTtjNEpQJy0g4_Eeo3ux31Nwr9Nr7CQ";

/** The element, alive. @param {import("@playwright/test").Page} page @param {string} path */
async function open(page, path) {
  await visit(page, path);
  const stage = page.locator("byte-stage");
  await stage.locator(".bench").scrollIntoViewIfNeeded();
  await expect(stage).toHaveAttribute("data-live", "");
  return stage;
}

/** @param {object} shared */
function link(shared) {
  return `#1.${deflateRawSync(Buffer.from(JSON.stringify(shared))).toString("base64url")}`;
}

for (const lang of ["zh", "en"]) {
  for (const { path, messages, says, timer } of CASES) {
    test(`${lang}: ${path} plays to its end and shows what it claims`, async ({ page }) => {
      const stage = await open(page, `/${lang}/playgrounds/${path}`);
      // The server's last step is what the engine of the page has, too.
      await expect(stage.locator(".now .say")).toHaveText(says);
      await stage.locator("[data-do=play]").focus();
      await page.keyboard.press("Home");
      await expect(stage.locator(".now .clock")).toHaveText(/^0 \//);
      for (let step = await stage.locator("details.rows tbody tr").count(); step > 1; step -= 1) await page.keyboard.press("ArrowRight");
      await expect(stage.locator(".now .say")).toHaveText(says);
      await expect(stage.locator(".messages li")).toHaveCount(messages);
      if (timer !== undefined) await expect(stage.locator(".timer .bytes-out")).toHaveText(/50 s/);
      for (const scheme of /** @type {const} */ (["light", "dark"])) {
        await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
        await page.evaluate(axe.source);
        const found = await page.evaluate(async () => {
          const { violations } = await Reflect.get(window, "axe").run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] });
          return violations.map((/** @type {any} */ one) => `${one.id}: ${one.nodes.map((/** @type {any} */ node) => node.html).join(" ").slice(0, 300)}`);
        });
        expect(found).toEqual([]);
      }
    });
  }
}

test("without JavaScript the lanes, the last step and the table are there", async ({ browser, server }) => {
  const context = await browser.newContext({ javaScriptEnabled: false, baseURL: server.url });
  const page = await context.newPage();
  for (const { path, messages, says } of CASES) {
    await page.goto(`/en/playgrounds/${path}`);
    await expect(page.locator("byte-stage .now .say")).toHaveText(says);
    await expect(page.locator("byte-stage .messages li")).toHaveCount(messages);
    await expect(page.locator("byte-stage svg.lanes.wid")).toBeVisible();
    expect(await page.locator("byte-stage details.rows tbody tr").count()).toBeGreaterThan(2);
  }
  await context.close();
});

test("the keyboard alone predicts, plays, cuts and changes", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  const stage = await open(page, "/en/playgrounds/framing/sticky-framed");
  await stage.locator(".pick").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(stage.locator("details.answer")).toHaveAttribute("open", "");
  const cut = stage.locator(".cuts input").first();
  await cut.focus();
  await page.keyboard.press("ArrowLeft");
  await expect(stage.locator(".cuts span").first()).toHaveText("Cut after byte 30");
  await expect(stage.locator(".messages li")).toHaveCount(3);
  await stage.locator("[data-do=cut-add]").focus();
  await page.keyboard.press("Enter");
  await expect(stage.locator(".cuts input")).toHaveCount(2);
  await stage.locator("[data-set=lying]").focus();
  await page.keyboard.press("Space");
  await expect(stage.locator(".messages li")).not.toHaveCount(3);
  await stage.locator("[data-do=undo]").focus();
  await page.keyboard.press("Enter");
  await expect(stage.locator(".messages li")).toHaveCount(3);
});

test("cuts can be dragged in the drawing", async ({ page }) => {
  const stage = await open(page, "/en/playgrounds/framing/sticky-framed");
  const grip = await stage.locator(".grab").first().boundingBox();
  if (!grip) throw new Error("no grip");
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(grip.x + grip.width / 2 - 60, grip.y + grip.height / 2, { steps: 4 });
  await page.mouse.up();
  await expect(stage.locator(".cuts span").first()).not.toHaveText("Cut after byte 31");
  await expect(stage.locator(".messages li")).toHaveCount(3);
});

test("fields say what is wrong with them and change nothing", async ({ page }) => {
  const stage = await open(page, "/en/playgrounds/framing/codec-loop-burst");
  const messages = stage.locator("[data-set=messages]");
  await messages.fill("bad \\q");
  await expect(messages).toHaveAttribute("aria-invalid", "true");
  await expect(stage.locator(".ctl .err")).toHaveText(/\\q/);
  await expect(stage.locator(".messages li")).toHaveCount(3);
  await messages.fill("<img src=x onerror=alert(1)>\nbe");
  await expect(stage.locator(".messages code").first()).toHaveText("<img src=x onerror=alert(1)>");
  await expect(stage.locator("img")).toHaveCount(0);
  await stage.locator("[data-set=limit]").fill("1e9");
  await expect(stage.locator("[data-set=limit]")).toHaveAttribute("aria-invalid", "true");
});

test("an HTTP response is made of its fields", async ({ page }) => {
  const stage = await open(page, "/en/playgrounds/http-body");
  await expect(stage.locator("[data-set=status]")).toHaveValue("204");
  await stage.locator("[data-set=client] [value=right]").click();
  await expect(stage.locator(".messages li")).toHaveCount(1);
  await expect(stage.locator(".rules63 .on")).toContainText("204");
  await stage.locator("[data-set=status]").selectOption("200");
  await expect(stage.locator(".messages li")).toHaveCount(0);
  await stage.locator("[data-set=body]").fill("hello");
  await expect(stage.locator(".messages code")).toHaveText("hello");
  await stage.locator("[data-set=length]").fill("");
  await stage.locator("[data-set=chunked]").check();
  await expect(stage.locator(".rules63 .on")).toContainText("Transfer-Encoding");
  await expect(stage.locator(".messages code")).toHaveText("hello");
});

test("links of version 1 open what they were made of", async ({ page }) => {
  // Published once, readable for ever: {"config":{"pieces":["0003616263000161"],"codec":"u16be","limit":99,"handler":"loop"},"seed":1,"at":1000000,"more":{"room":4}}
  const stage = await open(page, `/en/playgrounds/framing${KEPT}`);
  await expect(stage.locator(".now .clock")).toHaveText("1 / 2");
  await expect(stage.locator("[data-set=codec]")).toHaveValue("u16be");
  await expect(stage.locator("[data-set=messages]")).toHaveValue("abc\na");
  await expect(stage.locator("[data-set=room]")).toHaveValue("4");
});

test("what a link or the editor holds is never markup", async ({ page }) => {
  const evil = "<img src=x onerror=alert(1)>";
  const config = { pieces: [Buffer.from(evil).toString("hex")], codec: evil, limit: 9, handler: evil };
  const stage = await open(page, `/en/playgrounds/framing${link({ config, seed: 1, at: 0, more: { room: evil } })}`);
  await expect(stage.locator(".ctl .err")).toHaveText(/(codec|handler): /);
  await expect(stage.locator(".messages li")).toHaveCount(2);
  const good = { pieces: [Buffer.from(`${evil}\n`).toString("hex")], codec: "line", limit: 99, handler: "loop" };
  await page.goto("about:blank");
  await open(page, `/en/playgrounds/framing${link({ config: good, seed: 1, at: 9e9 })}`);
  await expect(stage.locator(".messages code")).toHaveText(evil);
  await stage.locator("summary", { hasText: "Scenario" }).click();
  const field = stage.locator("form.edit textarea");
  for (const text of ["{", "[]", "null", '{"pieces":[5]}', '{"pieces":["zz"],"codec":"u8","limit":9}', `{"pieces":["${"00".repeat(3000)}"],"codec":"none","limit":9,"handler":"naive"}`]) {
    await field.fill(text);
    await stage.locator("form.edit .btn").click();
    await expect(field).toHaveAttribute("aria-invalid", "true");
    await expect(stage.locator("form.edit output")).not.toHaveText("");
  }
  await expect(stage.locator("img")).toHaveCount(0);
});

for (const path of ["/embed/en/codec-split-header", "/embed/zh/http-204-eats-next"]) {
  test(`${path} plays in a frame`, async ({ page }) => {
    await page.goto(path);
    const stage = page.locator("byte-stage");
    await expect(stage).toHaveAttribute("data-live", "");
    await stage.locator("[data-do=back]").click();
    const [at, all] = ((await stage.locator(".now .clock").textContent()) ?? "").split(" / ").map(Number);
    expect(at).toBe((all ?? 0) - 1);
  });
}
