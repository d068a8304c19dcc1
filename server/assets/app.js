// Saves a form while it is being filled in, and shows what follows from each answer. Without this file the pages
// work with their buttons alone; everything here sends the same names to the same server.

const PAUSE = 600;                                  // ms without a keystroke before a text is saved
const RETRIES = [1000, 2000, 5000, 10000, 15000];   // ms between attempts when the server cannot be reached
const PAGE = crypto.getRandomValues(new Uint32Array(4)).reduce((text, part) => text + part.toString(16), "");

const byId = (id) => document.getElementById(id);
const parse = (html) => {
  const template = document.createElement("template");
  template.innerHTML = html.trim();
  return template.content;
};

/* ---- Making one element like another, without touching what somebody is working on ---- */

const isText = (control) => control.matches("textarea, select, input:not([type=radio], [type=checkbox], [type=hidden])");

function morph(old, fresh, keeps) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "style") old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  if (old instanceof HTMLTextAreaElement) {
    if (!keeps(old) && old.value !== fresh.value) old.value = fresh.value;
    old.defaultValue = fresh.value;
    return;
  }
  if (old instanceof HTMLInputElement) {
    if (old.type === "radio" || old.type === "checkbox") {
      if (!keeps(old)) old.checked = fresh.hasAttribute("checked");
    } else if (!keeps(old)) {
      const value = fresh.getAttribute("value") ?? "";
      if (old.value !== value) old.value = value;
    }
    return;
  }
  const chosen = old instanceof HTMLSelectElement && keeps(old) ? old.value : null;
  morphChildren(old, fresh, keeps);
  if (old instanceof HTMLSelectElement) old.value = chosen ?? fresh.value;
}

function morphChildren(old, fresh, keeps) {
  const stays = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
  const named = new Map([...old.children].filter((child) => child.id).map((child) => [child.id, child]));
  let at = old.firstChild;
  const skip = () => { while (at && at.nodeType === 1 && at.hasAttribute("data-keep")) at = at.nextSibling; };
  for (const wanted of [...fresh.childNodes]) {
    skip();
    // What has gone is taken out first, so that what comes after it does not have to be moved and keeps its focus.
    while (at?.id && !stays.has(at.id) && !at.hasAttribute("data-keep")) { const gone = at; at = at.nextSibling; gone.remove(); skip(); }
    const twin = wanted.id ? named.get(wanted.id) : undefined;
    if (twin) {
      named.delete(wanted.id);
      if (twin !== at) old.insertBefore(twin, at); else at = at.nextSibling;
      morph(twin, wanted, keeps);
    } else if (at && !at.id && !wanted.id && at.nodeType === wanted.nodeType && at.nodeName === wanted.nodeName
               && at.name === wanted.name && (at.type === wanted.type)) {
      if (at.nodeType === 1) morph(at, wanted, keeps);
      else if (at.nodeValue !== wanted.nodeValue) at.nodeValue = wanted.nodeValue;
      at = at.nextSibling;
    } else {
      old.insertBefore(wanted, at);
    }
  }
  while (at) {
    const next = at.nextSibling;
    if (!(at.nodeType === 1 && at.hasAttribute("data-keep"))) at.remove();
    at = next;
  }
}

/* ---- The form of a response ---- */

class Work {
  constructor(form) {
    this.form = form;
    this.base = form.dataset.base;
    this.status = byId("save-status");
    this.waiting = new Map();    // name → values that are not saved yet, in the order in which they were typed
    this.timers = new Map();     // name → timer of a text that is being typed
    this.refused = new Map();    // name → the values that the server would not take
    this.conflicts = new Set();  // names for which somebody must choose whose answer holds
    this.sending = null;
    this.failures = 0;
    this.leaving = false;
    // A form that could not be completed yet is read anew when the page is, and not completed by that.
    if (location.pathname !== this.base) history.replaceState(null, "", this.base + location.hash);

    form.addEventListener("input", (event) => this.typed(event.target));
    form.addEventListener("change", (event) => this.chosen(event.target));
    form.addEventListener("focusout", (event) => this.left(event.target));
    form.addEventListener("keydown", (event) => {
      if (event.key === " " && event.target.matches("a[data-why]")) { event.preventDefault(); explain(event.target); }
      if (event.key === "Enter" && event.target.matches("input")) { event.preventDefault(); this.left(event.target); }
    });
    form.addEventListener("click", (event) => this.pressed(event));
    form.addEventListener("submit", (event) => this.submitted(event));
    addEventListener("online", () => this.retry());
    addEventListener("beforeunload", (event) => { if (this.unsaved() && !this.leaving) event.preventDefault(); });
    document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") this.flush(); });
    enhance(form);
    markSection();
  }

