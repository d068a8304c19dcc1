import { chromium } from "playwright-core";
import axe from "axe-core";
const b = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox","--disable-gpu","--disable-dev-shm-usage","--disable-quic","--no-first-run"] });
const p = await b.newPage({ viewport: { width: 1280, height: 900 } });
const base = process.argv[2]; 
for (let i = 3; i < process.argv.length; i += 2) {
  await p.goto(base + process.argv[i + 1]);
  await p.screenshot({ path: `/tmp/indberetning-${process.argv[i]}.png`, fullPage: true });
  await p.evaluate(axe.source);
  const r = await p.evaluate(() => axe.run(document, { runOnly: ["wcag2a","wcag2aa","wcag21a","wcag21aa"] }));
  console.log(process.argv[i], r.violations.map(v => v.id + ": " + v.nodes.slice(0,2).map(n=>n.html.slice(0,160)).join(" | ")));
  await p.setViewportSize({ width: 320, height: 640 });
  console.log("narrow", await p.evaluate(() => document.scrollingElement.scrollWidth));
  await p.screenshot({ path: `/tmp/indberetning-${process.argv[i]}-narrow.png` });
  await p.setViewportSize({ width: 1280, height: 900 });
}
await b.close();
