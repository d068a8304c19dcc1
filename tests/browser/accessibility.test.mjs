import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import YAML from "yaml";
import { hasNoBarriers } from "./barriers.mjs";
import { begin, byId, openCase, pressComplete, visit } from "./browser.mjs";
import { definitions } from "./server.mjs";

const forms = join(definitions, "methods/vum/2.0.0/forms");
const titles = readdirSync(forms).map((name) => YAML.parse(readFileSync(join(forms, name), "utf8")).title);

let page;

visit((opened) => { page = opened; });

test("the list and the page of a new case have no barriers", async () => {
  await page.goto("/");
  await hasNoBarriers(page);
  await page.goto("/cases/new");
  await hasNoBarriers(page);
  await page.getByRole("link", { name: "Voksenudredningsmetoden 2.0" }).click();
  await page.getByRole("button", { name: "Opret sag" }).waitFor();
  await hasNoBarriers(page);
  await page.getByRole("button", { name: "Opret sag" }).click();
  await byId(page, "summary").waitFor();
  await hasNoBarriers(page);
});

test("the list of cases is read on a telephone without moving it sideways, and stays a table", async () => {
  await page.setViewportSize({ width: 360, height: 720 });
  await page.goto("/");
  assert.ok(await page.getByRole("region", { name: "Sager" }).evaluate((one) => one.scrollWidth <= one.clientWidth));
  await page.getByRole("row", { name: /Freja/ }).getByRole("cell", { name: /Børnefaglig undersøgelse/ }).waitFor();
  await hasNoBarriers(page);
  await page.setViewportSize({ width: 1280, height: 900 });
});

for (const link of [null, "Databehov", "Datapunkter", "Historik", "Ret oplysninger om sag og borger"]) {
  test(`a case with everything has no barriers: ${link ?? "its own page"}`, async () => {
    await openCase(page, "Sag2025-0815");
    if (link) {
      await page.getByRole("link", { name: link }).click();
      await page.getByRole("heading", { level: 1 }).filter({ hasNotText: "Mads" }).waitFor();
    }
    await hasNoBarriers(page);
  });
}

test("no page that a case leads to shows an id, lacks its heading or has links into nothing", async () => {
  for (const number of ["Sag2025-0815", "Sag2025-1101", "Sag200001"]) {
    await openCase(page, number);
    const links = await page.locator("main a[href^='/']").evaluateAll((all) => all.map((link) => link.pathname + link.search));
    assert.ok(links.length > 5);
    for (const link of new Set(links)) {
      const answer = await page.goto(link);
      assert.equal(answer.status(), 200, link);
      const found = await page.evaluate(() => ({
        ids: document.body.innerText.match(/\b[a-zæøå0-9]+(_[a-zæøå0-9]+)+\b/g) ?? [],
        levels: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((heading) => Number(heading.tagName[1])),
        dead: [...document.querySelectorAll("a[href^='#']")].filter((one) => !document.getElementById(decodeURIComponent(one.hash.slice(1)))).map((one) => one.hash),
      }));
      assert.deepEqual(found.ids, [], link);
      assert.deepEqual(found.dead, [], link);
      assert.equal(found.levels.filter((level) => level === 1).length, 1, link);
      found.levels.forEach((level, index) => assert.ok(index === 0 || level <= found.levels[index - 1] + 1, `${link}: heading ${index}`));
    }
  }
});

test("a form on a telephone begins with the form, and its sections are opened by keyboard", async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openCase(page, "Sag2025-0815");
  await page.getByRole("link", { name: "Sagsåbning" }).first().click();
  const sections = page.getByRole("navigation", { name: "I skemaet" });
  assert.equal(await sections.count(), 0);
  await page.locator("summary", { hasText: "I skemaet" }).press("Enter");
  await sections.waitFor();
  await hasNoBarriers(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.ok(await sections.isVisible());
});

test("reports have no barriers, in the list and one by one", async () => {
  await page.goto("/reports");
  await hasNoBarriers(page);
  await openCase(page, "Sag2025-0815");
  await page.getByRole("link", { name: "Indberetninger" }).click();
  await hasNoBarriers(page);
  await page.getByRole("table").getByRole("rowheader").first().getByRole("link").click();
  await page.getByRole("heading", { name: "Indhold" }).waitFor();
  await hasNoBarriers(page);
});

test("methods and what changed in them have no barriers, as a whole and by class", async () => {
  await page.goto("/");
  await page.getByRole("link", { name: "Metoder" }).click();
  await page.getByRole("heading", { level: 1, name: "Metoder" }).waitFor();
  await hasNoBarriers(page);
  await page.getByRole("link", { name: /^Hvad er ændret fra 1\.3\.0/ }).click();
  await page.getByRole("heading", { level: 2, name: /^Sagsoplysning/ }).waitFor();
  assert.ok(!(await page.getByRole("heading", { level: 3, name: /^Række: Sundhed/ }).isVisible()), "more than people read at once is closed");
  await hasNoBarriers(page);
  await page.getByRole("navigation", { name: "Klasser" }).getByRole("link", { name: /^Bryder svar/ }).click();
  await page.getByRole("heading", { level: 3, name: /^Række: Sundhed/ }).waitFor();
  assert.equal(await page.getByText("Ordlyd", { exact: true }).count(), 0);
  await hasNoBarriers(page);
});

