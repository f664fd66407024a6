/** Keys of the page. None of a single letter while a field has the focus (WCAG 2.1.4). */

const FORMS = 5;

export function keysOfThePage({ formula, form, copy }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.defaultPrevented) return;
    const typing = event.target.closest?.("textarea, input, select, dialog[open]");
    const number = /^Digit([1-9])$/.exec(event.code)?.[1];
    if (event.altKey && number && Number(number) <= FORMS) form(Number(number) - 1);
    else if (event.altKey && event.code === "KeyC") copy();
    else if (typing || event.altKey) return;
    else if (event.key === "/") formula.area.focus();
    else if (event.key === "?") document.getElementById("keys").showModal();
    else return;
    event.preventDefault();
  });
}
