/** A line for a formula: a plain textarea, so that undo, input methods and screen readers work, with marks behind it. */

const WORD = /[A-Za-z_][A-Za-z0-9_]*$/;
const SHOWN = 8;

export class Field {
  constructor(area) {
    this.area = area;
    this.mirror = area.parentElement.querySelector(".mirror");
    this.marks = {};
    area.addEventListener("input", () => this.changed());
    area.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.defaultPrevented) event.preventDefault();
    });
    new ResizeObserver(() => this.fit()).observe(area.parentElement);
  }

  get text() {
    return this.area.value;
  }

  set text(text) {
    if (this.area.value !== text) this.area.value = text;
    this.changed();
  }

  changed() {
    this.marks = {};
    this.paint();
    this.fit();
  }

  fit() {
    this.area.style.height = "auto"; // a property, which the policy allows; attributes it does not
    this.area.style.height = `${this.area.scrollHeight}px`;
  }

  /** Marks characters: one mark a name. */
  mark(name, start, end) {
    if (start === null || start === undefined) delete this.marks[name];
    else this.marks[name] = [start, Math.max(end ?? start + 1, start + 1)];
    this.paint();
  }

  paint() {
    const text = this.text.endsWith("\n") ? `${this.text} ` : this.text;
    const parts = [];
    let at = 0;
    for (const [name, [start, end]] of Object.entries(this.marks).sort((a, b) => a[1][0] - b[1][0])) {
      if (start < at) continue;
      const mark = document.createElement("mark");
      mark.className = name;
      mark.textContent = text.slice(start, end) || " ";
      parts.push(text.slice(at, start), mark);
      at = end;
    }
    this.mirror.replaceChildren(...parts, text.slice(at));
  }

  /** Puts text in place of what is selected, as if it were typed: it can be undone. */
  insert(text, from = this.area.selectionStart, to = this.area.selectionEnd) {
    this.area.focus();
    this.area.setSelectionRange(from, to);
    if (!document.execCommand("insertText", false, text)) {
      this.area.setRangeText(text, from, to, "end");
      this.area.dispatchEvent(new Event("input", { bubbles: true }));
    }
  }
}

/** Completion of function names: a list under the field, by arrows, Tab and Enter, or a click. */
export class Completion {
  constructor(field, list, names) {
    Object.assign(this, { field, list, names, found: [], at: 0 });
    field.area.addEventListener("input", (event) => this.look(event));
    field.area.addEventListener("keydown", (event) => this.key(event));
    field.area.addEventListener("blur", () => this.close());
    list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) this.choose(Number(item.dataset.at));
    });
  }

  word() {
    const { selectionStart: at, selectionEnd: end } = this.field.area;
    return at === end ? (WORD.exec(this.field.text.slice(0, at))?.[0] ?? "") : "";
  }

  look(event) {
    const word = this.word();
    const typed = event.inputType === undefined || event.inputType.startsWith("insert");
    const names = word.length > 1 && typed ? this.names() : [];
    this.found = names.filter((name) => name.startsWith(word) && name !== word).slice(0, SHOWN);
    if (this.found.length === 0 || names.includes(word)) return this.close();
    this.at = 0;
    this.list.replaceChildren(
      ...this.found.map((name, k) => {
        const item = document.createElement("li");
        item.id = `completion-${k}`;
        item.role = "option";
        item.dataset.at = k;
        item.textContent = name;
        return item;
      }),
    );
    this.list.hidden = false;
    this.show();
  }

  show() {
    [...this.list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === this.at)));
    this.field.area.setAttribute("aria-activedescendant", `completion-${this.at}`);
  }

  close() {
    this.found = [];
    this.list.hidden = true;
    this.list.replaceChildren();
    this.field.area.removeAttribute("aria-activedescendant");
  }

  key(event) {
    if (this.found.length === 0) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) this.at = (this.at + step + this.found.length) % this.found.length;
    else if (event.key === "Escape") this.close();
    else if (event.key === "Tab") this.choose(this.at);
    else {
      if (event.key === "Enter") this.close();
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (step) this.show();
  }

  choose(k) {
    const at = this.field.area.selectionStart;
    const call = this.found[k] + (this.field.text[at] === "(" ? "" : "(");
    const word = this.word();
    this.close();
    this.field.insert(call, at - word.length, at);
  }
}
