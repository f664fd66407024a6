/** What the page shows, as a readable link: #f=norm2(A*x-y)^2&by=x&S=spd(n)&mine=…  The hash never leaves the browser. */

const OWN = ["f", "by", "form", "mine", "v", "z"];
const LONG = 1800; // characters, beyond which a link is packed

/** A state with nothing in it. `declared` maps letters to kinds; letters named as a field carry a dot in the link. */
export function empty() {
  return { f: "", by: "", form: "", mine: "", declared: {} };
}

/** Percent-encoded as little as a hash allows: formulas stay readable. */
function encoded(text) {
  return encodeURIComponent(text).replace(/%(2B|2F|3A|3B|40|24|2C|3D|5E)/g, decodeURIComponent);
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a percent sign that somebody typed
  }
}

function plain(state) {
  const parts = [`f=${encoded(state.f)}`];
  for (const name of ["by", "form", "mine"]) if (state[name]) parts.push(`${name}=${encoded(state[name])}`);
  for (const [name, kind] of Object.entries(state.declared)) {
    parts.push(`${OWN.includes(name) ? "." : ""}${encoded(name)}=${encoded(kind)}`);
  }
  return parts.join("&");
}

/** The hash of a state, packed where it would be too long. */
export async function hashOf(state) {
  const text = plain(state);
  if (text.length < LONG || !("CompressionStream" in window)) return `#${text}`;
  return `#z=${await packed(text)}`;
}

/** The state of a hash. */
export async function stateOf(hash) {
  let text = hash.replace(/^#/, "");
  if (text.startsWith("z=")) text = await unpacked(text.slice(2));
  const state = empty();
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    if (at < 1) continue;
    const name = decoded(part.slice(0, at));
    const value = decoded(part.slice(at + 1)).slice(0, 2000);
    if (["f", "by", "form", "mine"].includes(name)) state[name] = value;
    else if (!OWN.includes(name)) state.declared[name.replace(/^\./, "")] = value;
  }
  return state;
}

async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

async function unpacked(text) {
  try {
    const bytes = Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
  } catch {
    return "";
  }
}
