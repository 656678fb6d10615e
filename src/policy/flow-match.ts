// Where one value of a call comes from, by exact typed equality (bytes, where a type has no other canonical form): the most
// trusted source that has it. What is found nowhere is the model's own. Nothing is guessed: a value that reads as two
// things, or as part of one, is equal to neither.
import type { Trust } from './cedar-facts.ts';
import { wholesOf, type AtomType } from './flow-atoms.ts';
import type { Ledger, Role } from './flow-ledger.ts';
import { keyOf, phraseIn, type Source, type SourceKind, type Span } from './flow-source.ts';

export type Value = string | number | boolean;

export interface Origin {
  readonly trust: Trust;
  /** Of what type the value is equal; `phrase` for whole words of the person's, `moment` for what follows from them. */
  readonly as: AtomType | 'phrase' | 'moment' | null;
  readonly source: Source | null;
  readonly span: Span | null;
}

export const OWN: Origin = { trust: 'composed', as: null, source: null, span: null };
const LENDS: Readonly<Record<SourceKind, Trust>> = { person: 'person', endorsed: 'person', asked: 'asked', trusted: 'workspace', outside: 'outside' };
const ORDER: readonly SourceKind[] = ['person', 'endorsed', 'asked', 'trusted', 'outside'];
const SHORTEST_QUOTE = 8;

/** Keys under which a value may be found, the strictest types for roles that choose. */
function keysOf(value: Value, role: Role): readonly (readonly [AtomType, string])[] {
  if (typeof value === 'boolean') return [];
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) && !Number.isFinite(value)) return [];
    return [role === 'selector' || role === 'destination' ? ['id', String(value)] : ['number', String(value)]];
  }
  const digits = /^\d{1,18}$/.test(value);
  // Digits in a text may choose something by its name, so they are no amount.
  const typed = wholesOf(value).filter(({ type }) => type !== 'number' || role === 'query' || !(digits || chooses(role))).map(({ type, form }) => [type, form] as const);
  return [
    ...typed,
    ...(digits ? [['id', value] as const] : []),
    // Digits in quotes are an id (see scanSpoken), never words.
    ...(digits ? [] : [['quoted', value] as const]),
    ...(role === 'destination' ? [['name', value] as const] : []),
  ];
}

const chooses = (role: Role): boolean => role === 'selector' || role === 'destination' || role === 'critical';

/** @param clean nothing from outside was read, so whole words of the person's will do for any role. */
export function originOf(value: Value, role: Role, ledger: Ledger, clean: boolean): Origin {
  const keys = keysOf(value, role);
  for (const kind of ORDER) {
    for (const source of ledger.sources) {
      if (source.kind !== kind) continue;
      const found = findIn(source, value, role, keys, clean);
      if (found !== null) return found;
    }
  }
  return OWN;
}

function findIn(source: Source, value: Value, role: Role, keys: readonly (readonly [AtomType, string])[], clean: boolean): Origin | null {
  const { atoms, moments, text } = source.content;
  const trust = LENDS[source.kind];
  const lends = source.kind !== 'outside';
  for (const [type, form] of keys) {
    // In what a tool answered, words are equal as a whole field; names and quotes are for people.
    const key = lends && source.kind !== 'person' && source.kind !== 'endorsed' && (type === 'quoted' || type === 'name') ? keyOf('field', form) : keyOf(type, form);
    const span = atoms.get(key) ?? (source.kind === 'outside' && type === 'quoted' ? atoms.get(keyOf('field', form)) : undefined);
    if (span !== undefined) return { trust, as: type, source, span };
    if (type === 'datetime' && moments.has(form)) return { trust, as: 'moment', source, span: null };
  }
  if (typeof value !== 'string') return null;
  // One common word is in anybody's sentences, and says nothing of what was meant; digits alone are a part of anything.
  const free = source.kind === 'person' && !/^\d+$/.test(value) && (clean || role === 'query' || (role === 'payload' && isPhrase(value)));
  if (free || (source.kind === 'outside' && value.length >= SHORTEST_QUOTE)) {
    const span = phraseIn(text, value);
    if (span !== null) return { trust, as: 'phrase', source, span };
  }
  return null;
}

function isPhrase(text: string): boolean {
  return /[\p{L}\p{N}]\S*\s+\S*[\p{L}\p{N}]/u.test(text) && text.length >= SHORTEST_QUOTE;
}