  get revision() { return this.form.elements.revision; }

  owns(control) { return control.name?.startsWith("a:"); }

  controls(name) { return [...this.form.elements].filter((control) => control.name === name && control.type !== "hidden"); }

  values(name) {
    return this.controls(name)
      .filter((control) => isText(control) || control.checked)
      .map((control) => control.value);
  }

  typed(control) {
    if (!this.owns(control) || !isText(control) || control.matches("select")) return;
    grow(control);
    const { name } = control;
    clearTimeout(this.timers.get(name));
    this.timers.set(name, setTimeout(() => this.save(name), PAUSE));
    this.tell();
  }

  chosen(control) {
    if (this.owns(control)) this.save(control.name);
  }

  left(control) {
    if (control.name && this.timers.has(control.name)) this.save(control.name);
  }

  save(name) {
    clearTimeout(this.timers.get(name));
    this.timers.delete(name);
    this.refused.delete(name);
    if (this.conflicts.has(name)) { this.tell(); return; }
    this.waiting.delete(name);
    this.waiting.set(name, this.values(name));
    this.send();
  }

  flush() {
    for (const name of [...this.timers.keys()]) this.save(name);
  }

  /** Everything is saved, or the server said no; resolves to whether all is well. */
  async settled() {
    this.flush();
    while (this.sending || this.waiting.size) {
      await (this.sending ?? this.send());
      if (this.failures) return false;
    }
    return this.refused.size === 0 && this.conflicts.size === 0;
  }

  unsaved() {
    return this.waiting.size + this.timers.size + this.refused.size + this.conflicts.size > 0 || this.sending !== null;
  }

  /** Saves what waits, one answer after the other, so that revisions follow each other. */
  send() {
    if (this.sending) return this.sending;
    this.sending = (async () => {
      while (this.waiting.size) {
        const [name, values] = this.waiting.entries().next().value;
        this.current = name;
        this.tell();
        const body = new URLSearchParams({ path: name.slice(2) });
        for (const value of values) body.append("value", value);
        const answer = await this.post("answers", body);
        if (!answer) break;
        if (this.waiting.get(name) === values) this.waiting.delete(name);
        if (answer.status === 422) this.refused.set(name, values);
        if (answer.status === 409) this.conflicts.add(name);
        this.current = null;
        if (answer.status === 200 || answer.status === 422 || answer.status === 409) this.apply(answer.data);
        else this.refused.set(name, values);
        if (answer.data.behind) await this.reread();
      }
    })().finally(() => { this.sending = null; this.current = null; this.tell(); });
    return this.sending;
  }

  async post(where, body) {
    body.set("revision", this.revision.value);
    if (this.form.hasAttribute("data-show-missing")) body.set("show_missing", "1");
    try {
      const response = await fetch(`${this.base}/${where}`, {
        method: "POST", body, keepalive: body.toString().length < 60000,
        headers: { Accept: "application/json", "X-Page": PAGE },
      });
      if (response.status >= 500) throw new Error(String(response.status));
      const data = await response.json();
      this.failures = 0;
      if (data.fragments === undefined) {
        this.message = data.message;
        return { status: response.status === 409 ? 400 : 400, data };
      }
      this.message = null;
      this.savedAt = response.ok ? data.saved : this.savedAt;
      return { status: response.status, data };
    } catch {
      this.failures += 1;
      clearTimeout(this.again);
      this.again = setTimeout(() => this.retry(), RETRIES[Math.min(this.failures, RETRIES.length) - 1]);
      return null;
    }
  }

  retry() {
    if (this.failures && this.waiting.size) this.send();
  }

  /** Whether a control holds something that the server does not have, so that it must not be touched. */
  keeps = (control) => {
    const { name } = control;
    return this.waiting.has(name) || this.timers.has(name) || this.refused.has(name) || this.conflicts.has(name)
      || (control === document.activeElement && isText(control) && !control.matches("select") && !this.free?.has(name));
  };