test("what changed in one part, in one way, is one step away; on paper all parts are open", async () => {
  await page.goto("/methods/vum/compare?from=1.3.0&to=2.0.0");
  const changes = page.locator(".change:visible");
  await page.setViewportSize({ width: 360, height: 740 });
  assert.ok(await page.getByRole("region", { name: "Oversigt" }).evaluate((one) => one.scrollWidth <= one.clientWidth));
  await hasNoBarriers(page);
  await page.setViewportSize({ width: 1280, height: 900 });
  assert.equal(await changes.count(), 0);
  const cell = page.getByRole("link", { name: /^Sagsoplysning, bryder svar: / });
  const count = Number(await cell.innerText());
  await cell.press("Enter");
  await page.waitForURL(/part=form/);
  assert.equal(await changes.count(), count);
  assert.equal(await page.locator(".change .class--breaking").count(), count);
  await hasNoBarriers(page);
  await page.getByRole("link", { name: "Alle dele" }).press("Enter");
  await page.getByRole("navigation", { name: "Klasser" }).getByRole("link", { name: /^Alle/ }).press("Enter");
  await page.waitForURL((url) => !url.search.includes("class"));
  await page.emulateMedia({ media: "print" });
  assert.ok(await page.getByRole("heading", { level: 3, name: /^Række: Sundhed/ }).isVisible());
  await page.emulateMedia({ media: null });
  await page.getByRole("link", { name: "Åbn alle dele" }).press("Enter");
  await page.waitForURL(/open=true/);
  assert.ok((await changes.count()) > 800);
});

for (const title of titles) {
  test(`${title} has no barriers, empty or with answers, to read or to correct`, async () => {
    await openCase(page, "Sag2026-0001");
    await begin(page, title);
    await hasNoBarriers(page);
    await openCase(page, "Sag2025-0815");
    const row = page.locator(".form-row").filter({ has: page.getByRole("heading", { name: title, exact: true }) });
    await row.getByRole("link").first().click();
    await page.getByRole("heading", { level: 1, name: title }).waitFor();
    await hasNoBarriers(page);
    await page.getByRole("button", { name: "Ret skemaet" }).click();
    await page.getByRole("button", { name: /^Afslut / }).waitFor();
    await hasNoBarriers(page);
  });
}

test("a form that could not be completed has no barriers, and says first what is missing", async () => {
  await openCase(page, "Sag2026-0001");
  await page.getByRole("link", { name: "Sagsåbning" }).first().click();
  assert.equal(await pressComplete(page), false);
  const summary = byId(page, "summary");
  await summary.waitFor();
  assert.ok(await summary.evaluate((one) => one === document.activeElement));
  await hasNoBarriers(page);
  await summary.getByRole("link").first().click();
  assert.ok(await page.evaluate(() => document.activeElement.closest("[id^='f-']") !== null));
});

test("the tabulator reaches every control that is seen, in reading order, and no other", async () => {
  await openCase(page, "Sag2026-0001");
  await page.getByRole("link", { name: "Sagsåbning" }).first().click();
  await page.getByRole("button", { name: /^Afslut / }).waitFor();
  const expected = await page.evaluate(() => {
    const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary")];
    const group = (radio) => document.querySelectorAll(`input[type=radio][name="${radio.name}"]`);
    const chosen = (radio) => [...group(radio)].find((one) => one.checked) ?? group(radio)[0];
    window.reachable = all.filter((one) => one.tabIndex >= 0 && !one.disabled && one.type !== "hidden"
      && one.checkVisibility({ visibilityProperty: true }) && (one.type !== "radio" || one === chosen(one)));
    return window.reachable.map((one) => one.outerHTML.slice(0, 120));
  });
  assert.ok(expected.length > 40);
  const reached = [];
  for (let step = 0; step < expected.length; step += 1) {
    await page.keyboard.press("Tab");
    reached.push(await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120)));
  }
  assert.deepEqual(reached, expected);
  await page.keyboard.press("Tab");
  assert.ok(await page.evaluate(() => !window.reachable.includes(document.activeElement) || document.activeElement === window.reachable[0]));
});

test("every page allows nothing but what the server itself sends", async () => {
  const response = await page.goto("/");
  const policy = response.headers()["content-security-policy"];
  for (const part of ["default-src 'self'", "object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"]) {
    assert.ok(policy.split("; ").includes(part), part);
  }
  assert.doesNotMatch(policy, /unsafe|\*|data:|http/);
});
