/** Formulas that were derived, in this browser only. */

const KEY = "frechet.history";
const MOST = 40;

export function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "[]");
  } catch {
    return []; // storage that is switched off, or was written by something else
  }
}

export function remember(hash, formula) {
  const rest = remembered().filter((entry) => entry.hash !== hash);
  store([{ hash, formula }, ...rest].slice(0, MOST));
}

export function forget() {
  store([]);
}

function store(entries) {
  try {
    localStorage.setItem(KEY, JSON.stringify(entries));
  } catch {
    // without storage there is no history
  }
}