  apply(data) {
    this.revision.value = data.revision;
    const focused = document.activeElement;
    const field = focused?.closest("[data-field]");
    for (const { id, html } of data.fragments) {
      const old = byId(id);
      const fresh = parse(html).firstElementChild;
      if (old && fresh) morph(old, fresh, this.keeps);
    }
    // What had the focus can be gone, an option that has ended for instance: its field keeps the place.
    if (focused && !focused.isConnected && field?.isConnected) field.focus();
    enhance(this.form);
    markSection();
    this.reexplain();
  }

  /** Reads the explanations that are open anew, as soon as nothing more is on its way. */
  reexplain() {
    clearTimeout(this.explaining);
    this.explaining = setTimeout(() => {
      for (const box of this.form.querySelectorAll(".explanation-box")) showExplanation(box);
    }, 150);
  }

  /** Reads the page anew, because somebody else has changed the case. */
  async reread() {
    try {
      const response = await fetch(this.base, { headers: { "X-Page": PAGE } });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const fresh = page.getElementById("response");
      if (!fresh) { location.reload(); return; }
      for (const element of fresh.querySelectorAll("#form-nav, #form-progress, #form-messages, section[id]")) {
        const old = byId(element.id);
        if (!old) continue;
        // What is told about unsaved answers stays until they are saved.
        for (const name of [...this.refused.keys(), ...this.conflicts]) {
          const place = "f-" + name.slice(2);
          const told = old.querySelector("#" + CSS.escape(place));
          element.querySelector("#" + CSS.escape(place))?.replaceWith(told ? told.cloneNode(true) : "");
        }
        morph(old, element, this.keeps);
      }
      this.revision.value = fresh.elements.revision.value;
      enhance(this.form);
      this.reexplain();
    } catch { /* The next save tries again. */ }
  }

  /* Buttons */

  async pressed(event) {
    const why = event.target.closest("a[data-why]");
    if (why && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); explain(why); return; }
    const button = event.target.closest("button[name=do]");
    if (!button) return;
    const [what, path, key] = button.value.split(" ");
    if (what === "complete") return;
    event.preventDefault();
    if (what === "save") { await this.settled(); return; }
    const name = "a:" + path;
    if (what === "clear") {
      for (const control of this.controls(name)) control.checked = false;
      this.controls(name)[0]?.focus();
      this.save(name);
    } else if (what === "mine") {
      this.conflicts.delete(name);
      this.controls(name)[0]?.focus();
      this.save(name);
    } else if (what === "theirs") {
      this.conflicts.delete(name);
      this.free = new Set([name]);
      await this.reread();
      this.free = null;
      (this.controls(name)[0] ?? byId("f-" + path))?.focus();
      this.tell();
    } else {
      await this.rows(button, what, path, key);
    }
  }

  async rows(button, what, path, key) {
    button.disabled = true;
    await this.settled();
    const where = { add_row: "rows", remove_row: "rows/remove", restore_row: "rows/restore", use_source: "source" }[what];
    const body = new URLSearchParams(what === "use_source" ? { path } : { group: path });
    if (key) body.set("key", key);
    const answer = await this.post(where, body);
    button.disabled = false;
    if (answer?.status === 200) {
      this.free = new Set(["a:" + path]);
      this.apply(answer.data);
      this.free = null;
      if (answer.data.behind) await this.reread();
      const target = what === "add_row" ? byId("r-" + answer.data.added)?.querySelector("input:not([type=hidden]), textarea, select")
        : what === "remove_row" ? byId("removed-" + path)?.querySelector("button")
        : what === "restore_row" ? byId("rt-" + path + "." + key)
        : byId("f-" + path);
      target?.focus();
    } else if (!answer) {
      this.message = "Der er ingen forbindelse. Prøv igen om lidt.";
      clearTimeout(this.again);
      this.failures = 0;
    }
    this.tell();
  }

  async submitted(event) {
    const button = event.submitter;   // The event forgets it once it has been handled.
    const completing = button?.hasAttribute("data-complete");
    if (!completing) { event.preventDefault(); this.flush(); return; }
    if (this.leaving) return;
    event.preventDefault();
    button.disabled = true;
    await this.settled();
    await new Promise((resume) => setTimeout(resume));   // A form does not submit while its submit event is under way.
    button.disabled = false;
    if (this.failures) { this.message = "Skemaet kan ikke afsluttes, før alt er gemt."; this.tell(); return; }
    this.leaving = true;
    this.form.requestSubmit(button);
  }

  /** Says how far saving is. */
  tell() {
    let state = "idle", text = "";
    if (this.failures) [state, text] = ["failed", "Ikke gemt – prøver igen"];
    else if (this.message) [state, text] = ["refused", this.message];
    else if (this.conflicts.size) [state, text] = ["refused", "Vælg, hvilket svar der gælder"];
    else if (this.refused.size) [state, text] = ["refused", this.refused.size === 1 ? "Ét svar er ikke gemt" : `${this.refused.size} svar er ikke gemt`];
    else if (this.sending || this.waiting.size || this.timers.size) [state, text] = ["saving", "Gemmer …"];
    else if (this.savedAt) {
      const time = new Date(this.savedAt).toLocaleTimeString("da-DK", { hour: "2-digit", minute: "2-digit", timeZone: "Europe/Copenhagen" });
      [state, text] = ["saved", "Gemt " + time.replace(".", ":")];
    }
    if (state === "idle" && !this.status.dataset.state) return;
    this.status.dataset.state = state;
    if (this.status.textContent !== text) this.status.textContent = text;
  }
}

