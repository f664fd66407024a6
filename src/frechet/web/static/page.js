/** The page: a formula, how it is read, its derivative, the verdict, one's own attempt, code. State lives in the hash. */

import { ask, drop, Fault } from "./ask.js";
import { copyButton, element, showAnswer, showFault, showJudgement, showVerdict } from "./answer.js";
import { Completion, Field } from "./field.js";
import { openDialogs } from "./dialogs.js";
import { remember } from "./history.js";
import { showLetters } from "./letters.js";
import { explore, sizeInWords, typeset } from "./mathematics.js";
import { openPanels, refreshPanels } from "./panels.js";
import { empty, hashOf, stateOf } from "./state.js";
import { keysOfThePage } from "./keys.js";

const READ_AFTER = 120; // milliseconds of rest
const DERIVE_AFTER = 400;
const AGAIN = 1500; // until a check whose time was up is asked for once more
const NEAR = 24; // characters of a part that is named beside the one under the pointer
const PATIENT = 700; // before an unfinished formula is said to be one
const FIRST = { ...empty(), f: "norm2(A*x - y)^2" };

const $ = (id) => document.getElementById(id);
const formula = new Field($("formula"));
const mine = new Field($("mine"));
let state = empty();
let several = false; // letters to differentiate by
let reading = null; // of the formula that stands there
let names = [];
const timers = {};

function after(name, milliseconds, work) {
  clearTimeout(timers[name]);
  timers[name] = setTimeout(work, milliseconds);
}

function say(text) {
  $("said").textContent = text;
}

const question = () => ({
  formula: state.f,
  wrt: state.by || reading?.wrt || "",
  declarations: state.declared,
});
const asked = () => ({ ...question(), form: state.form || null });

/** Writes the state into the address; `push` makes a place to come back to. */
async function keep(push = false) {
  const hash = await hashOf(state);
  if (hash === location.hash) return;
  history[push ? "pushState" : "replaceState"](null, "", hash);
}

// --- reading ---------------------------------------------------------------------------------------

async function read() {
  reading = null;
  const text = state.f;
  if (!text.trim()) {
    showFault($("fault"), formula, null);
    return;
  }
  try {
    const told = await ask("read", { ...question(), wrt: state.by });
    if (told === null) return;
    reading = told;
    showFault($("fault"), formula, null);
    formula.changed();
    $("typeset").replaceChildren(typeset(told.mathml, "span", ""));
    $("reading").parentElement.setAttribute("aria-busy", "false");
    $("reading").textContent = told.read_as.replace(/^read as: /, "");
    $("remarks").replaceChildren(...told.notes.map((note) => element("li", "", note)));
    showTable();
    offerForms();
  } catch (error) {
    fault(error);
  }
}

function showTable() {
  showLetters($("letters"), reading, state.declared, several, declare, choose);
  $("several").hidden = reading.letters.length < 2;
  $("several").setAttribute("aria-pressed", String(several));
  mine.area.placeholder = several ? "your own differential, with d in front of each letter: is it right?" : "your own formula for it: is it right?";
}

/** An error of the formula: grey while it is still being typed. */
function fault(error) {
  if (!(error instanceof Fault)) throw error;
  const { told } = error;
  const box = $("fault");
  const typing = document.activeElement === formula.area && formula.area.selectionEnd === formula.text.length;
  const unfinished = typing && (told.position === null || told.position >= formula.text.trimEnd().length - 1);
  const show = (pending) => showFault(box, told.field === "formula" || !told.field ? formula : null, told, pending, apply);
  clearTimeout(timers.fault);
  if (unfinished) after("fault", PATIENT, () => show(true));
  else show(false);
  for (const old of [$("answer"), $("reading").parentElement]) old.setAttribute("aria-busy", "true"); // it stays, dimmed
}

function apply({ text, declare: name, kind }) {
  if (text) formula.text = text;
  else state.declared = { ...state.declared, [name]: kind };
  state.f = formula.text;
  formula.area.focus();
  everything(true);
}

