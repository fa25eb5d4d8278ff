// The playground of TCP states: the graph says what the claims of the presets say; a CLOSE_WAIT is built by hand and freed.

import axe from "axe-core";
import { expect, languages, test, visit } from "./lib.js";

/**
 * Each preset: where both ends are when it is over, and what its claims say of moments on the way (ms after the first packet).
 * @type {Record<string, {end: [string, string], stuck: string[], moments: [number, string | null, string | null][]}>}
 */
const PRESETS = {
  "normal-close": { end: ["TIME_WAIT", "CLOSED"], stuck: [], moments: [[115, "FIN_WAIT_1", "ESTABLISHED"]] },
  "close-wait-forgotten": { end: ["CLOSED", "CLOSE_WAIT"], stuck: ["CLOSE_WAIT"], moments: [[30_000, "FIN_WAIT_2", "CLOSE_WAIT"]] },
  "close-wait-leaked-transaction": { end: ["CLOSED", "CLOSED"], stuck: [], moments: [[5_000, "CLOSE_WAIT", "FIN_WAIT_2"], [70_000, "CLOSE_WAIT", "CLOSED"]] },
  "close-wait-stuck-handler": { end: ["CLOSED", "CLOSE_WAIT"], stuck: ["CLOSE_WAIT"], moments: [[60_000, "FIN_WAIT_2", "CLOSE_WAIT"]] },
  "fin-wait2-held": { end: ["TIME_WAIT", "CLOSED"], stuck: [], moments: [[80_000, "FIN_WAIT_2", "CLOSE_WAIT"]] },
  "fin-wait2-orphan": { end: ["CLOSED", "CLOSED"], stuck: [], moments: [[30_000, "FIN_WAIT_2", "CLOSE_WAIT"], [70_000, "CLOSED", "CLOSE_WAIT"]] },
  "power-loss-no-keepalive": { end: ["ESTABLISHED", "ESTABLISHED"], stuck: [], moments: [] },
  "simultaneous-close": { end: ["TIME_WAIT", "TIME_WAIT"], stuck: [], moments: [[200.5, "CLOSING", "CLOSING"], [185, "FIN_WAIT_1", "CLOSING"]] },
};
const FIRST = "normal-close";

const href = (/** @type {string} */ lang, /** @type {string} */ preset) => `/${lang}/playgrounds/states${preset === FIRST ? "" : `/${preset}`}`;

/** Which states the visible graph marks as current, and which as stuck. @param {import("@playwright/test").Page} page */
function marked(page) {
  return page.locator(".graph").filter({ visible: true }).evaluate((graph) => {
    const names = (/** @type {string} */ which) => [...graph.querySelectorAll(which)].map((node) => node.getAttribute("data-state") ?? "");
    return { ends: [...names(".node.c"), ...names(".node.s")], stuck: names(".node.stuck") };
  });
}

/** @param {import("@playwright/test").Page} page @param {string} path */
async function open(page, path) {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await visit(page, path);
  await page.locator("state-graph").scrollIntoViewIfNeeded();
  await expect(page.locator("fieldset.calls:not([disabled])"), "the engine has come").toHaveCount(2);
}

