// Labels: where a value came from (integrity) and who may see it (secrecy). Joins only fall in integrity
// and only rise in secrecy, so no sequence of joins can launder a value.

/** From most to least trusted. */
export const INTEGRITY = ['person', 'workspace', 'outside'] as const;
/** From least to most secret. */
export const SECRECY = ['open', 'private', 'secret'] as const;
export type Integrity = (typeof INTEGRITY)[number];
export type Secrecy = (typeof SECRECY)[number];

export interface Label {
  readonly integrity: Integrity;
  readonly secrecy: Secrecy;
  /** What lowered it, as `kind:detail` (`file:notes.txt`, `run:k3…`), sorted, at most 32 of them. */
  readonly sources: readonly string[];
}

const MOST_SOURCES = 32;
export const MANY_SOURCES = 'many';

export const PERSON: Label = { integrity: 'person', secrecy: 'private', sources: [] };
export const BOTTOM: Label = { integrity: 'person', secrecy: 'open', sources: [] };

export function label(integrity: Integrity, secrecy: Secrecy, source: string): Label {
  return { integrity, secrecy, sources: [source] };
}

/** A label as it was put on record, in JSON. */
export function parseLabel(text: string): Label {
  return JSON.parse(text) as Label;
}

/** The least upper bound in danger: associative, commutative, idempotent, with BOTTOM as its unit. */
export function join(a: Label, b: Label): Label {
  const sources = [...new Set([...a.sources, ...b.sources])].toSorted();
  const full = sources.length > MOST_SOURCES || sources.includes(MANY_SOURCES);
  return {
    integrity: INTEGRITY[Math.max(INTEGRITY.indexOf(a.integrity), INTEGRITY.indexOf(b.integrity))] ?? 'outside',
    secrecy: SECRECY[Math.max(SECRECY.indexOf(a.secrecy), SECRECY.indexOf(b.secrecy))] ?? 'secret',
    // INVARIANT: past the cap every list collapses to one value, or the join would depend on its order.
    sources: full ? [MANY_SOURCES] : sources,
  };
}

export function joinAll(labels: Iterable<Label>): Label {
  let all = BOTTOM;
  for (const one of labels) all = join(all, one);
  return all;
}
