import assert from "node:assert/strict";
import { test } from "node:test";
import { hasNoBarriers } from "./barriers.mjs";
import { openCase, pressComplete, shoot, visit } from "./browser.mjs";

let page, address;

visit((opened) => { page = opened; });

const offer = () => page.getByRole("region", { name: /^Sagen kan flyttes til/ });
const panel = () => page.getByRole("region", { name: "Fra den tidligere version" });
const press = (name) => page.getByRole("button", { name }).click();

async function look(name) {
  for (const summary of await page.locator("details:not([open]) > summary").all()) {
    if (await summary.isVisible()) await summary.click();
  }
  await hasNoBarriers(page);
  await shoot(page, name);
}

test("while a form is open nobody is asked whether the case moves", async () => {
  await openCase(page, "Sag200001");
  address = page.url();
  assert.equal(await offer().count(), 0);
});

test("between two forms the caseworker is asked, and reads what would happen", async () => {
  await page.getByRole("link", { name: /Sagsvurdering/ }).click();
  assert.ok(await pressComplete(page), await page.locator("main").innerText());
  await page.goto(address);
  await offer().getByText("Det skal du tage stilling til bagefter").waitFor();
  await offer().getByText(/udgår\./).waitFor();
  await look("flyt-tilbud");
});

test("who answers later is left in peace, and can still move the case", async () => {
  await press("Senere");
  await offer().getByText("Se, hvad det betyder").waitFor();
  assert.equal(await page.getByRole("button", { name: "Senere" }).count(), 0);
});

test("a case that was moved shows what left it, and goes back until somebody works on it", async () => {
  await press("Flyt sagen");
  await panel().getByText("Skal afgøres").waitFor();
  await look("flyt-panel");
  await page.getByRole("link", { name: "Historik" }).click();
  await page.getByText("Flyttede sagen til").waitFor();
  await look("flyt-historik");
  await page.goto(`${address}/points`);
  await page.getByRole("cell", { name: "Økonomiske problemer" }).waitFor();
  assert.doesNotMatch(await page.locator("main").innerText(), /[a-z]_[a-z]/, "what an earlier version reported reads in its words");
  await page.goto(address);
  await press(/^Flyt tilbage/);
  await offer().waitFor();
  assert.equal(await panel().count(), 0);

  await press("Flyt sagen");
  await panel().waitFor();
  await page.getByRole("button", { name: /^Begynd/ }).first().click();
  await page.goto(address);
  await panel().waitFor();
  assert.equal(await page.getByRole("button", { name: /^Flyt tilbage/ }).count(), 0);
});
