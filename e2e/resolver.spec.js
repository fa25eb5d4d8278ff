// The resolver playground: what the server prints and what the element makes of it are the same; every preset plays and ends
// as it claims; files, links and keys do what they say.

import axe from "axe-core";
import { expect, test, visit } from "./lib.js";

const PRESETS = ["localhost-dns-files", "localhost-no-nsswitch", "localhost-corporate-zone", "localhost-two-families", "k8s-ndots5", "k8s-trailing-dot", "alpine-go-1-15"];
const path = (/** @type {string} */ lang, /** @type {string} */ preset) => `/${lang}/playgrounds/resolver${preset === PRESETS[0] ? "" : `/${preset}`}`;

/** What each preset's table must say: implementation, outcome, queries. @type {Record<string, [string, string, string][]>} */
const ENDS = {
  "localhost-dns-files": [["Go 1.24.4", "10.77.9.9", "2"], ["glibc 2.36", "10.77.9.9", "2"], ["musl 1.2.5", "127.0.0.1", "0"]],
  "localhost-no-nsswitch": [["Go 1.15.15", "10.77.9.9", "2"], ["Go 1.19.8", "127.0.0.1", "0"], ["glibc 2.31", "10.77.9.9", "2"], ["glibc 2.36", "127.0.0.1", "0"]],
  "localhost-corporate-zone": [["Go 1.15.15", "10.77.9.9", "2"], ["musl 1.2.5", "10.77.9.9", "2"]],
  "localhost-two-families": [["Go 1.24.4", "::1 127.0.0.1", "0"], ["glibc 2.36", "::1 127.0.0.1", "0"], ["musl 1.2.5", "::1 127.0.0.1", "0"]],
  "k8s-ndots5": [["Go 1.24.4", "192.0.2.80", "8"], ["glibc 2.36", "192.0.2.80", "8"], ["musl 1.2.5", "192.0.2.80", "8"]],
  "k8s-trailing-dot": [["Go 1.24.4", "192.0.2.80", "2"], ["musl 1.2.5", "192.0.2.80", "2"]],
  "alpine-go-1-15": [["Go 1.15.15", "10.77.9.9", "2"], ["musl 1.2.2", "192.0.2.7", "0"], ["Go 1.19.8", "192.0.2.7", "0"]],
};

/** Everything that both the server and the element write. @param {import("@playwright/test").Page} page */
function printed(page) {
  return page.locator("name-stage").evaluate((stage) => {
    const squeeze = (/** @type {string | null | undefined} */ text) => (text ?? "").replace(/\s+/g, " ").trim();
    const html = (/** @type {string} */ what) => [...stage.querySelectorAll(what)].map((it) => {
      const clone = /** @type {Element} */ (it.cloneNode(true));
      for (const part of [clone, ...clone.querySelectorAll("*")]) {
        part.removeAttribute("aria-current");
        part.classList.remove("later");
        if (part.getAttribute("class") === "") part.removeAttribute("class");
      }
      return clone.outerHTML;
    });
    const texts = (/** @type {string} */ what) => [...stage.querySelectorAll(what)].map((it) => squeeze(it.textContent));
    return {
      drawings: html(".chart svg"), steps: html(".trace li").map(squeeze), lanes: texts(".lane [data-f]"), hidden: texts(".lane [hidden]"),
      verdict: texts(".verdict, figcaption"), rows: texts(".each td, .each th"), queries: texts(".queries td"), gutters: texts(".gut"), notes: texts(".nt li"),
      texts: [...stage.querySelectorAll("textarea")].map((it) => it.value), fields: [...stage.querySelectorAll(".ctl input, .ctl select")].map((it) => /** @type {HTMLInputElement} */ (it).value),
    };
  });
}

/** @param {import("@playwright/test").Page} page @param {string} address */
async function open(page, address) {
  await visit(page, address);
  await expect(page.locator("name-stage[data-live]")).toBeVisible();
}

