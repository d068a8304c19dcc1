import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { hasNoBarriers } from "./barriers.mjs";
import { begin, byId, control, openBrowser, openCase, openPage, option, saved } from "./browser.mjs";
import { Server } from "./server.mjs";

let server, browser, page;
const addresses = new Set();

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
});

beforeEach(async () => { page = await watched(); });

afterEach(async () => {
  assert.deepEqual(page.complaints, []);
  await page.context().close();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function watched(options) {
  const opened = await openPage(browser, server, options);
  opened.context().on("request", (request) => addresses.add(request.url()));
  return opened;
}

async function begun() {
  await openCase(page, "Sag2026-0001");
  await begin(page, "Sagsåbning");
  await option(page, "vaergemaal", "true").check();
  await saved(page);
}

/** Opens the completed assessment of the case that has everything, to correct it, or the correction that was begun. */
async function corrected() {
  await openCase(page, "Sag2025-0815");
  const row = page.locator(".form-row").filter({ has: page.getByRole("heading", { name: "Sagsvurdering", exact: true }) });
  await row.getByRole("link").first().click();
  await page.getByRole("heading", { level: 1, name: "Sagsvurdering" }).waitFor();
  const correct = page.getByRole("button", { name: "Ret skemaet" });
  if (await correct.count()) await correct.click();
  await page.getByRole("button", { name: /^Afslut / }).waitFor();
}

const why = (path) => byId(page, `why-${path}`).getByRole("button");
const box = (path) => byId(page, `why-${path}-box`);

test("the reason opens in place with the keyboard, and leads to the answer", async () => {
  await begun();
  assert.equal(await why("vaergemaalsform").getAttribute("aria-expanded"), "false");
  await why("vaergemaalsform").focus();
  await page.keyboard.press("Space");
  await box("vaergemaalsform").getByText("Feltet vises, fordi").waitFor();
  assert.equal(await why("vaergemaalsform").getAttribute("aria-expanded"), "true");
  assert.ok(await why("vaergemaalsform").evaluate((one) => one === document.activeElement), "the focus stays");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Har borgeren en værge?", "what it says comes next");
  await page.keyboard.press("Enter");
  assert.equal(new URL(page.url()).hash, "#f-vaergemaal");
  await box("vaergemaalsform").locator("summary").first().click();
  await box("vaergemaalsform").getByText("vaergemaal = true").first().waitFor();
  await hasNoBarriers(page);
  await why("vaergemaalsform").press("Enter");
  assert.equal(await box("vaergemaalsform").count(), 0);
});

test("a reason that is open follows the answers", async () => {
  await corrected();
  const sum = "forventet_pris_for_samlet_indsats";
  await why(sum).click();
  await box(sum).getByText("143.000 kr.").first().waitFor();
  await box(sum).locator("summary").first().click();
  const price = page.locator("[name$='.enhedspris']").first();
  await price.fill("0");
  await price.blur();
  await saved(page);
  await box(sum).getByText("Det giver").filter({ hasNotText: "143.000 kr." }).first().waitFor();
  assert.ok(await box(sum).locator("details").first().evaluate((one) => one.open), "what was unfolded stays so");
  await hasNoBarriers(page);
});

test("a message offers its reason beside it", async () => {
  await corrected();
  const end = page.locator("[name$='.forventet_slutdato']").last();
  const path = (await end.getAttribute("name")).slice(2);
  await control(page, path.replace("slutdato", "startdato")).fill("01.02.2026");
  await end.fill("01.01.2026");
  await end.blur();
  await saved(page);
  await byId(page, `e-${path}`).getByText("før").waitFor();
  assert.ok(await byId(page, `e-${path}`).evaluate((one) => one.nextElementSibling.matches(".why")));
  await why(path).click();
  await box(path).getByText("Meddelelsen vises, fordi").waitFor();
  await hasNoBarriers(page);
});

test("without JavaScript the reason is a page of its own", async () => {
  await page.context().close();
  page = await watched({ javaScriptEnabled: false });
  await openCase(page, "Sag2026-0001");
  await page.getByRole("link", { name: "Sagsåbning" }).first().click();
  await byId(page, "why-vaergemaalsform").getByRole("link").click();
  await page.getByRole("heading", { level: 1, name: "Værgemålsform" }).waitFor();
  await page.getByText("Feltet vises, fordi").waitFor();
  await page.getByText("Se reglen").first().click();
  await page.getByText("linje").first().waitFor();
  await page.getByRole("link", { name: "Tilbage til skemaet" }).click();
  assert.match(page.url(), /#f-vaergemaalsform$/);
});

test("the pages of reasons and of hidden fields have no barriers", async () => {
  await openCase(page, "Sag2026-0001");
  await page.getByRole("link", { name: "Sagsåbning" }).first().click();
  await page.getByRole("link", { name: "Skjulte felter" }).click();
  await page.getByRole("heading", { level: 1, name: "Skjulte felter" }).waitFor();
  await hasNoBarriers(page);
  await page.locator("dt").getByRole("link").first().click();
  await page.getByText("Feltet er skjult, fordi").waitFor();
  await page.locator("summary").first().click();
  await hasNoBarriers(page);
});

test("no address of these pages holds what is confidential", () => {
  // The random ids of cases and responses, and the hashes of assets, have ten digits in a row now and then.
  const told = [...addresses].map((address) => decodeURIComponent(address).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\?v=[0-9a-f]+$/g, ""));
  for (const address of told) assert.doesNotMatch(address, /\d{6}-?\d{4}|Mads/);
});
