/** The answer: results, names, verdict, assumptions, the derivation a line at a time; what is wrong with a claim. */

import { isCut, reachable, sizes as inOrder, typeset } from "./mathematics.js";

const SIGNS = { right: "✓", wrong: "✗", undecided: "?" };

/** A button that copies. */
export function copyButton(label, text, say) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = label;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(text());
    say(`${label} copied`);
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = label), 1200);
  });
  return button;
}

export function element(tag, className, ...parts) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...parts);
  return made;
}

const WIDE = 16; // signs of a left side that stands on a line of its own
const EQUALS = "<math><mo>=</mo></math>";

/** The space that a value lies in: ∈ ℝ with the sizes above. */
function space({ kind, rows, cols }) {
  const sizes = kind === "scalar" ? "" : kind === "vector" ? rows : inOrder(rows, cols);
  return element("span", "size", "∈ ℝ", element("sup", "", sizes.replaceAll("*", "")));
}

/** Everything but the verdict; `known` are notes that stand on the page already. */
export function showAnswer(section, told, known, say) {
  const rows = told.results.map((result) => {
    const line = element("div", "math", typeset(result.sign + EQUALS, "span", "title"), ...terms(result.mathml));
    reachable(line, result.title);
    const tools = element(
      "div", "tools", space(result),
      copyButton("Copy text", () => result.text, say), copyButton("LaTeX", () => result.latex, say),
    );
    return element("div", "result", line, tools);
  });
  const names = told.named.map((part) =>
    element("div", "where math", element("span", "label", "where"), typeset(part.sign + EQUALS, "span", "title"), ...terms(part.mathml)),
  );
  section.querySelector("#results").replaceChildren(...rows, ...names);
  const assumed = told.assumptions.length ? `assuming ${told.assumptions.join(", ")}` : "";
  section.querySelector("#assumptions").textContent = assumed;
  section.querySelector("#notes").replaceChildren(...told.notes.filter((note) => !known.includes(note)).map((note) => element("li", "", note)));
  showSteps(section.querySelector("#steps"), told.derivation);
}

function terms(markup) {
  return [typeset(markup, "span", "terms")];
}

function showSteps(list, steps) {
  let left = null;
  list.replaceChildren(
    ...steps.map((step) => {
      const same = step.left === left;
      left = step.left;
      const shown = typeset(same ? "" : step.left, "div", "math left");
      const right = element("div", "rightside", typeset("<math><mo>=</mo></math>"), typeset(step.right, "div", "math"));
      reachable(right.lastChild, "a step");
      reachable(shown, "the left side");
      const [name, formula] = step.rule.split(/: (.*)/s);
      const rule = element("span", "rule", element("span", "name", name), formula ? element("span", "how", formula) : "");
      return element("li", shown.textContent.length > WIDE ? "apart" : "", shown, right, rule);
    }),
  );
  requestAnimationFrame(() => {
    const wide = [...list.children].filter((line) => isCut(line.querySelector(".rightside").lastChild));
    for (const line of wide) line.classList.add("wide"); // the rule stands below it then
  });
}

/** Text in which no number is broken at the sign of its exponent. */
function unbroken(text) {
  return text.split(/(\d\S*e-\d+)/).map((part, k) => (k % 2 ? element("span", "number", part) : part));
}

/** The line of the verdict; null while it is worked out. */
export function showVerdict(line, told) {
  if (told === null) {
    line.className = "";
    line.replaceChildren(element("span", "how", "comparing with finite differences …"));
    return;
  }
  line.className = told.verdict;
  const word = told.verdict === "right" ? told.kind : told.verdict;
  const how = told.how.replace(new RegExp(`^${word} `), "");
  line.replaceChildren(`${SIGNS[told.verdict]} ${word} `, element("span", "how", ...unbroken(how)));
}

/** What became of a claim; `known` are notes that stand on the page already; `use` puts another text in its place; `last`: it is not asked again. */
export function showJudgement(box, told, known, use, last) {
  const line = element("p", `told ${told.verdict}`, `${SIGNS[told.verdict]} ${told.verdict}`);
  const how = element("p", "how dim", ...unbroken(told.how));
  const wrong = told.verdict === "wrong"; // then what is wrong comes before how that is known
  const parts = wrong ? [line] : [line, how];
  for (const diagnosis of told.diagnoses) {
    const why = element("p", "", `What is wrong: ${diagnosis.message}. `);
    if (diagnosis.claim) why.append(useButton(diagnosis.claim, use));
    parts.push(why);
  }
  if (wrong && told.diagnoses.length === 0 && !told.searched) {
    parts.push(element("p", "dim", last ? "The time was up before all known mistakes were tried." : "looking for what is wrong …"));
  }
  if (told.example && told.verdict === "wrong") parts.push(element("p", "dim", `Counterexample: ${told.example}`));
  if (told.verdict === "wrong" && told.answer && !told.diagnoses.some((d) => d.claim)) {
    parts.push(element("p", "", `The ${told.form} is ${told.answer} `, useButton(told.answer, use)));
  }
  if (wrong) parts.push(how);
  parts.push(...told.notes.filter((note) => !known.includes(note)).map((note) => element("p", "dim", note)));
  box.replaceChildren(...parts);
}

function useButton(text, use) {
  const button = element("button", "", "Use this");
  button.type = "button";
  button.title = text;
  button.addEventListener("click", () => use(text));
  return button;
}

/** An error under its field: the reason, and a button that applies what is proposed. */
export function showFault(box, field, told, pending, apply) {
  box.classList.toggle("pending", pending);
  if (told === null) {
    box.replaceChildren();
    return;
  }
  field?.mark(pending ? "pending" : "wrong", told.position, told.end);
  const parts = [element("p", "", told.reason)];
  if (told.hint) parts.push(element("p", "dim", told.hint.replace("by `frechet rules`", "under Rules, above")));
  if (told.suggestion) {
    const { text, declare, kind } = told.suggestion;
    const button = element("button", "", text ? `Write ${text}` : `Take ${declare} as a ${kind}`);
    button.type = "button";
    button.addEventListener("click", () => apply(told.suggestion));
    parts.push(button);
  }
  box.replaceChildren(...parts);
}