for (const lang of ["zh", "en"]) {
  test(`every preset: the element writes what the server wrote, and it ends as claimed (${lang})`, async ({ page, browser, baseURL }) => {
    test.setTimeout(180_000);
    const bare = await browser.newPage({ javaScriptEnabled: false, baseURL: baseURL ?? "" });
    for (const preset of PRESETS) {
      await open(page, path(lang, preset));
      const live = await printed(page);
      const html = await (await page.request.get(path(lang, preset))).text();
      const served = await page.evaluate((html) => {
        const other = new DOMParser().parseFromString(html, "text/html").querySelector("name-stage");
        other?.setAttribute("data-served", "");
        return other?.outerHTML ?? "";
      }, html);
      await bare.setContent(served);
      expect(live, preset).toEqual(await printed(bare));
      const rows = await page.locator(".each tbody tr").evaluateAll((all) => all.map((row) => [0, 1, 3].map((i) => row.children[i]?.textContent ?? "")));
      for (const end of ENDS[preset] ?? []) expect(rows, preset).toContainEqual(end);
    }
    await bare.close();
  });

  test(`no violation of accessibility (${lang})`, async ({ page }) => {
    for (const preset of ["localhost-no-nsswitch", "k8s-ndots5"]) {
      for (const scheme of /** @type {const} */ (["light", "dark"])) {
        await page.emulateMedia({ colorScheme: scheme });
        await open(page, path(lang, preset));
        await page.evaluate(axe.source);
        const faults = await page.evaluate(async () => {
          const runOnly = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
          const { violations } = await Reflect.get(window, "axe").run({ runOnly, resultTypes: ["violations"] });
          return violations.map((/** @type {import("axe-core").Result} */ { id, nodes }) => [id, nodes.map((it) => it.html)]);
        });
        expect(faults).toEqual([]);
      }
    }
  });
}

test("a prediction plays it to the end, with the keyboard alone", async ({ page }) => {
  await open(page, path("en", "localhost-no-nsswitch"));
  await page.locator(".pick").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(page.locator(".predict details")).toHaveAttribute("open", "", { timeout: 20_000 });
  await expect(page.locator(".predict .chosen")).toHaveText("That is what you chose.");
  const where = page.locator(".where");
  await page.locator(".track input").focus();
  await page.keyboard.press("Home");
  await expect(where).toHaveText(/^step 1 of/);
  await expect(page.locator(".trace [aria-current=step]")).toHaveCount(2);
  await expect(page.locator(".chart .wid g.later")).not.toHaveCount(0);
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  await expect(where).toHaveText(/^step 3 of/);
  await page.keyboard.press("ArrowLeft");
  await expect(where).toHaveText(/^step 2 of/);
  await page.keyboard.press("End");
  await expect(page.locator(".chart .wid g.later")).toHaveCount(0);
});

test("keys and fields work before the engine has arrived", async ({ page }) => {
  let release = () => {};
  const held = new Promise((/** @type {(value?: unknown) => void} */ go) => (release = go));
  await page.route("**/*.wasm", async (route) => {
    await held;
    await route.continue();
  });
  await visit(page, path("en", "localhost-no-nsswitch"));
  await page.locator('[data-editor="hosts"] textarea').fill("127.0.0.3 localhost\n");
  await page.locator(".track input").focus();
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  await page.waitForTimeout(400);
  release();
  await expect(page.locator(".lane").nth(1).locator(".got")).toHaveText("127.0.0.3");
  await expect(page.locator('[data-editor="hosts"] textarea')).toHaveValue("127.0.0.3 localhost\n");
});

test("with reduced motion a prediction shows the end at once", async ({ page }) => {
  await page.emulateMedia({ reducedMotion: "reduce" });
  await open(page, path("en", "k8s-ndots5"));
  await page.locator(".pick").first().click();
  await expect(page.locator(".predict details")).toHaveAttribute("open", "", { timeout: 2_000 });
});