/* ---- Small helps ---- */

/** Shows why a field is as it is, or hides it again. */
function explain(link) {
  const id = link.parentElement.id + "-box";
  const shown = byId(id);
  if (shown) { shown.remove(); link.setAttribute("aria-expanded", "false"); return; }
  const box = document.createElement("div");
  box.className = "explanation-box";
  box.id = id;
  box.dataset.keep = "";
  link.parentElement.after(box);
  link.setAttribute("aria-expanded", "true");
  showExplanation(box);
}

/** Puts the explanation into its box; what was unfolded in it stays unfolded. */
async function showExplanation(box) {
  const link = byId(box.id.slice(0, -"-box".length))?.querySelector("a[data-why]");
  if (!link) { box.remove(); return; }
  link.setAttribute("aria-expanded", "true");
  const folds = () => [...box.querySelectorAll("details")];
  try {
    const response = await fetch(link.href, { headers: { "X-Page": PAGE } });
    if (!response.ok) throw new Error();
    const fresh = parse(await response.text());
    if (box.firstElementChild?.outerHTML === fresh.firstElementChild.outerHTML) return;
    // As they are by now: somebody may have unfolded one meanwhile.
    const open = folds().map((fold) => fold.open);
    box.replaceChildren(fresh);
    folds().forEach((fold, index) => { fold.open = open[index] ?? false; });
  } catch {
    box.textContent = "Forklaringen kan ikke hentes lige nu.";
  }
}

/** Lets a text be as tall as what stands in it, where the style sheet cannot. */
function grow(control) {
  if (!(control instanceof HTMLTextAreaElement) || CSS.supports("field-sizing", "content")) return;
  control.style.height = "auto";
  control.style.height = `${control.scrollHeight + 2}px`;
}

/** Gives long lists of options a filter, dates a calendar, and texts their height. Can be called again. */
function enhance(root) {
  for (const list of root.querySelectorAll(".checks[data-filter]")) {
    if (!list.previousElementSibling?.matches(".filter")) addFilter(list);
    list.previousElementSibling.refilter();
  }
  for (const control of root.querySelectorAll("input[data-date]")) {
    if (!control.parentElement.querySelector(".date-button")) addCalendar(control);
  }
  for (const control of root.querySelectorAll("textarea")) grow(control);
  for (const link of root.querySelectorAll("a[data-why]")) {
    link.setAttribute("role", "button");
    link.setAttribute("aria-expanded", String(byId(link.parentElement.id + "-box") !== null));
  }
}

