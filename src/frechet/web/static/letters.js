/** The table of letters: what each is, of which size, with which property, and which one is differentiated by. */

import { typeset } from "./mathematics.js";

const KINDS = ["scalar", "vector", "matrix"];
const PROPERTIES = {
  scalar: ["positive"],
  vector: ["positive", "unit"],
  matrix: ["symmetric", "spd", "psd", "skew", "diagonal", "lower", "upper", "orthogonal", "invertible", "positive"],
};
const SQUARE = new Set(PROPERTIES.matrix.slice(0, -1));
const WORDS = { spd: "positive definite", psd: "positive semidefinite", lower: "lower triangular", upper: "upper triangular" };

/** A declaration as the language writes it. */
function declaration(kind, sizes, property) {
  const inside = sizes.some(Boolean) ? `(${(SQUARE.has(property) ? sizes.slice(0, 1) : sizes).filter(Boolean).join(",")})` : "";
  if (kind === "scalar") return property ? "positive" : "scalar";
  if (SQUARE.has(property)) return property + inside;
  return kind + inside + (property ? ` ${property}` : "");
}

/** Fills the table; `change(name, declaration)` and `choose(name)` say what the user does; by `several` letters or one. */
export function showLetters(table, reading, declared, several, change, choose) {
  const body = table.tBodies[0];
  const focus = document.activeElement?.dataset?.for;
  body.replaceChildren(...reading.letters.map((letter) => row(letter, reading.wrt, declared, several, change, choose)));
  if (focus) body.querySelector(`[data-for="${CSS.escape(focus)}"]`)?.focus();
}

function row(letter, by, declared, several, change, choose) {
  const { name, kind } = letter;
  const property = letter.properties.find((p) => PROPERTIES[kind].includes(p)) ?? "";
  const given = sizesGiven(declared[name]);
  const line = document.createElement("tr");

  const chosen = document.createElement("input");
  Object.assign(chosen, { type: several ? "checkbox" : "radio", name: "by", value: name, checked: by.split(",").includes(name) });
  chosen.setAttribute("aria-label", `by ${name}`);
  chosen.dataset.for = `by ${name}`;
  chosen.addEventListener("change", () => choose(name));

  const kinds = menu(`${name} is a`, KINDS.map((k) => [k, k]), kind);
  const properties = menu(`property of ${name}`, [["", "any"], ...PROPERTIES[kind].map((p) => [p, WORDS[p] ?? p])], property);
  if (declared[name]) (property ? properties : kinds).classList.add("chosen");

  const shown = kind === "scalar" ? [] : kind === "vector" || SQUARE.has(property) ? [letter.rows] : [letter.rows, letter.cols];
  const sizes = shown.map((size, k) => {
    const input = document.createElement("input");
    Object.assign(input, { type: "text", value: size, maxLength: 20, autocomplete: "off", spellcheck: false });
    input.setAttribute("aria-label", k ? `columns of ${name}` : shown.length > 1 ? `rows of ${name}` : `size of ${name}`);
    input.dataset.for = `size ${k} of ${name}`;
    input.classList.toggle("chosen", Boolean(given[k]));
    return input;
  });
  const told = (k, p, sizes) => change(name, declaration(k, sizes, p));
  const kept = () => (given.length ? sizes.map((s) => s.value.trim()) : []);
  kinds.addEventListener("change", () => told(kinds.value, "", []));
  properties.addEventListener("change", () => told(kind, properties.value, kept()));
  for (const input of sizes) {
    input.addEventListener("change", () => told(kind, property, sizes.map((s) => s.value.trim())));
    input.addEventListener("keydown", (event) => event.key === "Enter" && (event.preventDefault(), input.blur()));
  }
  const between = sizes.flatMap((s, k) => (k ? [" × ", s] : [s]));
  line.append(cell(chosen), cell(typeset(letter.mathml, "span", "")), cell(kinds), cell(...between), cell(properties));
  return line;
}

function sizesGiven(declaration) {
  const inside = /\(([^)]*)\)/.exec(declaration ?? "");
  return inside ? inside[1].split(",").map((s) => s.trim()) : [];
}

function menu(label, options, value) {
  const select = document.createElement("select");
  select.setAttribute("aria-label", label);
  select.dataset.for = label;
  for (const [key, word] of options) select.add(new Option(word, key, false, key === value));
  return select;
}

function cell(...parts) {
  const found = document.createElement("td");
  found.append(...parts);
  return found;
}
