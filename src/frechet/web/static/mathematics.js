/** Typeset formulas: the size under the pointer, its place in the text, and a walk through the parts by arrows. */

/** The element with a formula inside; the markup is the server's, names in it are escaped. */
export function typeset(markup, tag = "span", className = "math") {
  const element = document.createElement(tag);
  element.className = className;
  element.innerHTML = markup;
  return element;
}

/** Whether a part of it is out of sight. */
export function isCut(element) {
  return element.scrollWidth > element.clientWidth + 1;
}

/** A wide formula is set smaller; one that is still wide scrolls by itself, fades where it goes on, and takes the focus. */
export function reachable(element, name) {
  requestAnimationFrame(() => {
    if (!isCut(element)) return;
    element.classList.add("small");
    if (!isCut(element)) return;
    const fade = () => element.classList.toggle("cut", element.scrollLeft + element.clientWidth < element.scrollWidth - 1);
    element.addEventListener("scroll", fade);
    fade();
    element.tabIndex = 0;
    element.setAttribute("role", "group"); // no landmark: there may be many
    element.setAttribute("aria-label", name);
  });
}

/** Rows and columns, a sum in parentheses: (m + n)×p. */
export function sizes(rows, cols) {
  return [rows, cols].map((size) => (size.includes(" ") ? `(${size})` : size)).join("×");
}

/** Sizes as people write them: 1×1 is a number, n×1 a vector. */
export function sizeInWords(size) {
  const [rows, cols] = size.split("×");
  if (rows === "1" && cols === "1") return "a number";
  return cols === "1" ? `a vector of ${rows}` : sizes(rows, cols);
}

/** Hover, focus and arrows on a container; `tell(node, text)` shows what is found, null where nothing is. */
export function explore(container, tell, select) {
  let here = null;
  const at = (node) => {
    here?.classList.remove("on");
    here = node;
    here?.classList.add("on");
    tell(here);
  };
  const part = (target) => target.closest?.("[data-size]") ?? null;
  container.addEventListener("pointerover", (event) => at(part(event.target)));
  container.addEventListener("pointerleave", () => at(null));
  container.addEventListener("blur", () => at(null));
  container.addEventListener("click", () => here && select(here));
  container.addEventListener("keydown", (event) => {
    const next = moved(container, here, event.key);
    if (event.key === "Enter" && here) select(here);
    else if (next) at(next);
    else if (!event.key.startsWith("Arrow")) return;
    event.preventDefault();
  });
}

function moved(container, here, key) {
  if (!key.startsWith("Arrow")) return null;
  if (!here?.isConnected) return container.querySelector("[data-size]");
  const up = here.parentElement.closest("[data-size]");
  if (key === "ArrowUp") return up;
  if (key === "ArrowDown") return here.querySelector("[data-size]");
  const around = up && container.contains(up) ? up : container;
  const beside = [...around.querySelectorAll("[data-size]")].filter(
    (node) => (node.parentElement.closest("[data-size]") ?? container) === (up ?? container) || around === container,
  );
  const siblings = beside.filter((node) => node.parentElement.closest("[data-size]") === up);
  return siblings[siblings.indexOf(here) + (key === "ArrowRight" ? 1 : -1)] ?? null;
}