for (const t of languages) {
  for (const [preset, { end, stuck, moments }] of Object.entries(PRESETS)) {
    test(`${t.lang}: ${preset} plays to its end, and the graph says what its claims say`, async ({ page }) => {
      await open(page, href(t.lang, preset));
      for (const [ms, client, server] of moments) {
        await page.evaluate((us) => {
          /** @type {any} */
          const stage = document.querySelector("net-stage");
          stage.change(stage.state.config, us, (/** @type {unknown} */ _, /** @type {number} */ from) => from);
        }, ms * 1000);
        await expect.poll(async () => (await marked(page)).ends, { message: `at ${ms} ms` }).toEqual([client, server]);
        await expect(page.locator(".host .cur")).toHaveText([client ?? "", server ?? ""]);
      }
      await page.locator(".track input").focus();
      await page.keyboard.press("End");
      await expect.poll(() => marked(page)).toEqual({ ends: end, stuck });
      await expect(page.locator(".verdict")).toHaveClass(stuck.length ? /stuck/ : /verdict$/);
    });
  }

  test(`${t.lang}: a CLOSE_WAIT built and freed by keyboard alone`, async ({ page }) => {
    await open(page, href(t.lang, FIRST));
    const call = (/** @type {string} */ end, /** @type {string} */ name) => page.locator(end ? `[data-end="${end}"] [data-call="${name}"]` : `[data-call="${name}"]`);
    const press = async (/** @type {string} */ end, /** @type {string} */ name) => {
      const button = call(end, name);
      // By Tab, as a reader gets there.
      for (let i = 0; i < 80 && !(await button.evaluate((it) => it === document.activeElement)); i++) await page.keyboard.press("Tab");
      await expect(button).toBeFocused();
      await page.keyboard.press("Enter");
    };
    const ends = async () => (await marked(page)).ends;
    const restart = () => page.locator(".acts.bar button").first().focus();

    await restart();
    await press("", "fresh");
    await expect.poll(ends).toEqual(["CLOSED", "LISTEN"]);
    await expect(call("0", "send")).toHaveAttribute("aria-disabled", "true");
    await expect(call("0", "send")).toHaveAccessibleDescription(/./);

    await restart();
    await press("0", "connect");
    await expect.poll(ends).toEqual(["ESTABLISHED", "ESTABLISHED"]);
    await expect(call("1", "close"), "nobody has accepted it").toHaveAttribute("aria-disabled", "true");
    await expect(call("1", "accept")).toHaveClass(/\bp\b/);
    await press("1", "accept");
    await expect(call("1", "close")).toHaveAttribute("aria-disabled", "false");

    await restart();
    await press("0", "close");
    await expect.poll(() => marked(page)).toEqual({ ends: ["FIN_WAIT_2", "CLOSE_WAIT"], stuck: ["CLOSE_WAIT"] });
    await expect(page.locator(".verdict")).toContainText("CLOSE_WAIT");
    await expect(page.locator(".verdict a")).toHaveAttribute("href", `/${t.lang}/signals/state.close-wait`);
    await expect(page.locator('[data-end="0"] .timer')).toContainText("tcp_fin_timeout");
    await expect(call("1", "close"), "the call that frees it").toHaveClass(/\bp\b/);

    await press("1", "close");
    await expect.poll(() => marked(page)).toEqual({ ends: ["TIME_WAIT", "CLOSED"], stuck: [] });
    await expect(page.locator(".verdict")).not.toHaveClass(/stuck/);

    await page.locator("[data-do=undo]").focus();
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await marked(page)).stuck, { message: "taken back" }).toEqual(["CLOSE_WAIT"]);
  });

  test(`${t.lang}: a close with linger 0 is a RST, and a machine without power answers nothing`, async ({ page }) => {
    await open(page, href(t.lang, FIRST));
    const call = (/** @type {string} */ end, /** @type {string} */ name) => page.locator(`[data-end="${end}"] [data-call="${name}"]`).click();
    await page.locator("[data-call=fresh]").click();
    await call("0", "connect");
    await call("1", "accept");
    await call("0", "linger-zero");
    await expect.poll(async () => (await marked(page)).ends).toEqual(["CLOSED", "CLOSED"]);
    await expect(page.locator(".graph.w .node.cut")).toHaveAttribute("data-state", "ESTABLISHED");

    await page.locator("[data-do=undo]").click();
    await page.locator(".track input").focus();
    await page.keyboard.press("End");
    await call("1", "power");
    await call("0", "close");
    await expect.poll(() => marked(page)).toEqual({ ends: ["FIN_WAIT_1", "ESTABLISHED"], stuck: ["FIN_WAIT_1"] });
    await expect(page.locator('[data-end="1"] button').first()).toHaveAttribute("aria-disabled", "true");
  });

  test(`${t.lang}: axe finds nothing, in light and in dark, wide and narrow`, async ({ page }) => {
    await open(page, href(t.lang, "close-wait-forgotten"));
    for (const [width, colorScheme] of /** @type {const} */ ([[1440, "light"], [390, "dark"]])) {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.evaluate(axe.source);
      const found = await page.evaluate(async () => {
        const { violations } = await Reflect.get(window, "axe").run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], resultTypes: ["violations"] });
        return violations.flatMap((/** @type {any} */ { id, nodes }) => nodes.map((/** @type {any} */ node) => `${id} at ${node.target}: ${node.failureSummary}`));
      });
      expect(found, `${width} px, ${colorScheme}`).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth), "sideways").toBeLessThanOrEqual(0);
    }
    const node = page.locator(".graph.n .node.stuck");
    await expect(node, "the box has scrolled to what is stuck").toBeInViewport();
  });
}

test.describe("without JavaScript", () => {
  test.use({ javaScriptEnabled: false });
  for (const t of languages) {
    test(`${t.lang}: the graph stands at the telling moment, and the table is there`, async ({ page }) => {
      await page.goto(href(t.lang, "fin-wait2-orphan"));
      await expect(page.locator(".graph.w .node.c")).toHaveAttribute("data-state", "FIN_WAIT_2");
      await expect(page.locator(".graph.w .node.s.stuck")).toHaveAttribute("data-state", "CLOSE_WAIT");
      await expect(page.locator(".graph.w .step.missing")).toHaveAttribute("data-step", "CLOSE_WAIT LAST_ACK");
      await expect(page.locator('[data-end="0"] .timer')).toContainText("tcp_fin_timeout");
      await expect(page.locator(".verdict")).toContainText("close()");
      await expect(page.locator("fieldset.calls").filter({ visible: true }), "buttons that do nothing").toHaveCount(0);
      await expect(page.locator(".meanings tbody tr")).toHaveCount(9);
      await expect(page.locator(".meanings").getByRole("link", { name: "TIME_WAIT" }).first()).toHaveAttribute("href", `/${t.lang}/signals/state.time-wait`);
    });
  }
});
