import assert from "node:assert/strict";
import axe from "axe-core";

const rules = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], resultTypes: ["violations"] };

/** What hinders people on the open page, with the elements. */
export async function barriers(page) {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate((options) => axe.run(document, options), rules);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 200)).join(" | ")}`);
}

/** What sticks out of a screen that is as narrow as people see it who enlarge the page to 400 %. */
export async function overhang(page) {
  const { width, height } = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const found = await page.evaluate(() => {
    const { scrollWidth } = document.scrollingElement;
    if (scrollWidth <= innerWidth) return [];
    const wide = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth);
    return [`${scrollWidth} wide`, ...wide.slice(0, 3).map((one) => one.outerHTML.slice(0, 200))];
  });
  await page.setViewportSize({ width, height });
  return found;
}

/** The open page hinders nobody, whatever the width of the screen. */
export async function hasNoBarriers(page) {
  assert.deepEqual(await barriers(page), []);
  assert.deepEqual(await overhang(page), []);
}
