import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { after, test } from "node:test";
import { hasNoBarriers } from "./barriers.mjs";
import { shoot, visit } from "./browser.mjs";
import { Server } from "./server.mjs";

const says = "Forventet funktionsevneniveau passer ikke til måltypen.";

/** A receiver that refuses reports with a goal, at that goal, for as long as `refuses` says. */
const receiver = {
  refuses: true,
  async start() {
    this.server = createServer(async (request, response) => {
      const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
      const goal = body.entry.findIndex((entry) => entry.resource.resourceType === "Goal");
      if (!this.refuses || goal < 0) return response.writeHead(200).end("{}");
      const expression = [`Bundle.entry[${goal}].resource.target[0].detailCodeableConcept`];
      const issue = [{ severity: "error", details: { text: says, coding: [{ code: "goal-level" }] }, expression }];
      response.writeHead(422).end(JSON.stringify({ resourceType: "OperationOutcome", issue }));
    });
    await once(this.server.listen(0, "127.0.0.1"), "listening");
    return `http://127.0.0.1:${this.server.address().port}/`;
  },
};

let page;

visit(
  (opened) => { page = opened; },
  async () => Server.start(["--deliver", `ffb-uddatasaet@1.0.0=${await receiver.start()}`]),
);
after(() => receiver.server?.close());

const tab = (name) => page.getByRole("navigation", { name: "Status" }).getByRole("link", { name });

/** Opens the list again and again until a status has so many reports. */
async function until(name, count) {
  for (let tries = 0; tries < 100; tries += 1) {
    await page.goto("/reports");
    if ((await tab(name).locator("b").textContent()) === String(count)) return;
    await new Promise((done) => { setTimeout(done, 100); });
  }
  assert.fail(`not ${count} × ${name}: ${await tab(name).textContent()}`);
}

test("a refused report says what is wrong, leads to the field, and holds back what comes later", async () => {
  await until("Afvist", 1);
  assert.equal(await tab("Afvist").getAttribute("aria-current"), "page");
  const row = page.getByRole("row").filter({ hasText: says });
  await hasNoBarriers(page);
  await shoot(page, "afvist");
  await page.setViewportSize({ width: 360, height: 720 });
  assert.ok(await page.getByRole("region", { name: "Afvist" }).evaluate((one) => one.scrollWidth <= one.clientWidth));
  await page.setViewportSize({ width: 1280, height: 900 });
  await row.getByRole("rowheader").getByRole("link").click();
  await page.getByRole("heading", { name: "Problemer" }).waitFor();
  await hasNoBarriers(page);
  await shoot(page, "afvist-hvorfor");
  await page.locator(".problem").getByRole("link", { name: /^Sagsvurdering → / }).click();
  await page.getByRole("heading", { level: 1, name: "Sagsvurdering" }).waitFor();
  assert.match(new URL(page.url()).hash, /^#f-indsatsmaal\./);
  assert.ok(await page.locator(":target").isVisible());
  await shoot(page, "afvist-felt");
  await page.goto("/reports?show=waiting");
  const behind = page.getByRole("row").filter({ hasText: "som er afvist" });
  assert.ok((await behind.count()) > 1);
  await hasNoBarriers(page);
  await behind.first().getByRole("rowheader").getByRole("link").click();
  await page.getByText("Den venter på en tidligere indberetning").waitFor();
  await hasNoBarriers(page);
});

test("reports are found by their day, and by the keyboard alone", async () => {
  await page.goto("/reports");
  await page.getByLabel("Vis kun indberetninger af én dag").fill("31.2.2025");
  await page.keyboard.press("Enter");
  await page.getByText("»31.2.2025« er ikke en dag i kalenderen.").waitFor();
  await hasNoBarriers(page);
  assert.equal(await page.getByRole("table").count(), 0);
  assert.equal(await page.evaluate(() => document.activeElement.id), "day");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("10.10.2025");
  await page.keyboard.press("Enter");
  await page.getByText("Alle indberetninger af 10. oktober 2025").waitFor();
  assert.equal(await page.getByRole("table").getByRole("rowheader").count(), 1);
  await hasNoBarriers(page);
  await page.goto("/reports?day=1999-01-01");
  await page.getByText("Der er ingen indberetninger af den dag.").waitFor();
  await hasNoBarriers(page);
});

test("a report on paper has everything in it and no buttons", async () => {
  await until("Afvist", 1);
  await page.getByRole("row").filter({ hasText: says }).getByRole("rowheader").getByRole("link").click();
  const first = page.locator("details .point").first();
  await first.waitFor({ state: "attached" });
  assert.ok(!(await first.isVisible()), "with problems the content is closed on the screen");
  await page.emulateMedia({ media: "print" });
  assert.ok(await first.isVisible());
  assert.ok(!(await page.getByRole("button", { name: "Prøv igen", includeHidden: true }).isVisible()));
  await page.emulateMedia({ media: null });
});

test("tried again, it is sent, and those behind it too", async () => {
  await until("Afvist", 1);
  await page.getByRole("row").filter({ hasText: says }).getByRole("rowheader").getByRole("link").click();
  receiver.refuses = false;
  await page.getByRole("button", { name: "Prøv igen" }).click();
  await page.getByText("Det er noteret.").waitFor();
  await until("Venter", 0);
  await until("Afvist", 0);
  assert.notEqual(await tab("Sendt").locator("b").textContent(), "0");
});
