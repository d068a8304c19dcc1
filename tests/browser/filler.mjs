import { byId, control, option, saved, still } from "./browser.mjs";

const DAY = 86_400_000;
const isRow = (value) => value !== null && typeof value === "object" && "id" in value;
const isRows = (value) => Array.isArray(value) && value.length > 0 && value.every(isRow);
const isContext = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** A value as a caseworker writes it, `later` days after the case file's own time. */
function written(value, later) {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) {
    const date = new Date(Date.parse(value) + later * DAY);
    return date.toISOString().slice(0, 10).split("-").reverse().join(".");
  }
  return typeof value === "number" ? String(value).replace(".", ",") : String(value);
}

/** Fills in forms with the answers of a case file, through the controls of the page. */
export class Filler {
  /** The row ids of the case file, and what the server called the rows. */
  rows = new Map();

  /** The dates of the answers are moved as if `today` of the case file were today. */
  constructor(page, today) {
    this.page = page;
    this.later = Math.floor(Date.now() / DAY) - Date.parse(today) / DAY;
  }

  /** The path in the page of a path in the case file. */
  path(path) {
    return path.split(".").map((part) => this.rows.get(part) ?? part).join(".");
  }

  /** Enters all answers; some open only when others are saved, so it goes on until nothing more opens. */
  async fill(answers, save = saved) {
    let left = [...steps(answers)];
    while (left.length > 0) {
      const closed = [];
      for (const step of left) {
        const done = step.row ? await this.row(step) : await this.enter(this.path(step.path), step.value);
        if (!done) closed.push(step);
      }
      await save(this.page);
      if (closed.length === left.length) break;
      left = closed;
    }
    const absent = [];
    for (const { path } of left) {
      const readOnly = await byId(this.page, `f-${this.path(path)}`).isVisible();
      if (!readOnly) absent.push(path);
    }
    if (absent.length > 0) throw new Error(`These answers have no control: ${absent.join(", ")}`);
  }

  async row({ path, row }) {
    const group = this.path(path);
    const known = this.rows.get(row);
    if (known && await byId(this.page, `r-${group}.${known}`).count()) return true;
    const add = this.page.locator(`button[name=do][value="add_row ${group}"]`);
    if (!await add.count()) return false;
    const keys = () => byId(this.page, `g-${group}`).locator("[data-row]").evaluateAll((rows) => rows.map((one) => one.id));
    const before = await keys();
    await add.click();
    await this.page.waitForFunction(
      ([id, count]) => document.getElementById(id)?.querySelectorAll("[data-row]").length > count,
      [`g-${group}`, before.length],
    );
    const added = (await keys()).find((id) => !before.includes(id) && id.startsWith(`r-${group}.`));
    this.rows.set(row, added.slice(`r-${group}.`.length));
    return true;
  }

  /** Enters one answer; `false` when there is nothing to enter it in. */
  async enter(path, value) {
    const controls = control(this.page, path);
    if (!await controls.count()) return false;
    await still(this.page);
    const kind = await controls.first().evaluate((one) => (one.matches("select") ? "select" : one.type));
    if (kind === "radio") {
      const chosen = option(this.page, path, value);
      if (!await chosen.count()) return false;
      await chosen.check();
    } else if (kind === "checkbox") {
      const options = await controls.evaluateAll((all) => all.map((one) => [one.value, one.checked]));
      const unknown = value.filter((code) => !options.some(([known]) => known === code));
      if (unknown.length > 0) return false;
      for (const [code, checked] of options) {
        if (value.includes(code) !== checked) await option(this.page, path, code).setChecked(!checked);
      }
    } else if (kind === "select") {
      if (!await controls.locator(`option[value="${value}"]`).count()) return false;
      await controls.selectOption(value);
    } else {
      await controls.fill(written(value, this.later));
      await controls.press("Tab");
    }
    return true;
  }
}

/** The single things to do: rows to add and answers to enter, with their paths. */
function* steps(answers, at = "") {
  for (const [id, value] of Object.entries(answers)) {
    const path = at + id;
    if (isRows(value)) {
      for (const { id: row, ...inner } of value) {
        yield { path, row };
        yield* steps(inner, `${path}.${row}.`);
      }
    } else if (isContext(value)) {
      yield* steps(value, `${path}.`);
    } else {
      yield { path, value };
    }
  }
}