test("mistakes in files are told on their line", async ({ page }) => {
  await open(page, path("en", "localhost-no-nsswitch"));
  const editor = (/** @type {string} */ key) => page.locator(`[data-editor="${key}"]`);
  await editor("hosts").locator("textarea").fill("127.0.0.1 localhost\n127.0.0.one db\n");
  await expect(editor("hosts").locator(".nt li").first()).toHaveText(/^line 2: has no effect.*not begin with an address/s);
  await expect(editor("hosts").locator(".gut")).toHaveText(/2!/);
  await editor("resolv").locator("textarea").fill("nameserver 10.0.0.2\noptions ndots:99 colour\nnameserver nobody\n");
  await expect(editor("resolv").locator(".nt")).toContainText("line 3: has no effect");
  // Go 1.15 without cgo takes an unknown option for a reason to read hosts first.
  await expect(page.locator(".lane").first().locator(".got")).toHaveText("127.0.0.1");
  await editor("resolv").locator("textarea").fill("nameserver 10.0.0.2\n");
  await editor("zone").locator("textarea").fill("localhost A 10.77.9.9\n\nlocalhost A ten\n");
  await expect(editor("zone").locator(".err")).toHaveText("line 3: the value is no address of that type");
  await expect(editor("zone").locator("textarea")).toHaveAttribute("aria-invalid", "true");
  await editor("zone").locator("textarea").fill("localhost 60 IN A 10.77.9.10\n");
  await expect(editor("zone").locator(".err")).toHaveText("");
  await expect(page.locator(".lane").first().locator(".got")).toHaveText("10.77.9.10");
  await page.locator(".setup details summary").click();
  await editor("servers").locator("textarea").fill("10.0.0.2 zone\n10.0.0.2 explode AAAA\n");
  await expect(editor("servers").locator(".err")).toHaveText(/^line 2: the behaviour is one of/);
  await page.locator('[name="name"]').fill("");
  await editor("servers").locator("textarea").fill("10.0.0.2 servfail\n");
  await page.locator('[name="name"]').fill("localhost");
  await expect(page.locator(".lane").first().locator(".got")).toHaveText("127.0.0.1");
});

test("files that are there again, another implementation, another program", async ({ page }) => {
  await open(page, path("en", "localhost-no-nsswitch"));
  const first = page.locator(".lane").first();
  await expect(first.locator("[data-f=connect]")).toHaveText("connection timed out");
  await page.locator('[data-editor="nsswitch"] [data-absent]').uncheck();
  await page.locator('[data-editor="nsswitch"] textarea').fill("hosts: files dns\n");
  await expect(first.locator(".got")).toHaveText("127.0.0.1");
  await expect(page.locator(".verdict")).toHaveText("Both end the same way.");
  await page.locator('[data-editor="nsswitch"] textarea').fill("hosts: dns files\n");
  await page.locator('[name="b"]').selectOption("musl-1.2.6");
  await expect(page.locator(".verdict")).toHaveText("They differ in: addresses, number of queries, connect.");
  await page.locator('[name="b"]').selectOption("");
  await expect(page.locator(".lane").nth(1)).toBeHidden();
  await page.locator('[data-address="10.77.9.9"] select').selectOption("refuse");
  await expect(first.locator("[data-f=connect]")).toHaveText("connection refused");
  await page.locator("[data-do=reset]").click();
  await expect(page.locator('[data-editor="nsswitch"] [data-absent]')).toBeChecked();
  await expect(first.locator("[data-f=connect]")).toHaveText("connection timed out");
});

// Links that were given away with version 1; they must open for ever.
const LINKS = {
  compared: "#1.NVDLboQwDPwVNOdsFOhL8q-UVRXAsKnyWCWBHlD-vUpoTx55xp6xT8zBr2YDnfDaMQjLBAHPucJdWwisxnJqipR-TJ4fIDxCyom6RnWLT6OHuJog9MOHVFLJvlum0RNd9U_wVR1BcLvNpgu-EZFTsAeohUgcD45dr9qSYfQoAotvES6uwX8edJZSikBiXkC9gM6gVwEXIlehcU_Ljn3W2YS65hObNdN8G-TLOwTcnuytl4N8w13Uh3iecx18xrBF7UD41oduMXW9_gRRD0LkdU-M6h1zBg1KKVXKLw",
  hostile: "#1.FY7BbsMwDEN_JeDZy5ZiuxhJfmTbwXVU14AtFbY6tCj874OuJB_JF6LwJSf4FzhUgseaa5p6i9tjEqbWpG2HxHsl1lmzFtqWHQ5MCo-_TzhccqFuDVfp2q3ivD_W9_M-PX8Yw-Fgs8dw6EQH_OIQFJ7vpThUaWRwrrdCthI0iwHfSPK2zKev-QO_zo4yRbXorUlqocIjCRwahXg1fc07PHouxIoxxvgH",
  older: "#1.FcwxDoAgDAXQu_wZjYz2KsYBoRISWozgRLi7YX95Hb7onSKoQ50wCOHCMKjMAWQNXANtBlJenijJk1lYm2upaAUdiGWx647TzEvZN5B-OY_xAw",
  unknown: "#1.JY5BjsIwEAS_EvXZG8hquViJP7JwMM4QLNnjaDysQMh_X1mcS9XVb4TCt7jBvsE-EyzmmLehSlieQ2ESKbKsJTwysY4aNdEyORgwKSz-fmBwi4lqX7iXqrVPXN1zPlzd8DozmsHKHbdmUIlW2MnAKyw_UjLIRajLMe-JesVrLF34xVa-pvH7NB7PcHMNEnd1uJj-mSlot3Ypm_j8icJAyId7B3N0sKgxEStaa-0f",
  mistaken: "#1.JcgxDoAgDEDRu_y5g67dPIdhQFqNg5AAG-HuxvjGN0gln_eFDnJ8HMUOBMvtq-qpVGvovv-_IXTPhDCn0NwNXYXY0WW-",
};

