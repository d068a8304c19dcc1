import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";
import YAML from "yaml";
import { begin, byId, createCase, openBrowser, openPage, option, pressComplete, saved, shoot } from "./browser.mjs";
import { Filler } from "./filler.mjs";
import { Server, binary, definitions } from "./server.mjs";

const file = join(definitions, "methods/vum/2.0.0/cases/mads.yaml");
const mads = YAML.parse(readFileSync(file, "utf8"));
const forms = join(definitions, "methods/vum/2.0.0/forms");
const title = (form) => YAML.parse(readFileSync(join(forms, `${form}.yaml`), "utf8")).title;

let server, browser, page, filler, address;

before(async () => {
  server = await Server.start();
  browser = await openBrowser();
  page = await openPage(browser, server);
  filler = new Filler(page, mads.today);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

test("a case is opened with its citizen and contacts", async () => {
  const { contacts, ...citizen } = mads.citizen;
  address = await createCase(page, filler, { citizen, case: mads.case });
  await page.getByRole("link", { name: "Ret oplysninger om sag og borger" }).click();
  await filler.fill({ citizen: { contacts } }, () => {});
  await page.getByRole("main").getByRole("button", { name: /^Gem/ }).click();
  await page.waitForURL(`**${address}`);
  await page.getByText("Malene X").first().waitFor();
});

/** What is to be seen while a form is filled in, beyond what the case file expects of it. */
const during = {
  async sagsaabning() {
    await appears("vaergemaalsform", () => option(page, "vaergemaal", "true").check());
    await vanishes("vaergemaalsform", () => option(page, "vaergemaal", "false").check());
  },
  async sagsoplysning() {
    const theme = option(page, "aktivitet_og_deltagelse.kommunikation.relevante_undertemaer", "samtale");
    const level = "aktivitet_og_deltagelse.kommunikation.niveauer.samtale.niveau";
    await appears(level, () => theme.check());
    await vanishes(level, () => theme.uncheck());
  },
  async sagsvurdering() {
    for (const price of ["26.000", "52.000", "91.000", "143.000"]) await page.getByText(price).first().waitFor();
  },
};

// Each form builds on those before it.
let completed = 0;
let orders = 0;
for (const [index, { form, answers, expect = {} }] of mads.responses.entries()) {
  const name = form === "bestilling" ? `${title(form)} ${orders += 1}` : title(form);
  test(`${name} is filled in and completed`, async (context) => {
    if (completed < index) return context.skip("a form before it was not completed");
    await page.goto(address);
    await begin(page, title(form));
    await filler.fill(answers);
    await during[form]?.();
    await saved(page);
    assert.deepEqual(await surprises(expect), []);
    await shoot(page, `${String(index + 1).padStart(2, "0")}-${form}`);
    await complete();
    await page.getByText(`${title(form)} er afsluttet`).waitFor();
    completed += 1;
  });
}

test("the page of data points lists what the case gave rise to", async () => {
  const command = ["evaluate", file, "--definitions", definitions, "--format", "json"];
  const { data_points: expected } = JSON.parse(execFileSync(binary, command, { encoding: "utf8", maxBuffer: 1 << 26 }));
  await page.goto(address);
  await page.getByRole("link", { name: "Datapunkter" }).click();
  await shoot(page, "datapunkter");
  const counts = {};
  for (const { type } of expected) counts[type] = (counts[type] ?? 0) + 1;
  for (const [type, count] of Object.entries(counts)) {
    const points = byId(page, `t-${type}`).locator(".point");
    assert.equal(await points.count(), count, type);
    for (const text of await points.allTextContents()) assert.match(text, /\d{1,2}\. [a-z]+ \d{4}/, type);
  }
  assert.deepEqual(page.complaints, []);
});

async function appears(path, act) {
  assert.equal(await byId(page, `f-${path}`).isVisible(), false, path);
  await act();
  await byId(page, `f-${path}`).waitFor({ state: "visible" });
}

async function vanishes(path, act) {
  await act();
  await byId(page, `f-${path}`).waitFor({ state: "hidden" });
}

/** What the page shows otherwise than the case file expects. */
async function surprises({ shown = [], hidden = [], required = [], read_only = [], values = {}, origins = {} }) {
  const found = [];
  const field = (path) => byId(page, `f-${filler.path(path)}`);
  const visible = async (path) => {
    for (const kind of ["f", "g", "r"]) if (await byId(page, `${kind}-${filler.path(path)}`).isVisible()) return true;
    return false;
  };
  for (const path of shown) if (!await visible(path)) found.push(`${path} is not shown`);
  for (const path of hidden) if (await visible(path)) found.push(`${path} is shown`);
  for (const path of read_only) {
    if (await field(path).locator("input, select, textarea").count()) found.push(`${path} can be changed`);
  }
  for (const path of required) {
    const open = await field(path).locator("input, select, textarea").count();
    if (open && !await field(path).getByText("Skal udfyldes").count()) found.push(`${path} is not required`);
  }
  for (const [path, value] of Object.entries(values).filter(([path]) => /pris/.test(path))) {
    const text = await field(path).textContent();
    if (!text.includes(value.toLocaleString("da-DK"))) found.push(`${path} is ${text}`);
  }
  for (const [path] of Object.entries(origins).filter(([, origin]) => origin === "carried")) {
    if (!await field(path).getByText(/^Hentet fra /).count()) found.push(`${path} does not say where it is from`);
  }
  return found;
}

/** Completes the form that is open, with a reason for each warning. */
async function complete() {
  if (await pressComplete(page)) return;
  await shoot(page, "advarsler");
  const reasons = page.locator("[name=ack_reason]");
  assert.ok(await reasons.count(), await byId(page, "summary").innerText());
  for (const reason of await reasons.all()) await reason.fill("Aftalt med borgeren.");
  assert.ok(await pressComplete(page), "the warnings stand in the way although there is a reason for each");
}
