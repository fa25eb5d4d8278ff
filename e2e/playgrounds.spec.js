// Playgrounds of hosts: every preset is opened, played to its end and its claims judged by the engine in the page; knobs,
// packets, comparison, links, downloads; by keyboard alone, and without JavaScript.

import { execFileSync } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { judge, moments, presets, seen } from "./claims.js";
import { expect, languages, test } from "./lib.js";

const TCP = presets().filter((preset) => preset.kind === "tcp");

/** @param {import("@playwright/test").Page} page @param {string} path */
async function open(page, path) {
  await page.goto(path);
  await expect(page.locator("net-stage")).toHaveAttribute("data-live", "", { timeout: 20_000 });
}

/** The address of a preset: the first one of a playground has the playground's. @param {import("./claims.js").Preset} preset @param {string} lang */
function address(preset, lang) {
  return `/${lang}/playgrounds/${preset.playground}/${preset.id}`;
}

for (const t of languages) {
  test.describe(`${t.lang}: presets of hosts`, () => {
    test.describe.configure({ timeout: 300_000 });

    for (const preset of TCP) {
      test(`${preset.id} plays to its end and does what it claims`, async ({ page, request }) => {
        const own = address(preset, t.lang);
        await open(page, (await request.get(own)).ok() ? own : `/${t.lang}/playgrounds/${preset.playground}`);
        await page.locator(".predict .pick").nth(preset.question.answer).click();
        await expect(page.locator(".tl")).toHaveAttribute("data-playing", "");
        // The rest at once: some runs take hours of the world.
        await page.locator("net-stage .chart").last().press("End");
        await expect(page.locator(".track input")).toHaveJSProperty("value", "1000");
        const was = await page.evaluate(seen, moments(preset));
        const wrong = preset.claim.map((claim) => [claim.says[t.lang], judge(claim, was)]).filter(([, what]) => what);
        expect(wrong).toEqual([]);
        await expect(page.locator("details.rows").first().locator("tbody tr")).not.toHaveCount(0);
        await page.locator(".answer > summary").click();
        await expect(page.locator(".answer .claims li")).toHaveCount(preset.claim.length);
        await expect(page.locator(".answer .chosen")).toHaveText(t.lang === "zh" ? "和你选的一样。" : "That is what you chose.");
      });
    }
  });

  test.describe(`${t.lang}: what can be done with a run`, () => {
    const nagle = `/${t.lang}/playgrounds/nagle`;

    test("a knob runs it again, undo takes it back", async ({ page }) => {
      await open(page, nagle);
      const end = () => page.evaluate(() => /** @type {any} */ (document.querySelector("net-stage")).scene.end);
      const before = await end();
      await page.locator("[data-knob=nodelay] input").check();
      await expect.poll(end).toBeLessThan(before / 5);
      await page.locator("[data-do=undo]").click();
      await expect.poll(end).toBe(before);
      await expect(page.locator("[data-knob=nodelay] input")).not.toBeChecked();
    });

    test("a packet shows its fields, and can be dropped", async ({ page }) => {
      await open(page, nagle);
      await page.locator("details.rows > summary").first().click();
      await page.locator("[data-open]").first().click();
      await expect(page.locator("dialog.packet pre")).toContainText("Flags [S]");
      await page.locator("dialog.packet [data-do=drop]").click();
      await expect(page.locator(".tampered")).toContainText("C #1");
      const was = await page.evaluate(seen, []);
      expect(was.packets[0].lost).not.toBeNull();
      expect(was.packets[1].flags, "the SYN again").toBe("S");
      expect(was.packets[1].at - was.packets[0].at).toBeGreaterThan(900_000);
    });

    test("a packet can be delayed", async ({ page }) => {
      await open(page, nagle);
      await page.locator("details.rows > summary").first().click();
      await page.locator("[data-open]").first().click();
      await page.locator("dialog.packet input").fill("70");
      await page.locator("dialog.packet [data-do=delay]").click();
      const was = await page.evaluate(seen, []);
      expect(was.packets[0].arrived - was.packets[0].at).toBeGreaterThanOrEqual(70_000);
    });

    test("two runs stand beside each other", async ({ page }) => {
      await open(page, nagle);
      await page.locator("[data-do=compare]").click();
      await page.locator("[data-knob=nodelay] input").check();
      const sums = page.locator(".cmp span");
      await expect(sums.nth(0)).toHaveText(/107/);
      await expect(sums.nth(1)).not.toHaveText(/107/);
      await expect(page.locator("figure.kept svg.stage[role=img]")).toBeVisible();
      await page.locator("[data-do=compare]").click();
      await expect(page.locator("figure.kept")).toBeHidden();
    });

    test("the table of variants says at first what the server said", async ({ page }) => {
      for (const path of ["nagle", "linger"]) {
        await page.goto(`/${t.lang}/playgrounds/${path}`);
        const figures = () => page.locator("run-table td.num").allTextContents();
        const said = await page.request.get(`/${t.lang}/playgrounds/${path}`);
        const served = [...(await said.text()).matchAll(/<td class="r num">([^<]*)<\/td>/g)].map(([, words]) => words);
        await expect(page.locator("net-stage")).toHaveAttribute("data-live", "", { timeout: 20_000 });
        await page.waitForTimeout(1_500); // it computes when nothing else is to be done
        const shown = await figures();
        expect(shown.length).toBeGreaterThan(8);
        expect(served.slice(-shown.length), path).toEqual(shown);
      }
    });

    test("a link opens the same picture", async ({ page, context }) => {
      await context.grantPermissions(["clipboard-read", "clipboard-write"]);
      await open(page, nagle);
      await page.locator("[data-knob=nodelay] input").check();
      await page.locator("net-stage .chart").last().press("End");
      await page.locator("[data-do=link]").click();
      const copied = () => page.evaluate(() => navigator.clipboard.readText());
      await expect.poll(copied).toContain("#1.");
      const link = await copied();
      expect(link).toMatch(/\/playgrounds\/nagle#1\.[\w-]+$/);
      const svg = () => page.locator(".fig:not(.kept) svg.stage[role=img]").evaluate((it) => it.outerHTML);
      const before = await svg();
      await page.goto("about:blank");
      await open(page, link);
      expect(await svg()).toBe(before);
    });

    test("a link that was stored long ago opens what it opened then", async ({ page }) => {
      // Made by version 1 of the format; these must never be made anew.
      const stored = JSON.parse(await readFile(new URL("stored-links.json", import.meta.url), "utf8"));
      expect(stored.length).toBeGreaterThan(4);
      for (const { page: name, hash, packets, end, at } of stored) {
        await page.goto("about:blank");
        await open(page, `/${t.lang}/playgrounds/${name}${hash}`);
        await expect(page.locator("net-stage .err").first()).toBeEmpty();
        const now = await page.evaluate(() => {
          const stage = /** @type {any} */ (document.querySelector("net-stage"));
          const { rows } = stage.scene.last;
          return [rows.filter((/** @type {any[]} */ row) => row[3] === "packet").length, stage.scene.end - stage.scene.zero, Math.round(stage.transport.at - stage.scene.zero)];
        });
        expect(now, name).toEqual([packets, end, at]);
      }
    });

    test("a bad link says so and shows the preset; nothing of it becomes HTML", async ({ page }) => {
      for (const hash of ["#1.AAAA", "#1.%3Cimg%20src=x%20onerror=alert(1)%3E", "#9.abc", `#1.${await deflated({ config: { name: "<img src=x onerror=alert(1)>" }, seed: 1, at: 0 })}`]) {
        await page.goto("about:blank");
        await open(page, `${nagle}${hash}`);
        await expect(page.locator(".ctl .err")).not.toBeEmpty();
        await expect(page.locator(".fig:not(.kept) svg.stage[role=img]")).toBeVisible();
        await expect(page.locator("main img")).toHaveCount(0);
      }
      await page.goto("about:blank");
      const name = "<script>alert(1)</script>";
      const config = { name, delay_ms: 1, client: [{ op: "connect", sock: name }, { op: "send", sock: name, n: 1 }], server: [{ op: "listen" }, { op: "accept" }] };
      await open(page, `${nagle}#1.${await deflated({ config, seed: 1, at: 0 })}`);
      await expect(page.locator("main .fig script, main table script")).toHaveCount(0);
    });

    test("the scenario can be edited, and a mistake is told at its field", async ({ page }) => {
      await open(page, nagle);
      await page.locator("details.rows > summary").nth(1).click();
      const field = page.locator("form.edit textarea");
      await field.fill('{"name": "x", "delay_ms": -1, "client": [], "server": []}');
      await page.locator("form.edit button").click();
      await expect(page.locator("form.edit output")).toContainText("delay_ms");
      await expect(field).toHaveAttribute("aria-invalid", "true");
      await field.fill("{");
      await page.locator("form.edit button").click();
      await expect(page.locator("form.edit output")).not.toBeEmpty();
      await field.fill('{"name": "x", "delay_ms": 5, "client": [{"op": "connect"}], "server": [{"op": "listen"}, {"op": "accept"}]}');
      await page.locator("form.edit button").click();
      await expect(page.locator("form.edit output")).toBeEmpty();
      expect((await page.evaluate(seen, [])).packets.length).toBeGreaterThan(2);
    });

    test("by keyboard alone: predict, play, step, change, read", async ({ page }) => {
      await open(page, nagle);
      const at = () => page.evaluate(() => /** @type {any} */ (document.querySelector("net-stage")).transport.at);
      await page.locator(".predict .pick").nth(1).focus();
      await page.keyboard.press("Enter");
      await expect(page.locator(".tl")).toHaveAttribute("data-playing", "");
      await page.locator("net-stage .fig:not(.kept) .chart").focus();
      await page.keyboard.press(" ");
      await expect(page.locator(".tl")).not.toHaveAttribute("data-playing");
      await page.keyboard.press("Home");
      const start = await at();
      await page.keyboard.press("ArrowRight");
      const next = await at();
      expect(next).toBeGreaterThan(start);
      await page.keyboard.press("ArrowLeft");
      expect(await at()).toBe(start);
      await page.keyboard.press("]");
      await expect(page.locator(".speed button").nth(2)).toHaveAttribute("aria-pressed", "true");
      await page.locator("[data-knob=rtt] input").focus();
      const before = await page.locator("[data-knob=rtt] .val").textContent();
      await page.keyboard.press("ArrowRight");
      await expect(page.locator("[data-knob=rtt] .val")).not.toHaveText(before ?? "");
      await page.locator(".track input").focus();
      await page.keyboard.press("End");
      await expect(page.locator(".track input")).toHaveAttribute("aria-valuetext", /\d ms$/);
    });
  });

  test.describe(`${t.lang}: other places`, () => {
    test("a frame keeps its state in its address and obeys the theme it is given", async ({ page }) => {
      await open(page, `/embed/${t.lang}/nagle-nodelay?theme=dark`);
      await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
      await page.locator("net-stage .chart").press("End");
      await expect.poll(() => page.url()).toMatch(/#1\./);
      const answer = await page.request.get(`/embed/${t.lang}/nagle-nodelay`);
      expect(answer.headers()["content-security-policy"]).toContain("frame-ancestors *");
      expect(answer.headers()["x-frame-options"]).toBeUndefined();
    });

    test("every case has a run beside its text", async ({ page }) => {
      for (const slug of new Set(presets().flatMap((preset) => preset.cases))) {
        await page.goto(`/${t.lang}/cases/${slug}`);
        await expect(page.locator(".dock .predict"), slug).toBeVisible();
        await expect(page.locator(".dock .dhead a"), slug).toHaveAttribute("href", /\/playgrounds\//);
      }
    });

    test("reduced motion: a run starts at the moment that tells most, and answers do not play it", async ({ page }) => {
      await page.emulateMedia({ reducedMotion: "reduce" });
      await open(page, `/${t.lang}/playgrounds/nagle`);
      await expect(page.locator(".clock b")).toHaveText("30.0");
      await page.locator(".predict .pick").first().click();
      await expect(page.locator(".answer")).toHaveAttribute("open", "");
      await expect(page.locator(".tl")).not.toHaveAttribute("data-playing");
    });

    test.describe("without JavaScript", () => {
      test.use({ javaScriptEnabled: false });

      test("picture, sentence, table, tools and answer are there", async ({ page }) => {
        await page.goto(`/${t.lang}/playgrounds/nagle`);
        await expect(page.locator("svg.stage.wid")).toBeVisible();
        await expect(page.locator(".say")).not.toBeEmpty();
        await expect(page.locator("[data-tool=ss]").first()).toContainText("ESTAB");
        await expect(page.locator(".tl"), "a transport that does nothing").toBeHidden();
        await expect(page.locator(".ctl"), "knobs that do nothing").toBeHidden();
        await page.locator("details.rows > summary").first().click();
        await expect(page.locator("details.rows tbody tr").first()).toBeVisible();
        await page.locator(".answer > summary").click();
        await expect(page.locator(".claims li").first()).toBeVisible();
        await expect(page.locator("noscript a, main a[download]").first()).toBeVisible();
      });
    });
  });
}

/** @param {unknown} value */
async function deflated(value) {
  const stream = new Blob([JSON.stringify(value)]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return Buffer.from(await new Response(stream).arrayBuffer()).toString("base64url");
}

test("the capture of a run says in tshark what the run says", async ({ page }, info) => {
  await open(page, "/en/playgrounds/head-of-line");
  for (const side of [0, 1]) {
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.locator(`[data-do=pcap][value="${side}"]`).evaluate((button) => /** @type {HTMLElement} */ (button).click()),
    ]);
    const file = info.outputPath(`${side}.pcapng`);
    await writeFile(file, await readFile(await download.path()));
    const was = await page.evaluate(seen, []);
    const lines = tshark(file, ["-e", "frame.time_relative", "-e", "tcp.flags", "-e", "tcp.seq", "-e", "tcp.len", "-e", "tcp.srcport"]);
    // What a device sees: what its side sends when it is sent, and what arrives there when it arrives.
    const passed = was.packets
      .filter((packet) => packet.host === side || packet.arrived !== null)
      .map((packet) => ({ at: packet.host === side ? packet.at : packet.arrived, packet }))
      .sort((a, b) => a.at - b.at);
    expect(lines.length).toBe(passed.length);
    const first = passed[0]?.at ?? 0;
    lines.forEach(([time, flags, seq, len], i) => {
      const { at, packet } = /** @type {{at: number, packet: any}} */ (passed[i]);
      expect(Math.abs(Number(time) * 1e6 - (at - first)), `time of ${packet.words}`).toBeLessThanOrEqual(1);
      expect([Number(flags) & 0x17, Number(seq), Number(len)], packet.words).toEqual([bits(packet.flags) & 0x17, packet.seq, packet.len]);
    });
    // Segment by segment: a retransmission behind which later data was captured is no malformed packet, but tshark's
    // reassembly of the HTTP that it takes port 80 for says so, of captures of real hosts as well.
    expect(tshark(file, ["-o", "tcp.desegment_tcp_streams:FALSE", "-Y", "_ws.malformed", "-e", "frame.number"])).toEqual([]);
  }
});

/** @param {string} flags  as `SFRP.` */
function bits(flags) {
  return [...flags].reduce((all, flag) => all | (({ F: 1, S: 2, R: 4, P: 8, ".": 16 })[flag] ?? 0), 0);
}

/** @param {string} file @param {string[]} args */
function tshark(file, args) {
  const printed = execFileSync("tshark", ["-r", file, "-o", "tcp.relative_sequence_numbers:TRUE", "-T", "fields", ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  return printed.split("\n").filter(Boolean).map((line) => line.split("\t"));
}
