// Opens a page in Chromium and writes what is found there, as JSON: one result,
// or, with `visits`, a list of them.
//
// Arguments: two files, what is asked for and what is found. Asked for are
// `chromium`, `user` (an empty folder), `url`, `width`, `height`, `scale` and
// `dark`; `wait`, a condition of the page; `run`, the body of an asynchronous
// function that gets `given`; `offline`, whether to load it once more without a
// network before that; `visits`, bodies of further ones, each for a new tab, when
// the one before was closed and the server got a GET for `/next`; `picture`, a
// file.
import { readFileSync, writeFileSync } from "node:fs";
import puppeteer from "puppeteer-core";

const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic"];
FLAGS.push("--no-first-run", "--disable-background-networking");
FLAGS.push("--disable-component-update", "--disable-sync");

const asked = JSON.parse(readFileSync(process.argv[2], "utf8"));
const complaints = [];
const browser = await puppeteer.launch({
  executablePath: asked.chromium,
  userDataDir: asked.user,
  headless: true,
  args: FLAGS,
  defaultViewport: {
    width: asked.width ?? 900,
    height: asked.height ?? 1000,
    deviceScaleFactor: asked.scale ?? 1,
  },
  protocolTimeout: 300_000,
});

async function visit(offline, run) {
  const page = await browser.newPage();
  page.on("console", (said) => {
    const kind = said.type();
    if (kind === "error" || kind === "warn") complaints.push(said.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (one) => complaints.push(`failed: ${one.url()}`));
  const scheme = { name: "prefers-color-scheme" };
  scheme.value = asked.dark ? "dark" : "light";
  await page.emulateMediaFeatures([scheme]);
  await page.goto(asked.url);
  await page.waitForFunction(asked.wait, { timeout: 120_000 });
  if (offline) {
    // A service worker has a network of its own, which goes with the server.
    await fetch(new URL("/stop", asked.url));
    await page.setOfflineMode(true);
    await page.reload();
    await page.waitForFunction(asked.wait, { timeout: 60_000 });
  }
  let result = null;
  if (run) {
    result = await page.evaluate(
      `(async (given) => {${run}})(${JSON.stringify(asked.given ?? null)})`,
    );
  }
  if (asked.picture) {
    await page.screenshot({ path: asked.picture, fullPage: true });
  }
  await page.close();
  return result;
}

try {
  let result = await visit(asked.offline, asked.run);
  if (asked.visits) {
    result = [result];
    for (const run of asked.visits) {
      await fetch(new URL("/next", asked.url));
      result.push(await visit(false, run));
    }
  }
  writeFileSync(process.argv[3], JSON.stringify({ complaints, result }));
} finally {
  await browser.close();
}
