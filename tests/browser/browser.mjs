import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before } from "node:test";
import { chromium } from "playwright-core";
import { Server } from "./server.mjs";

const flags = [
  "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];

export const openBrowser = () => chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: flags,
  chromiumSandbox: false,
});

/** A page in a browser profile of its own; `page.complaints` holds what the browser found wrong. */
export async function openPage(browser, server, options = {}) {
  const context = await browser.newContext({ baseURL: server.url, viewport: { width: 1280, height: 900 }, locale: "da-DK", ...options });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.complaints = [];
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("console", (message) => {
    if (/Content Security Policy/i.test(message.text())) page.complaints.push(message.text());
  });
  return page;
}

/** A server and a page for all tests of a file, handed to `ready`; what the browser finds wrong fails the test in which it does. */
export function visit(ready, start = () => Server.start()) {
  let server, browser, page;
  before(async () => {
    server = await start();
    browser = await openBrowser();
    page = await openPage(browser, server);
    await ready(page);
  });
  afterEach(() => assert.deepEqual(page.complaints, []));
  after(async () => {
    await browser?.close();
    await server?.stop();
  });
}

/** The element with this id: ids are paths, and hold dots. */
export const byId = (page, id) => page.locator(`[id="${id}"]`);

/** The controls of a field. */
export const control = (page, path) => page.locator(`[name="a:${path}"]:not([type=hidden])`);

/** The control of one of a field's options. */
export const option = (page, path, code) => page.locator(`[name="a:${path}"][value="${code}"]`);

/** Waits until the server has everything that was entered. */
export async function saved(page) {
  await page.waitForFunction(() => {
    const status = document.getElementById("save-status");
    if (status.dataset.state === "refused") throw new Error(status.textContent);
    return ["saved", "idle"].includes(status.dataset.state);
  });
}

/** Waits until nothing is on its way, after which the page may look different: people click what stands still. */
export const still = (page) =>
  page.waitForFunction(() => document.getElementById("save-status")?.dataset.state !== "saving");

/** Opens the page of one of the fictive cases. */
export async function openCase(page, number) {
  await page.goto("/");
  await page.getByRole("searchbox").fill(number);
  await page.getByRole("button", { name: "Søg" }).click();
  await page.getByRole("table").getByRole("link").click();
  await page.getByRole("heading", { name: "Borger" }).waitFor();
}

/** Opens a new case from the list; its address. */
export async function createCase(page, filler, facts, method = "Voksenudredningsmetoden 2.0") {
  await page.goto("/");
  await page.getByRole("link", { name: "Opret sag" }).click();
  await page.getByRole("link", { name: method }).click();
  await filler.fill(facts, () => {});
  await page.getByRole("button", { name: "Opret sag" }).click();
  await page.getByRole("heading", { level: 1, name: facts.citizen.name }).waitFor();
  return new URL(page.url()).pathname;
}

/** Begins a form from the page of its case. */
export async function begin(page, title) {
  await page.getByRole("button", { name: new RegExp(`^(Begynd|Tilføj) ${title}$`, "i") }).click();
  await page.waitForURL(/\/responses\//);
}

/** Presses the button that completes a form; whether it was accepted. */
export async function pressComplete(page) {
  const answered = page.waitForResponse((response) => response.url().endsWith("/complete"));
  await page.getByRole("button", { name: /^Afslut / }).click();
  const status = (await answered).status();
  await page.waitForLoadState("domcontentloaded");
  return status < 400;
}

/** A picture of the page, in the folder that `METODE_SHOTS` names. */
export async function shoot(page, name) {
  const folder = process.env.METODE_SHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, timeout: 60_000 });
}
