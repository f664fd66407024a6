/** What is opened on demand: the graph with its costs, the picture of the Jacobian, values at numbers. */

import { ask, Fault } from "./ask.js";
import { element } from "./answer.js";
import { reachable } from "./mathematics.js";

let questionNow = () => null;
const stale = new Set(["graph", "picture", "numbers"]);

export function openPanels(question) {
  questionNow = question;
  for (const name of stale) {
    document.getElementById(name).addEventListener("toggle", () => refresh(name));
  }
  document.querySelector("#numbers form").addEventListener("submit", (event) => {
    event.preventDefault();
    evaluate();
  });
}

/** The formula is another one: what is open is drawn anew. */
export function refreshPanels() {
  for (const name of ["graph", "picture", "numbers"]) {
    stale.add(name);
    refresh(name);
  }
}

async function refresh(name) {
  const panel = document.getElementById(name);
  const question = questionNow();
  if (!panel.open || !stale.has(name) || !question) return;
  stale.delete(name);
  const box = panel.querySelector(".panel");
  try {
    if (name === "numbers") await askForNumbers(box, question);
    else await { graph, picture }[name](box, question);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    (box.querySelector(".found") ?? box).replaceChildren(element("p", "dim", error.told.reason));
  }
}

async function graph(box, { formula, wrt, declarations }) {
  const told = await ask("graph", { formula, wrt, declarations });
  if (told === null) return;
  const picture = drawing(told.svg, "The computational graph");
  const table = element("table", "");
  const head = element("tr", "", element("th", "", "order"), element("th", "", "operations"), element("th", "", "how"));
  table.append(element("caption", "dim", told.told), head);
  for (const { order, operations, how } of told.costs) {
    table.append(element("tr", "", element("td", "", order), element("td", "", operations.toLocaleString("en")), element("td", "", how)));
  }
  box.replaceChildren(table, picture);
  reachable(box, "The graph and the costs");
}

async function picture(box, { formula, wrt, declarations }) {
  const told = await ask("picture", { formula, wrt, declarations });
  if (told === null) return;
  box.replaceChildren(element("p", "dim", told.told), drawing(told.svg, told.told));
  reachable(box, "The picture of the Jacobian");
}

/** An SVG of the server, as an image: nothing in it can run. */
function drawing(svg, name) {
  const image = element("img", "");
  image.alt = name;
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  return image;
}

async function askForNumbers(box, { formula, wrt, declarations }) {
  const told = await ask("values", { formula, wrt, declarations, numbers: {} });
  if (told === null) return;
  const inputs = Object.entries(told.numbers).flatMap(([name, value]) => {
    const input = element("input", "");
    Object.assign(input, { type: "text", value, name, id: `number-${name}`, autocomplete: "off", spellcheck: false });
    const label = element("label", "", `${name} =`);
    label.htmlFor = input.id;
    return [label, input];
  });
  box.querySelector(".inputs").replaceChildren(...inputs);
  showValues(box, told);
}

async function evaluate() {
  const box = document.querySelector("#numbers .panel");
  const { formula, wrt, declarations } = questionNow();
  const numbers = Object.fromEntries([...box.querySelectorAll("input")].map((input) => [input.name, input.value]));
  try {
    const told = await ask("values", { formula, wrt, declarations, numbers });
    if (told !== null) showValues(box, told);
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    box.querySelector(".found").replaceChildren(element("p", "wrong", error.told.reason));
  }
}

function showValues(box, told) {
  const lines = told.values.map(({ title, value }) => element("p", "", `${title} = `, element("code", "", value)));
  box.querySelector(".found").replaceChildren(...lines);
  reachable(box, "Values");
}
