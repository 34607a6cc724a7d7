import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium, type Browser, type BrowserContextOptions, type Page } from "playwright-core";
import { createDatabase, type TestDatabase } from "../../harness/database.ts";
import { startWatched, type Watched } from "../../harness/health.ts";
import { freePort } from "../../harness/postgres.ts";
import { scratchPath } from "../../harness/scratch.ts";
import { lacking, programs } from "../../harness/services.ts";
import { createShop } from "../../harness/shop.ts";
import { waitFor } from "../../harness/wait.ts";

/** TEST_SCREENSHOTS names a folder for the screenshots, to look at them later. */
const pictures = process.env["TEST_SCREENSHOTS"] ?? scratchPath("pictures");

interface Visit {
  readonly page: Page;
  /** The page's errors, and every address that it requested. */
  readonly errors: readonly string[];
  readonly asked: ReadonlySet<string>;
}

describe("the page for people, in Chromium", { skip: lacking(programs.chromium) }, () => {
  let browser: Browser;
  let database: TestDatabase;
  const versionFile = scratchPath("version");
  let settings = {};
  before(async () => {
    mkdirSync(pictures, { recursive: true });
    writeFileSync(versionFile, "1.0");
    database = await createDatabase();
    await createShop(database.url).upgrade();
    const { settings: shop } = createShop(database.url, { version: "2.3.0", migrations: 14 });
    settings = {
      ...shop,
      dependencies: {
        ...shop.dependencies,
        postgres: { kind: "server", url: database.url, requires: ">=14" },
        settings: { kind: "file", path: versionFile, requires: ">=2", intervalMs: 100 },
        cache: { kind: "tcp", address: `127.0.0.1:${await freePort()}`, critical: false },
        html: { kind: "command", command: ["echo", '<b onclick="x">1 & 2</b>'], requires: ">=1" },
      },
    };
    browser = await chromium.launch({ executablePath: programs.chromium, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser?.close();
    await database?.drop();
  });

  async function visit(watched: Watched, options: BrowserContextOptions = {}): Promise<Visit> {
    const page = await (await browser.newContext(options)).newPage();
    const errors: string[] = [];
    const asked = new Set<string>();
    page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
    page.on("pageerror", (error) => errors.push(String(error)));
    page.on("request", (request) => asked.add(new URL(request.url()).pathname));
    await page.goto(await watched.base());
    return { page, errors, asked };
  }

  const background = (page: Page) => page.evaluate("getComputedStyle(document.body).backgroundColor");

  test("shows the needed and found version, since when, and the command to run; one file without scripts", async () => {
    using watched = startWatched({ settings });
    await watched.untilVerdict("schema", "behind");
    await watched.untilVerdict("postgres", "compatible");
    await watched.untilVerdict("cache", "unreachable");
    await watched.untilVerdict("settings", "behind");
    await watched.untilVerdict("html", "unreadable");
    const { page, errors, asked } = await visit(watched, {
      colorScheme: "light",
      viewport: { width: 1100, height: 900 },
    });
    assert.equal(await page.title(), "fail: shop 2.3.0");
    const row = async (name: string) =>
      (await page.locator("tbody tr", { hasText: name }).first().innerText()).replaceAll("\n", " ");
    const schema = await row("schema");
    assert.match(schema, /BEHIND\s+0014_table\s+0001_table\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/i);
    assert.match(schema, /13 migrations are not applied.* and 3 more\. Run this image once with --upgrade\./);
    assert.match(await row("postgres"), /COMPATIBLE\s+>=14/i);
    assert.match(await row("settings"), /BEHIND\s+>=2\s+1\.0/i);
    assert.match(await row("cache"), /UNREACHABLE/i);
    assert.ok((await row("html")).includes('<b onclick="x">1 & 2</b>'), "the found version is shown as text");
    const broken =
      "[...document.querySelectorAll('.status, time')].filter((one) => one.getClientRects().length > 1).length";
    assert.equal(await page.evaluate(broken), 0, "verdicts and times do not wrap");
    assert.deepEqual(errors, []);
    assert.deepEqual(
      [...asked].filter((path) => path !== "/favicon.ico"),
      ["/"],
      "it asks for nothing but itself",
    );
    assert.equal(await page.locator("script, link, img, iframe").count(), 0);
    await page.screenshot({ path: join(pictures, "light.png"), fullPage: true });
  });

  test("is dark on a dark system, and readable in both", async () => {
    using watched = startWatched({ settings });
    await watched.untilVerdict("schema", "behind");
    await watched.untilVerdict("cache", "unreachable");
    const light = await visit(watched, { colorScheme: "light", viewport: { width: 1100, height: 900 } });
    const dark = await visit(watched, { colorScheme: "dark", viewport: { width: 1100, height: 900 } });
    assert.notEqual(await background(light.page), await background(dark.page));
    await dark.page.screenshot({ path: join(pictures, "dark.png"), fullPage: true });
    for (const { page } of [light, dark]) {
      const texts = await page.evaluate<readonly { readonly ratio: number; readonly text: string }[]>(contrasts);
      assert.ok(texts.length > 20);
      for (const { ratio, text } of texts)
        assert.ok(ratio >= 4.5, `"${text}" has a contrast of ${ratio.toFixed(2)} (WCAG AA: 4.5)`);
    }
  });

  test("needs no sideways scrolling on a phone", async () => {
    using watched = startWatched({ settings });
    await watched.untilVerdict("schema", "behind");
    await watched.untilVerdict("cache", "unreachable");
    for (const width of [320, 390, 768]) {
      const { page } = await visit(watched, { colorScheme: "light", viewport: { width, height: 800 } });
      const wide = await page.evaluate("document.documentElement.scrollWidth");
      assert.ok(Number(wide) <= width, `${String(wide)} pixels on ${width}`);
      if (width === 390) await page.screenshot({ path: join(pictures, "narrow.png"), fullPage: true });
    }
  });

  test("refreshes itself", async () => {
    writeFileSync(versionFile, "1.0");
    using watched = startWatched({ settings });
    await watched.untilVerdict("settings", "behind");
    const { page } = await visit(watched);
    const verdict = () => page.locator("tbody tr", { hasText: "settings" }).first().innerText({ timeout: 15_000 });
    assert.match(await verdict(), /behind/i);
    writeFileSync(versionFile, "2.0");
    await watched.untilVerdict("settings", "compatible");
    // There is no user action.
    await waitFor("the page to say so", async () => /compatible/i.test(await verdict().catch(() => "")));
  });

  test("shows a healthy container, several processes, and draining", async () => {
    const processes = { web: { command: ["sleep", "infinity"] }, worker: { command: ["sleep", "infinity"] } };
    const healthy = { app: { name: "shop", version: "2.3.0" }, processes, stop: { drainSeconds: 60 } };
    using watched = startWatched({ argv: [], settings: healthy });
    await waitFor("both to run", async () => (await watched.health()).status === 200);
    const { page } = await visit(watched, { colorScheme: "dark", viewport: { width: 1100, height: 500 } });
    assert.equal(await page.title(), "pass: shop 2.3.0");
    assert.match(await page.locator("tbody").innerText(), /web[^]*running[^]*worker[^]*running/i);
    await page.screenshot({ path: join(pictures, "processes.png") });
    await watched.send("SIGTERM");
    await waitFor("the page to say so", async () => /draining/i.test(await page.innerText("body").catch(() => "")));
    await watched.send("SIGTERM");
    await watched.ended;
  });
});

/** Runs in the page: the contrast of every text with its background (https://www.w3.org/TR/WCAG21/#contrast-minimum). */
const contrasts = `(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => {
    const [r, g, b] = channels(color).slice(0, 3).map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = luminance(getComputedStyle(document.body).backgroundColor);
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const out = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    if (text === "") continue;
    const own = luminance(getComputedStyle(walker.currentNode.parentElement).color);
    out.push({ text, ratio: (Math.max(own, behind) + 0.05) / (Math.min(own, behind) + 0.05) });
  }
  return out;
})()`;