/** Which forms there are: a gradient and a Hessian of a number only. */
function offerForms() {
  const scalar = reading.value.kind === "scalar";
  for (const input of document.querySelectorAll("[name=form]")) {
    input.disabled = !scalar && ["gradient", "hessian"].includes(input.value);
    input.parentElement.title = input.disabled ? "of a number only" : "";
    if (input.disabled && state.form === input.value) state.form = "";
  }
  const shown = state.form || (scalar ? "gradient" : "differential");
  document.querySelector(`[name=form][value=${shown}]`).checked = true;
}

// --- deriving --------------------------------------------------------------------------------------

async function derive() {
  if (!reading || !question().wrt) return;
  const section = $("answer");
  section.setAttribute("aria-busy", "true");
  try {
    const about = asked();
    const told = await ask("derive", about);
    if (told === null) return;
    showAnswer(section, told, reading?.notes ?? [], say);
    section.setAttribute("aria-busy", "false");
    drop("verdict"); // that of the formula before
    showVerdict($("verdict"), told.verdict);
    refreshPanels();
    code();
    judge();
    if (told.verdict === null) await verify(about);
  } catch (error) {
    fault(error);
  }
}

async function verify(about) {
  try {
    const told = await ask("verdict", about);
    if (told !== null) showVerdict($("verdict"), told);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    showVerdict($("verdict"), { verdict: "undecided", kind: "undecided", how: error.told.reason });
  }
}

async function judge(again = false) {
  const box = $("judgement");
  if (!state.mine.trim()) {
    drop("check");
    box.replaceChildren();
    return;
  }
  if (!reading) return;
  if (!box.childElementCount) box.replaceChildren(element("p", "dim", "checking …"));
  try {
    const form = state.form === "pullback" ? null : state.form || null;
    const told = await ask("check", { ...question(), form, claim: state.mine });
    if (told === null) return;
    showJudgement(box, told, reading?.notes ?? [], useMine, again);
    if (told.verdict === "wrong" && !told.searched && !again) after("mine", AGAIN, () => judge(true));
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { told } = error;
    showFault(box, told.field === "claim" ? mine : null, told, false, ({ text }) => text && useMine(text));
  }
}

function useMine(text) {
  mine.text = state.mine = text;
  mine.area.focus();
  keep(true);
  judge();
}

// --- code ------------------------------------------------------------------------------------------

let target = "";

async function code(chosen = target) {
  target = chosen;
  for (const button of document.querySelectorAll("[data-target]")) {
    button.setAttribute("aria-pressed", String(button.dataset.target === target));
  }
  const shown = $("source");
  if (!target || !reading) return;
  try {
    const told = await ask("code", { ...asked(), target });
    if (told === null) return;
    shown.textContent = told.source;
    $("copy-code").hidden = false;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    shown.textContent = error.told.message ?? error.told.reason;
    $("copy-code").hidden = true;
  }
  shown.hidden = false;
  shown.scrollTop = 0;
  const start = shown.textContent.lastIndexOf("\ndef "); // functions that it carries stand above it
  if (start > 0) shown.scrollTop = (shown.scrollHeight * shown.textContent.slice(0, start).split("\n").length) / shown.textContent.split("\n").length - 20;
}

// --- what the user does ----------------------------------------------------------------------------

function declare(name, kind) {
  state.declared = { ...state.declared, [name]: kind };
  everything(true);
}

function choose(name) {
  const chosen = new Set(reading.wrt.split(",").map((n) => n.trim()));
  if (several && !chosen.delete(name)) chosen.add(name);
  const names = reading.letters.map((letter) => letter.name).filter((n) => chosen.has(n));
  if (several && names.length === 0) return showTable(); // one there must be
  state.by = several ? names.join(",") : name;
  everything(true);
}

/** Reads, derives, and writes the address; declarations of letters that are gone are dropped. */
async function everything(push = false) {
  clearTimeout(timers.read);
  clearTimeout(timers.derive);
  await read();
  if (reading) {
    const letters = new Set(reading.letters.map((letter) => letter.name));
    state.declared = Object.fromEntries(Object.entries(state.declared).filter(([name]) => letters.has(name)));
    if (push) remember(await hashOf(state), state.f);
  }
  await keep(push);
  await derive();
}

async function show(hash) {
  state = await stateOf(hash);
  if (!state.f) state = { ...FIRST };
  formula.text = state.f;
  mine.text = state.mine;
  several = state.by.includes(",");
  await everything();
}

