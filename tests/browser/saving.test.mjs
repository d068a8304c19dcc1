import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import YAML from "yaml";
import { begin, byId, control, createCase, openBrowser, openPage, option, pressComplete, saved } from "./browser.mjs";
import { Filler } from "./filler.mjs";
import { Server, definitions } from "./server.mjs";

const mads = YAML.parse(readFileSync(join(definitions, "methods/vum/2.0.0/cases/mads.yaml"), "utf8"));
const cpr = "241295-1236";
const text = "aarsag_til_sagsaabning";
const other = "henvendelser_forud";

let server, browser, page;
const addresses = new Set();
let number = 0;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
});

beforeEach(async () => {
  page = await watchedPage();
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function watchedPage(options) {
  const watched = await openPage(browser, server, options);
  watched.context().on("request", (request) => addresses.add(request.url()));
  return watched;
}

/** Begins a form in a new case; its address. */
async function newForm(title, on = page) {
  const facts = { number: `Sag-${number += 1}`, municipality: "0791" };
  await createCase(on, new Filler(on, mads.today), { citizen: { name: `Bo ${number}`, cpr }, case: facts });
  await begin(on, title);
  return new URL(on.url()).pathname;
}

const status = (on = page) => byId(on, "save-status");
const says = (words, on = page) => status(on).filter({ hasText: words }).waitFor();

async function enter(path, value, on = page) {
  await control(on, path).fill(value);
  await control(on, path).press("Tab");
}

test("typing keeps focus and caret while the consequences of another answer appear", async () => {
  await newForm("Sagsåbning");
  await enter(text, "Mads behov");
  await saved(page);
  let release;
  const held = new Promise((resolve) => { release = resolve; });
  await page.route("**/answers", async (route) => { await held; await route.continue(); });
  await option(page, "vaergemaal", "true").check();
  const field = control(page, text);
  await field.press("Control+Home");
  for (let step = 0; step < "Mads ".length; step += 1) await field.press("ArrowRight");
  await page.keyboard.type("har ");
  release();
  await byId(page, "f-vaergemaalsform").waitFor({ state: "visible" });
  await page.keyboard.type("et ");
  await saved(page);
  await page.keyboard.type("stort ");
  assert.equal(await field.inputValue(), "Mads har et stort behov");
  assert.ok(await field.evaluate((one) => one === document.activeElement));
  assert.equal(await field.evaluate((one) => one.selectionStart), "Mads har et stort ".length);
});

test("a saved answer outlives the server", async () => {
  const address = await newForm("Sagsåbning");
  await enter(text, "Før strømmen gik");
  await option(page, "klar_sag", "true").check();
  await saved(page);
  await server.kill();
  await server.run();
  await page.goto(address);
  assert.equal(await control(page, text).inputValue(), "Før strømmen gik");
  assert.ok(await option(page, "klar_sag", "true").isChecked());
});

test("two pages on one form keep each other's answers", async () => {
  const address = await newForm("Sagsåbning");
  const second = await watchedPage();
  await second.goto(address);
  await enter(text, "Fra den første");
  await saved(page);
  await enter(other, "Fra den anden", second);
  await saved(second);
  await second.waitForFunction(
    ([name, value]) => document.getElementsByName(name)[0].value === value,
    [`a:${text}`, "Fra den første"],
  );
  await page.reload();
  assert.equal(await control(page, other).inputValue(), "Fra den anden");
});

for (const [choice, kept] of [["Behold mit svar", "Den andens svar"], [/^Brug svaret fra/, "Den førstes svar"]]) {
  test(`whoever answers a field last is told of both answers: ${choice}`, async () => {
    const address = await newForm("Sagsåbning");
    const second = await watchedPage();
    await second.goto(address);
    await Promise.all([second.waitForEvent("load"), second.getByLabel("Arbejder som").selectOption("Karim Aziz")]);
    await enter(text, "Den førstes svar");
    await saved(page);
    await enter(text, "Den andens svar", second);
    const field = byId(second, `f-${text}`);
    await field.getByText(/Sofie Holm har ændret feltet/).waitFor();
    assert.match(await field.innerText(), /Den førstes svar[\s\S]*Den andens svar/);
    assert.equal(await control(second, text).inputValue(), "Den andens svar");
    await field.getByRole("button", { name: choice }).click();
    await field.getByText(/Sofie Holm har ændret feltet/).waitFor({ state: "hidden" });
    await saved(second);
    assert.equal(await control(second, text).inputValue(), kept);
    await page.reload();
    assert.equal(await control(page, text).inputValue(), kept);
    await page.goto(address.replace(/\/responses\/.*/, "/history"));
    await page.getByText("Den førstes svar").first().waitFor();
  });
}

test("what is typed while the server is away is saved by itself when it is back", async () => {
  const address = await newForm("Sagsåbning");
  await server.kill();
  await enter(text, "Skrevet uden forbindelse");
  await says("Ikke gemt");
  await enter(other, "Også dette");
  await server.run();
  await says(/^Gemt/);
  await page.goto(address);
  assert.equal(await control(page, text).inputValue(), "Skrevet uden forbindelse");
  assert.equal(await control(page, other).inputValue(), "Også dette");
});

test("a form can be filled in and completed without a script", async () => {
  const plain = await watchedPage({ javaScriptEnabled: false });
  await newForm("Sagsåbning", plain);
  const press = async () => {
    await plain.getByRole("button", { name: "Gem", exact: true }).click();
    await says(/^Gemt/, plain);
  };
  await new Filler(plain, mads.today).fill(mads.responses[0].answers, press);
  assert.ok(await pressComplete(plain));
  await plain.getByText("Sagsåbning er afsluttet").waitFor();
});

for (const javaScriptEnabled of [true, false]) {
  test(`a removed row comes back with its answers, ${javaScriptEnabled ? "with" : "without"} a script`, async () => {
    const rows = await watchedPage({ javaScriptEnabled });
    await newForm("Sagsvurdering", rows);
    const save = javaScriptEnabled ? saved : () => rows.getByRole("button", { name: "Gem", exact: true }).click();
    await new Filler(rows, mads.today).fill({ indsatsmaal: [{ id: "m1", maalformulering: "Jeg laver mad" }] }, save);
    const title = rows.getByRole("heading", { name: "Jeg laver mad" });
    await title.waitFor();
    await rows.getByRole("button", { name: "Fjern Jeg laver mad" }).click();
    await title.waitFor({ state: "hidden" });
    await rows.getByRole("button", { name: "Fortryd" }).click();
    await title.waitFor();
    assert.equal(await rows.getByLabel("Borgerens målformulering").inputValue(), "Jeg laver mad");
  });
}

test("a value that cannot be read stays, with a message, and keeps nothing else from being saved", async () => {
  const date = "dato_for_afgoerelse";
  const address = await newForm("Afgørelse");
  await enter(date, "32.13.2025");
  const message = byId(page, `f-${date}`).getByText("Skriv en dato");
  await message.waitFor();
  await enter("overskrift", "Afgørelse om støtte");
  await says("Ét svar er ikke gemt");
  assert.equal(await control(page, date).inputValue(), "32.13.2025");
  assert.equal(await control(page, date).getAttribute("aria-invalid"), "true");
  await enter(date, "1.9.2025");
  await page.waitForFunction(() => document.getElementById("save-status").dataset.state !== "refused");
  await saved(page);
  assert.equal(await message.count(), 0);
  await page.goto(address);
  assert.equal(await control(page, date).inputValue(), "01.09.2025");
  assert.equal(await control(page, "overskrift").inputValue(), "Afgørelse om støtte");
});

test("the CPR number stands in no address, in no list and in no log", async () => {
  await newForm("Sagsåbning");
  await page.goto("/");
  const everywhere = [await page.content(), server.log, ...addresses].join("\n");
  for (const secret of [cpr, cpr.replace("-", "")]) assert.ok(!everywhere.includes(secret));
});