function addFilter(list) {
  const label = list.closest("fieldset")?.querySelector(".label")?.textContent ?? "";
  const box = parse(`<div class="filter" data-keep><label>Find i listen<span class="visually-hidden"></span>
    <input class="input" type="search" autocomplete="off"></label><p class="filter__count" role="status"></p></div>`).firstElementChild;
  box.querySelector("label span").textContent = ": " + label;
  const search = box.querySelector("input");
  const filter = () => {
    const sought = search.value.trim().toLocaleLowerCase("da");
    let heading = null, under = false, fits = 0;
    const close = () => { if (heading) heading.hidden = !under; };
    for (const child of list.children) {
      if (child.matches(".pick-heading")) {
        close();
        heading = child;
        under = child.textContent.toLocaleLowerCase("da").includes(sought);
        heading.dataset.fits = under ? "1" : "";
      } else if (child.matches(".pick")) {
        const fit = !sought || heading?.dataset.fits === "1" || child.textContent.toLocaleLowerCase("da").includes(sought)
          || child.querySelector("input").checked;
        child.hidden = !fit;
        if (fit) { under = true; fits += 1; }
      }
    }
    close();
    box.recount(sought ? fits : null);
  };
  box.recount = (fits = null) => {
    const chosen = list.querySelectorAll("input:checked").length;
    box.querySelector(".filter__count").textContent = `${chosen} valgt` + (fits === null ? "" : ` · ${fits} vises`);
  };
  search.addEventListener("input", (event) => { event.stopPropagation(); filter(); });
  search.addEventListener("keydown", (event) => { if (event.key === "Escape") { search.value = ""; filter(); } });
  list.addEventListener("change", () => box.recount());
  box.refilter = filter;
  list.before(box);
}

function addCalendar(control) {
  const native = document.createElement("input");
  if (!("showPicker" in native)) return;
  const box = parse(`<span class="date-button" data-keep><button type="button" class="button button--small">Kalender</button>
    <input type="date" class="date-native" tabindex="-1" aria-hidden="true"></span>`).firstElementChild;
  const [button, picker] = [box.querySelector("button"), box.querySelector("input")];
  button.addEventListener("click", () => {
    const [, day, month, year] = control.value.match(/^(\d{1,2})[.\/-](\d{1,2})[.\/-](\d{4})$/) ?? [];
    picker.value = year ? `${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}` : "";
    picker.showPicker();
  });
  for (const type of ["input", "change"]) {
    picker.addEventListener(type, (event) => {
      event.stopPropagation();
      if (type === "input" || !picker.value) return;
      const [year, month, day] = picker.value.split("-");
      control.value = `${day}.${month}.${year}`;
      control.dispatchEvent(new Event("change", { bubbles: true }));
      control.focus();
    });
  }
  control.after(box);
}

/** Marks the section that is being read in the list of sections, and the row. */
let watcher;
function markSection() {
  watcher?.disconnect();
  const links = new Map([...document.querySelectorAll("#form-nav a")].map((link) => [link.hash.slice(1), link]));
  if (!links.size) return;
  const seen = new Set();
  watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) seen[isIntersecting ? "add" : "delete"](target.id);
    const marked = new Set();
    for (const [id, link] of links) {
      const kind = id.slice(0, 2);
      const here = !marked.has(kind) && seen.has(id);
      if (here) marked.add(kind);
      if (here) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current");
    }
  }, { rootMargin: "-10% 0px -55% 0px" });
  for (const id of links.keys()) { const section = byId(id); if (section) watcher.observe(section); }
}

/** Where the list of sections stands above the form it is closed, and one can open it. */
function foldSections() {
  const side = document.querySelector("details.columns__side");
  const narrow = matchMedia("(max-width: 60rem)");
  const fold = () => { if (side) side.open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();
}

/** Warns before a page with unsaved changes is left. */
function guard(form) {
  let touched = false;
  form.addEventListener("input", () => { touched = true; });
  form.addEventListener("submit", () => { touched = false; });
  addEventListener("beforeunload", (event) => { if (touched) event.preventDefault(); });
}

/* ---- Beginning ---- */

const form = byId("response");
foldSections();
if (form) new Work(form); else markSection();
for (const guarded of document.querySelectorAll("form[data-guard]")) guard(guarded);
enhance(document);
for (const button of document.querySelectorAll("[data-print]")) { button.hidden = false; button.addEventListener("click", () => print()); }
for (const button of document.querySelectorAll("[data-actor-button]")) {
  button.hidden = true;
  byId("actor")?.addEventListener("change", () => button.form.requestSubmit());
}
byId("summary")?.focus();
