/** Gallery, history, rules, keys, and the switch between light and dark. */

import { ask } from "./ask.js";
import { element } from "./answer.js";
import { forget, remembered } from "./history.js";
import { empty, hashOf } from "./state.js";

const THEMES = ["system", "light", "dark"];
const SHOWN = 60; // rules at a time

export function openDialogs(open) {
  const fill = { gallery: () => gallery(open), history: () => past(open), rules };
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => {
      fill[button.dataset.opens]?.();
      document.getElementById(button.dataset.opens).showModal();
    });
  }
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
  document.getElementById("forget").addEventListener("click", () => {
    forget();
    past(open);
  });
  document.getElementById("search").addEventListener("input", showRules);
  themes(document.getElementById("theme"));
}

function link(hash, text, open) {
  const anchor = element("a", "", text);
  anchor.href = hash;
  anchor.addEventListener("click", (event) => {
    event.preventDefault();
    anchor.closest("dialog").close();
    open(hash);
  });
  return anchor;
}

async function gallery(open) {
  const list = document.querySelector("#gallery ul");
  if (list.childElementCount) return;
  const entries = await (await fetch("/static/gallery.json")).json();
  for (const { title, text, ...state } of entries) {
    const hash = await hashOf({ ...empty(), ...state });
    list.append(element("li", "", element("strong", "", title), element("p", "", text), link(hash, state.f, open)));
  }
}

function past(open) {
  const entries = remembered().map(({ hash, formula }) => element("li", "", link(hash, formula, open)));
  const none = element("li", "dim", "Nothing yet: Enter in the formula keeps it here.");
  document.querySelector("#history ul").replaceChildren(...(entries.length ? entries : [none]));
}

// --- the reference ----------------------------------------------------------------------------------

let table = null;

async function rules() {
  document.getElementById("search").focus();
  if (table) return;
  document.getElementById("count").textContent = "reading …";
  const told = await ask("rules", { word: "" }).catch(() => null);
  if (told === null) return;
  const calls = told.topics.flatMap(({ topic, calls }) => calls.map((call) => [call.split("(")[0], { topic, call }]));
  const called = new Map(calls);
  table = told.rules.filter((rule) => rule.formulas.length).map((rule) => ({ ...rule, ...called.get(rule.name) }));
  showRules();
}

function showRules() {
  if (!table) return;
  const words = document.getElementById("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const found = table.filter((rule) => {
    const text = [rule.name, rule.call, rule.topic, rule.source, rule.domain, ...rule.also, ...rule.formulas].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
  const first = (rule) => [rule.name, ...rule.also].some((name) => name.toLowerCase().startsWith(words[0] ?? ""));
  found.sort((a, b) => first(b) - first(a));
  document.getElementById("count").textContent =
    found.length > SHOWN ? `${found.length} operations, the first ${SHOWN} are shown` : `${found.length} operation${found.length === 1 ? "" : "s"}`;
  document.getElementById("found").replaceChildren(...found.slice(0, SHOWN).map(entry));
}

function entry(rule) {
  const lines = rule.formulas.map((formula) => element("p", "", element("code", "", formula)));
  const more = [["also", rule.also.join(", ")], ["holds where", rule.domain], ["convention", rule.convention], ["source", rule.source]]
    .filter(([, text]) => text)
    .map(([word, text]) => element("p", "dim", `${word}: ${text}`));
  return element("article", "", element("h3", "", rule.call ?? rule.name), ...lines, ...more);
}

// --- light and dark ---------------------------------------------------------------------------------

function themes(button) {
  const show = (theme) => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    const word = theme === "system" ? "as the system" : theme;
    button.setAttribute("aria-label", `Colours: ${word}`);
    button.title = `Colours: ${word}`;
  };
  const read = () => {
    try {
      return localStorage.getItem("frechet.theme") ?? "system";
    } catch {
      return "system";
    }
  };
  let now = read();
  show(now);
  button.addEventListener("click", () => {
    now = THEMES[(THEMES.indexOf(now) + 1) % THEMES.length];
    show(now);
    try {
      localStorage.setItem("frechet.theme", now);
    } catch {
      // it holds until the page is left
    }
  });
}