formula.area.addEventListener("input", () => {
  state.f = formula.text;
  const present = (name) => new RegExp(`(?<!\\w)${name.replace(/[^\p{L}\w]/gu, "")}(?!\\w)`, "u").test(state.f);
  state.by = state.by.split(",").filter((name) => name.trim() && present(name)).join(",");
  after("read", READ_AFTER, async () => {
    await read();
    keep();
  });
  after("derive", DERIVE_AFTER, () => everything());
});
formula.area.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey) everything(true);
});
formula.area.addEventListener("selectionchange", () => markPart(caretPart()));
mine.area.addEventListener("input", () => {
  state.mine = mine.text;
  after("mine", DERIVE_AFTER, () => {
    keep();
    judge();
  });
});
mine.area.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    clearTimeout(timers.mine);
    keep(true);
    judge();
  }
});
for (const input of document.querySelectorAll("[name=form]")) {
  input.addEventListener("change", () => {
    state.form = input.value;
    keep(true);
    derive();
  });
}
for (const button of document.querySelectorAll("[data-target]")) button.addEventListener("click", () => code(button.dataset.target));
for (const button of document.querySelectorAll("[data-key]")) {
  button.addEventListener("pointerdown", (event) => event.preventDefault());
  button.addEventListener("click", () => formula.insert(button.dataset.key));
}
$("copy-code").replaceWith(Object.assign(copyButton("Copy code", () => $("source").textContent, say), { id: "copy-code", hidden: true }));
$("link").replaceWith(Object.assign(copyButton("Link", () => location.href, say), { id: "link", title: "Copy the link to what is shown" }));
$("several").addEventListener("click", () => {
  several = !several;
  if (!several && state.by.includes(",")) {
    state.by = state.by.split(",")[0];
    everything(true);
  } else if (reading) showTable();
});
$("ask").addEventListener("submit", (event) => event.preventDefault());
window.addEventListener("popstate", () => show(location.hash));
window.addEventListener("hashchange", () => show(location.hash));

// --- parts of the formula: sizes on hover and focus -------------------------------------------------

/** Where a part stands in the text; nowhere while another text stands there than the one that was read. */
function place(node) {
  return reading && node?.dataset.s ? node.dataset.s.split("-").map(Number) : null;
}

function sizeOf(node) {
  const where = place(node);
  return `${where ? `${state.f.slice(...where)} is ` : ""}${sizeInWords(node.dataset.size)}`;
}

/** The size of a part, and of the product around it, which has no sign of its own to point at. */
function markPart(node) {
  const where = place(node);
  formula.mark("part", where?.[0], where?.[1]);
  const around = where && node.parentElement.closest("[data-size]");
  const near = around && place(around)?.[1] - place(around)?.[0] <= NEAR;
  $("part").textContent = node ? [node, ...(near ? [around] : [])].map(sizeOf).join("; ") : "";
}

/** The smallest part around the caret. */
function caretPart() {
  const at = formula.area.selectionStart;
  if (document.activeElement !== formula.area || !reading) return null;
  const parts = [...$("typeset").querySelectorAll("[data-s]")].filter((node) => {
    const [start, end] = place(node);
    return start <= at && at <= end;
  });
  const width = (node) => place(node)[1] - place(node)[0];
  return parts.sort((a, b) => width(a) - width(b))[0] ?? null;
}

explore($("typeset"), markPart, (node) => {
  const where = place(node);
  if (!where) return;
  formula.area.focus();
  formula.area.setSelectionRange(...where);
});
explore($("results"), (node) => ($("part").textContent = node ? sizeInWords(node.dataset.size) : ""), () => {});

// --- start -----------------------------------------------------------------------------------------

const open = (hash) => {
  history.pushState(null, "", hash);
  show(hash);
};
new Completion(formula, $("completions"), () => names);
openDialogs(open);
openPanels(() => (reading ? { ...question(), form: null } : null));
keysOfThePage({ formula, form: (k) => document.querySelectorAll("[name=form]")[k]?.click(), copy: () => $("copy-code").click() });
await show(location.hash);
names = (await ask("rules", { word: "" }, "names").catch(() => null))?.names ?? [];
