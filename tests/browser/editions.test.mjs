import assert from "node:assert/strict";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { hasNoBarriers } from "./barriers.mjs";
import { byId, option, pressComplete, saved, visit } from "./browser.mjs";
import { Server, definitions } from "./server.mjs";

// A small method with two editions of its concepts: an elm can be planted no more.
const garden = fileURLToPath(new URL("../editions/definitions", import.meta.url));
const ended = "(udgået 01.01.2025)";

let page, folder, address;

visit(async (opened) => {
  page = opened;
  await page.goto("/");
  await page.getByRole("table").getByRole("link").click();
  address = page.url();
}, async () => {
  folder = await mkdtemp(join(tmpdir(), "metode-garden-"));
  await cp(garden, folder, { recursive: true });
  await cp(join(definitions, "texts"), join(folder, "texts"), { recursive: true });
  return Server.start([], folder);
});

after(async () => folder && rm(folder, { recursive: true, force: true }));

test("what has ended is marked where it was chosen, in a completed form too", async () => {
  await page.goto(`${address}/responses/old`);
  assert.match(await byId(page, "f-tree").innerText(), /Elm \(udgået 01\.01\.2025\)/);
  assert.match(await byId(page, "f-plants").innerText(), /Elm \(udgået 01\.01\.2025\)/);
  assert.doesNotMatch(await byId(page, "f-plants").innerText(), /oak \(udgået/);
  await hasNoBarriers(page);
});

test("what was carried over and has ended must give way, and says so", async () => {
  await page.goto(`${address}/responses/visit`);
  const tree = byId(page, "f-tree");
  await tree.getByText("»Elm« er videreført fra et tidligere skema, men er udgået").waitFor();
  assert.ok(await tree.getByText(ended).isVisible());
  assert.ok(await byId(page, "f-planned").getByText(ended).isVisible(), "a view is only marked");
  await hasNoBarriers(page);
});

test("a draft with what has ended is not completed; with something else it is, and the mark is gone", async () => {
  await page.goto(`${address}/responses/new`);
  assert.equal(await pressComplete(page), false);
  await byId(page, "summary").getByText("»Elm« er udgået").first().waitFor();
  await hasNoBarriers(page);
  await option(page, "tree", "ginkgo").press("Space");
  await option(page, "plants", "elm").press("Space");
  await saved(page);
  await option(page, "plants", "elm").waitFor({ state: "detached" });
  assert.equal(await page.evaluate(() => document.activeElement.id), "f-plants", "the focus stays where somebody is");
  await byId(page, "f-beds.elm.count").getByRole("textbox").fill("");
  await page.keyboard.press("Tab");
  await saved(page);
  await page.reload();
  assert.equal(page.url(), `${address}/responses/new`, "who reads the page anew completes nothing");
  assert.equal(await page.getByText(ended).count(), 0);
  assert.equal(await pressComplete(page), true);
  await page.getByText("Plan er afsluttet").waitFor();
});