test("links of version 1 open what they opened", async ({ page }) => {
  await open(page, `${path("en", "k8s-ndots5")}${LINKS.compared}`);
  await expect(page.locator(".lane h2")).toHaveText(["glibc 2.36", "musl 1.2.5"]);
  await expect(page.locator(".lane .got")).toHaveText(["::1 127.0.0.1", "::1 127.0.0.1"]);
  await expect(page.locator(".lane [data-f=connect]")).toHaveText(["connection refused", "connection refused"]);
  await expect(page.locator(".where")).toHaveText(/^step 5 of/);
  await expect(page.locator('[data-editor="hosts"] textarea')).toHaveValue("127.0.0.1 db\n::1 db\n");
  await expect(page.locator('[name="rtt"]')).toHaveValue("20");
  await expect(page.locator("figcaption")).toContainText("20 ms");
});

test("a link with a mistake, or with markup, harms nothing", async ({ page }) => {
  for (const [link, words] of /** @type {const} */ ([["older", "The engine has no such implementation: \"go-1.9\""], ["unknown", "go, curl, python or java is expected"], ["mistaken", "dns.records[0]: the value is no address of that type"]])) {
    await page.goto("about:blank");
    await open(page, `${path("en", "k8s-ndots5")}${LINKS[link]}`);
    await expect(page.locator(".fault")).toContainText(words);
    await expect(page.locator(".lane .got").first()).toHaveText("192.0.2.80");
  }
  await page.goto("about:blank");
  await open(page, `${path("en", "k8s-ndots5")}${LINKS.hostile}`);
  await expect(page.locator('[name="name"]')).toHaveValue("<img src=x onerror=document.title=1>");
  await expect(page.locator(".lane .out").first()).toContainText("<img");
  await expect(page.locator("name-stage").locator("img, b:not(.predict b):not(.nt b)")).toHaveCount(0);
});

test("nothing typed becomes markup", async ({ page }) => {
  await open(page, path("en", "localhost-no-nsswitch"));
  const hostile = '<img src=x onerror="document.title=1">';
  await page.locator('[name="name"]').fill(`a${hostile}`);
  await page.locator('[data-editor="hosts"] textarea').fill(`${hostile} ${hostile}\n`);
  await page.locator('[data-editor="zone"] textarea').fill(`${hostile} A ${hostile}\n`);
  await expect(page.locator('[data-editor="zone"] .err')).not.toHaveText("");
  await page.locator('[data-editor="zone"] textarea').fill("");
  await expect(page.locator(".lane .out").first()).toContainText("<img");
  await expect(page.locator("name-stage img")).toHaveCount(0);
});

test("an embed plays without fields", async ({ page }) => {
  await open(page, "/embed/en/k8s-ndots5");
  await expect(page.locator(".ctl")).toHaveCount(0);
  await expect(page.locator(".chart svg:visible g")).toHaveCount(16);
  await page.locator(".track input").focus();
  await page.keyboard.press("Home");
  await expect(page.locator(".where")).toHaveText(/^step 1 of/);
});

test("without JavaScript answers, drawing, steps and table are there", async ({ browser, baseURL }) => {
  const page = await browser.newPage({ javaScriptEnabled: false, baseURL: baseURL ?? "" });
  await page.goto(path("en", "localhost-no-nsswitch"));
  await expect(page.locator(".lane .got")).toHaveText(["10.77.9.9", "127.0.0.1"]);
  await expect(page.locator(".chart svg:visible g")).toHaveCount(4);
  await expect(page.locator(".each tbody tr")).toHaveCount(6);
  await expect(page.locator(".trace .why:visible")).not.toHaveCount(0);
  await expect(page.locator(".tl")).toBeHidden();
  await expect(page.getByText("/etc/nsswitch.conf").first()).toBeVisible();
  await page.close();
});
