import assert from "node:assert/strict";
import { test } from "node:test";
import { hasNoBarriers } from "./barriers.mjs";
import { byId, control, openCase, option, saved, shoot, visit } from "./browser.mjs";

const freja = "Sag2025-1101";

let page;

visit((opened) => { page = opened; });

/** What the page of a case says of the needs of a phase. */
const inPhase = (title) => page.locator(".phase").filter({ has: page.getByRole("heading", { level: 2, name: title, exact: true }) }).locator(".needs");

test("the case shows for each phase what is received, and the time it takes", async () => {
  await openCase(page, freja);
  const phase = inPhase("Sagsåbning");
  assert.match(await phase.innerText(), /6 af 17 modtaget · 195 min\. brugt · anslået \d+ min\. tilbage/);
  await phase.getByText("Hvad skal indhentes").press("Enter");
  await phase.getByText("Samtykke ikke givet").waitFor();
  await shoot(page, "databehov-sagen");
  await hasNoBarriers(page);
});

test("what was received in an earlier phase need not be obtained again", async () => {
  await openCase(page, freja);
  const phase = inPhase("Sagsoplysning");
  await phase.getByText("Hvad skal indhentes").press("Enter");
  const item = phase.getByRole("listitem").filter({ hasText: "Bopælshistorik" });
  assert.match(await item.innerText(), /Modtaget i sagsåbning/);
});

test("the page of data needs tells all of them, is read by everyone and fits on paper", async () => {
  await openCase(page, freja);
  await page.getByRole("link", { name: "Databehov", exact: true }).click();
  await page.getByRole("heading", { level: 1, name: "Databehov" }).waitFor();
  const row = page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: /^Samværsordninger/ }) });
  assert.ok(!(await row.isVisible()), "what is received is closed");
  await page.getByText("Modtaget 6 i sagsåbning").press("Enter");
  const text = await row.innerText();
  for (const words of ["Statsforvaltningen", "Vigtighed: Forudsætning", "Modtaget", "35 min. brugt", "anslået 40 min.", "20.11.2025"]) {
    assert.ok(text.includes(words), `${words} is not in ${text}`);
  }
  await row.getByText("Mere").press("Enter");
  assert.match(await row.innerText(), /Forespørgsel på data, inklusive eventuel korrespondance 24/);
  const use = row.getByRole("link", { name: "Børnefaglig undersøgelse: Familiesituation" });
  assert.match(await use.getAttribute("href"), /\/responses\/undersoegelse#f-familiesituation$/);
  await shoot(page, "databehov");
  await hasNoBarriers(page);
  await page.emulateMedia({ media: "print" });
  await page.setViewportSize({ width: 718, height: 1000 });
  assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), "wider than a page of A4");
  await shoot(page, "databehov-paa-papir");
  await page.emulateMedia({ media: null });
  await page.setViewportSize({ width: 1280, height: 900 });
});

test("what is missing is seen alone, phase by phase, and stays a table on a narrow screen", async () => {
  await openCase(page, freja);
  await page.getByRole("link", { name: "Databehov", exact: true }).click();
  const overview = page.getByRole("region", { name: "Faserne" }).getByRole("row", { name: /^I alt/ });
  const missing = Number(await overview.getByRole("cell").first().innerText());
  const tabs = page.getByRole("navigation", { name: "Status" });
  await tabs.getByRole("link", { name: /^Mangler/ }).press("Enter");
  await page.waitForURL(/show=missing/);
  assert.equal(await page.locator(".needs tbody tr").count(), missing);
  assert.equal(await page.locator(".needs .tag--done").count(), 0);
  await hasNoBarriers(page);
  await tabs.getByRole("link", { name: /^Modtaget/ }).press("Enter");
  await page.waitForURL(/show=received/);
  assert.equal(await page.locator(".needs tbody tr").count(), await page.locator(".needs .tag--done").count());
  for (const width of [1024, 768, 705]) {
    await page.setViewportSize({ width, height: 800 });
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth), `wider than ${width}`);
  }
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole("rowheader", { name: /^Samværsordninger/ }).waitFor();
  assert.ok(await page.getByRole("region", { name: "Faserne" }).evaluate((one) => one.scrollWidth <= one.clientWidth));
  assert.ok(await page.locator(".table.needs").first().evaluate((table) => table.scrollWidth <= table.clientWidth));
  await hasNoBarriers(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.goto(page.url().replace("received", "everything"));
  await page.getByRole("heading", { level: 1, name: "Siden findes ikke" }).waitFor();
});

test("a need is asked for, received and taken back with the keyboard", async () => {
  await openCase(page, "Sag2026-0001");
  const phase = inPhase("Sagsåbning");
  assert.match(await phase.innerText(), /0 af 9 modtaget/);
  await phase.getByRole("button", { name: "Begynd indhentning i sagsåbning" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Databehov: Sagsåbning" }).waitFor();
  await hasNoBarriers(page);
  const status = byId(page, "f-databehov.sagsoverblik.status");
  await option(page, "databehov.sagsoverblik.samtykke", "bedt_om").press("Space");
  await status.getByText("Afventer samtykke").waitFor();
  await option(page, "databehov.sagsoverblik.samtykke", "givet").press("Space");
  const asked = control(page, "databehov.sagsoverblik.anmodet");
  await asked.fill("05.01.2026");
  await asked.press("Tab");
  await status.getByText("Anmodet").waitFor();
  await option(page, "databehov.sagsoverblik.anmodet_hos", "jobcenter").waitFor();
  assert.equal(await option(page, "databehov.sagsoverblik.anmodet_hos", "cpr").count(), 0);
  const received = control(page, "databehov.sagsoverblik.modtaget");
  await received.fill("12.01.2026");
  await received.press("Tab");
  await control(page, "databehov.sagsoverblik.minutter").fill("50");
  await control(page, "databehov.sagsoverblik.minutter").press("Tab");
  await saved(page);
  await shoot(page, "databehov-skemaet");
  const form = page.url();
  await openCase(page, "Sag2026-0001");
  assert.match(await inPhase("Sagsåbning").innerText(), /1 af 9 modtaget · 50 min\. brugt/);
  await page.goto(form);
  await received.fill("");
  await received.press("Tab");
  await saved(page);
  await openCase(page, "Sag2026-0001");
  assert.match(await inPhase("Sagsåbning").innerText(), /0 af 9 modtaget · 50 min\. brugt/);
  await page.getByRole("link", { name: "Historik" }).click();
  await page.getByText("12.01.2026").first().waitFor();
});
