// Where one value of a call comes from, by exact typed equality (bytes, where a type has no other canonical form): the most
// trusted source that has it. What is found nowhere is the model's own. Nothing is guessed: a value that reads as two
// things, or as part of one, is equal to neither.
import type { Trust } from './cedar-facts.ts';
import { wholesOf, type AtomType } from './flow-atoms.ts';
import { linkForms } from './flow-forms.ts';
import type { Ledger, Role } from './flow-ledger.ts';
import { calledIn, isSingle, LONGEST_PHRASE, phraseIn, quotedIn, keyOf, type Source, type SourceKind, type Span } from './flow-source.ts';

export type Value = string | number | boolean;

export interface Origin {
  readonly trust: Trust;
  /** Of what type the value is equal; `phrase` for whole words of the person's, `moment` for what follows from them. */
  readonly as: AtomType | 'phrase' | 'moment' | null;
  readonly source: Source | null;
  readonly span: Span | null;
}

export const OWN: Origin = { trust: 'composed', as: null, source: null, span: null };
const LENDS: Readonly<Record<SourceKind, Trust>> = { person: 'person', endorsed: 'person', approved: 'asked', asked: 'asked', trusted: 'workspace', outside: 'outside', said: 'composed' };
const ORDER: readonly SourceKind[] = ['person', 'endorsed', 'approved', 'asked', 'trusted', 'outside', 'said'];
const SHORTEST_QUOTE = 8;
const REACHES: ReadonlySet<AtomType> = new Set<AtomType>(['url', 'email', 'account', 'phone']);

/** Keys under which a value may be found, the strictest types for roles that choose. */
function keysOf(value: Value, role: Role): readonly (readonly [AtomType, string])[] {
  if (typeof value === 'boolean') return [];
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value) && !Number.isFinite(value)) return [];
    return [role === 'selector' || role === 'destination' ? ['id', String(value)] : ['number', String(value)]];
  }
  const digits = /^\d{1,18}$/.test(value);
  // Digits in a text may choose something by its name, so they are no amount.
  const typed = wholesOf(value).filter(({ type }) => type !== 'number' || role === 'query' || !(digits || chooses(role)))
    .flatMap(({ type, form }) => (type === 'url' ? linkForms(value) : [form]).map((one) => [type, one] as const));
  // A name of several words is one; a single word with a capital also begins sentences, so it decides nothing.
  const named = role !== 'query' && (role !== 'critical' || value.includes(' '));
  return [
    ...typed,
    ...(digits ? [['id', value] as const] : []),
    // Digits in quotes are an id (see scanSpoken), never words.
    ...(digits ? [] : [['quoted', value] as const]),
    ...(named ? [['name', value] as const] : []),
  ];
}

const chooses = (role: Role): boolean => role === 'selector' || role === 'destination' || role === 'critical';

/**
 * @param clean nothing from outside was read, so whole words of the person's and of trusted answers will do for any role.
 * @param param what the argument is called, which the person may call the value, too.
 * @param loosely look for words within what was read as well; without it, what isn't equal as a whole is the model's own.
 */
export function originOf(value: Value, role: Role, ledger: Ledger, clean: boolean, param = '', loosely = true): Origin {
  const keys = keysOf(value, role);
  for (const kind of ORDER) {
    // What was approved counts for what it was approved as, and for nothing else.
    if ((kind === 'endorsed' && role !== 'destination') || (kind === 'approved' && role !== 'payload')) continue;
    for (const source of ledger.sources) {
      if (source.kind !== kind) continue;
      const found = findIn(source, value, role, keys, clean, loosely ? param : null, clean && ledger.label.integrity === 'person');
      if (found !== null) return found;
    }
  }
  return OWN;
}

function findIn(source: Source, value: Value, role: Role, keys: readonly (readonly [AtomType, string])[], clean: boolean, param: string | null, alone: boolean): Origin | null {
  const { content, kind } = source;
  if (kind === 'approved') return content.text === value ? { trust: LENDS.approved, as: 'phrase', source, span: { start: 0, end: value.length } } : null;
  const answers = kind === 'asked' || kind === 'trusted';
  for (const [type, form] of keys) {
    // In what a tool answered, words are equal as a whole field; names and quotes are for people.
    const key = answers && (type === 'quoted' || type === 'name') ? keyOf('field', form) : keyOf(type, form);
    const span = content.atoms.get(key) ?? (kind === 'outside' && type === 'quoted' ? content.atoms.get(keyOf('field', form)) : undefined);
    // Of an answer with several of them, whoever the model obeys would pick one.
    const picked = kind === 'asked' && !clean && chooses(role) && !isSingle(content, key);
    if (span !== undefined) return { trust: picked ? LENDS.trusted : LENDS[kind], as: type, source, span };
    if (type === 'datetime' && content.moments.has(form)) return { trust: LENDS[kind], as: 'moment', source, span: null };
  }
  const span = typeof value === 'string' && param !== null ? looselyIn(source, value, role, keys, clean, param, alone) : null;
  return span === null ? null : { trust: LENDS[kind], ...span, source };
}

/** Where words stand that aren't equal to a value as a whole, as far as the role lets them count. */
function looselyIn({ content: { text, atoms }, kind }: Source, value: string, role: Role, keys: readonly (readonly [AtomType, string])[], clean: boolean, param: string, alone: boolean): Pick<Origin, 'as' | 'span'> | null {
  const digits = /^\d+$/.test(value);
  // An address within another is another address.
  const reaches = keys.some(([type]) => REACHES.has(type));
  switch (kind) {
    case 'person': {
      // Digits alone are a part of anything.
      if (digits) return null;
      const whole = reaches ? null : clean ? quotedIn(text, value) : role === 'query' ? phraseIn(text, value) : null;
      if (whole !== null) return { as: 'phrase', span: whole };
      // One common word is in anybody's sentences, and says nothing of what was meant.
      const quoted = role === 'payload' && isPhrase(value) ? quotedIn(text, value) : null;
      if (quoted !== null) return { as: 'phrase', span: quoted };
      const called = chooses(role) ? calledIn(text, value, param) : null;
      if (called !== null) return { as: 'quoted', span: called };
      return alone && chooses(role) ? belowIn(atoms, keys) : null;
    }
    case 'asked':
    case 'trusted': {
      const span = clean && !digits && !reaches ? quotedIn(text, value) : null;
      return span === null ? null : { as: 'phrase', span };
    }
    case 'outside':
    case 'said': {
      const span = value.length >= SHORTEST_QUOTE ? phraseIn(text, value) : null;
      return span === null ? null : { as: 'phrase', span };
    }
    case 'endorsed':
    case 'approved':
      return null;
  }
}

/** A page below an address that the person wrote. Which one is the model's choice, and may hold whatever it has read, so it counts only while that is nothing but the person's words. */
function belowIn(atoms: ReadonlyMap<string, Span>, keys: readonly (readonly [AtomType, string])[]): Pick<Origin, 'as' | 'span'> | null {
  for (const [type, form] of keys) {
    if (type !== 'url') continue;
    for (const [key, span] of atoms) {
      if (!key.startsWith('url http') || /[?#]/.test(key)) continue;
      const base = key.slice('url '.length);
      if (form.startsWith(base.endsWith('/') ? base : `${base}/`)) return { as: 'url', span };
    }
  }
  return null;
}

function isPhrase(text: string): boolean {
  return text.length >= SHORTEST_QUOTE && text.length <= LONGEST_PHRASE && text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word)).length > 1;
}
