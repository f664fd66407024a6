/** Questions to the server. The newest of a channel wins: an older one is aborted, and its answer never arrives. */

const underWay = new Map();
const PATIENCE = 2; // times that a question is asked again where the server says so

export class Fault extends Error {
  /** What the server says of an error: where, why, and what to write instead. */
  constructor(told) {
    super(told.reason);
    this.told = told;
  }
}

/** The answer; null where a newer question came, or `drop` was called. Throws Fault. */
export async function ask(kind, question, channel = kind) {
  drop(channel);
  const control = new AbortController();
  underWay.set(channel, control);
  try {
    for (let round = 0; ; round++) {
      const found = await fetch(`/api/v1/${kind}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(question),
        signal: control.signal,
      });
      const told = await found.json();
      if (control.signal.aborted) return null;
      if (found.ok) return told;
      if (![429, 503].includes(found.status) || round === PATIENCE) throw new Fault(told.error);
      await new Promise((done) => setTimeout(done, 1000 * Number(found.headers.get("retry-after") ?? 1)));
      if (control.signal.aborted) return null;
    }
  } catch (error) {
    if (control.signal.aborted) return null;
    if (error instanceof Fault) throw error;
    throw new Fault({ reason: "the server does not answer", hint: "Is it still running?", kind: "Network" });
  } finally {
    if (underWay.get(channel) === control) underWay.delete(channel);
  }
}

/** Nobody waits for the answer on this channel any more. */
export function drop(channel) {
  underWay.get(channel)?.abort();
  underWay.delete(channel);
}
