// Typed values in text: links, addresses, accounts, paths, dates, numbers, ids, quoted words. Each has the canonical form
// of what it points to, and two values are the same only if type and form are: the 13 in a date is not the id 13.
import { isPathLike, isTld, linkForm, linkForms, mailForm, pathForm } from './flow-forms.ts';
import { datesOf, TIMES } from './flow-times.ts';

export type AtomType = 'url' | 'email' | 'account' | 'phone' | 'path' | 'datetime' | 'date' | 'day' | 'time' | 'duration' | 'number' | 'id' | 'quoted' | 'name' | 'field' | 'masked';

export interface Atom {
  readonly type: AtomType;
  readonly form: string;
  /** UTF-16 units of the text: from and behind. */
  readonly start: number;
  readonly end: number;
}

/** One way of finding values; what it takes, later ones don't see. */
export interface Finder {
  readonly pattern: RegExp;
  /** Null: not one after all, and nothing is taken. */
  form(match: RegExpMatchArray): { readonly type: AtomType; readonly form: string; readonly length?: number } | null;
}

/** Longer text is not looked through: what isn't seen is taken for the model's own, which asks. */
export const LONGEST_TEXT = 1_048_576;

const LINK_CHARS = String.raw`[^\s<>"'\u0060{}|\\^\p{Cc}]`;
const TYPED: readonly Finder[] = [
  {
    pattern: new RegExp(String.raw`(?<![\p{L}\p{N}])[a-z][a-z0-9+.-]{1,15}:\/\/${LINK_CHARS}+`, 'giu'),
    form: ([text]) => linkForm(text),
  },
  {
    pattern: /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]{1,64}@(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}[\p{L}\p{N}-]{2,63}(?![\p{L}\p{N}@-])/gu,
    form: ([text]) => mailForm(text),
  },
  {
    pattern: new RegExp(String.raw`(?<![\p{L}\p{N}@._/-])(?:[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62})\.){1,8}[\p{L}]{2,24}(?::\d{1,5})?(?:[/?#]${LINK_CHARS}*)?`, 'gu'),
    form: ([text]) => (isTld(text) ? linkForm(text) : null),
  },
  {
    pattern: /(?<![\p{L}\p{N}])[A-Z]{2}\d{2}(?:[A-Z0-9]{10,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)(?![\p{L}\p{N}])/gu,
    form: ([text]) => ({ type: 'account', form: text.replaceAll(' ', '') }),
  },
  {
    pattern: /(?<![\p{L}\p{N}])\+\d[\d ()-]{6,20}\d(?![\p{L}\p{N}])/gu,
    form: ([text]) => ({ type: 'phone', form: `+${text.replaceAll(/\D/g, '')}` }),
  },
  ...TIMES,
  {
    pattern: /(?<![\p{L}\p{N}])\d+(?:[.,]\d+)? ?%/gu,
    form: ([text]) => ({ type: 'masked', form: text }),
  },
  {
    pattern: /(?<![\p{L}\p{N}@:])(?:~\/|\/|\.{1,2}\/)?[\p{L}\p{N}_+-][\p{L}\p{N}_.+-]*(?:\/+[\p{L}\p{N}_.+-]+)*(?![\p{L}\p{N}@])/gu,
    form: ([text]) => (isPathLike(text) ? pathForm(text) : null),
  },
  {
    // Digits are an id only where they are called one.
    pattern: /(?<=(?<![\p{L}\p{N}])(?:ids?_?|#|number|no\.)\s{0,2}[:=#]?\s{0,2}['"]?)\d{1,18}(?![\p{L}\p{N}]|[.,:/-]\d)/giu,
    form: ([text]) => ({ type: 'id', form: text }),
  },
  {
    pattern: /(?<![\p{L}\p{N}.,:/_-])-?(?:\d{1,3}(?:,\d{3})+|\d{1,15})(?:\.\d{1,8})?(?![\p{L}\p{N}_-]|[.,:/][\p{L}\p{N}])/gu,
    form: ([text]) => numberForm(text.replaceAll(',', '')),
  },
  {
    pattern: /(?<![\p{L}\p{N}_@.-])(?=[\p{L}\p{N}_-]{0,127}\p{N})(?=[\p{L}\p{N}_-]{0,127}[\p{L}_-])[\p{L}\p{N}_-]{3,128}(?![\p{L}\p{N}@])/gu,
    form: ([text]) => (/^\d+(?:st|nd|rd|th)$|^-|-$/.test(text) ? null : { type: 'id', form: text }),
  },
];

const QUOTES: readonly RegExp[] = [
  /(?<![\p{L}\p{N}])'([^'\n]{1,200})'(?![\p{L}\p{N}])/gu, /"([^"\n]{1,200})"/gu, /“([^”\n]{1,200})”/gu, /‘([^’\n]{1,200})’(?![\p{L}\p{N}])/gu, /`([^`\n]{1,200})`/gu,
];
/** Rooms and people as chats write them. */
const TAGS: readonly RegExp[] = [/(?<![\p{L}\p{N}&/#])#([\p{L}\p{N}_-]{2,80})/gu, /(?<![\p{L}\p{N}.@/])@([\p{L}\p{N}_-]{2,40})(?![\p{L}\p{N}@.]{0,64}\.[\p{L}\p{N}])/gu];
/** Words with a capital, with at most one small word between two of them: "Spoon and Fork", "Bank of Oslo". */
const NAME = /(?<![\p{L}\p{N}'’])\p{Lu}[\p{L}\p{N}'’_-]*(?: (?:(?:and|of|the|de|la|le|du|van|von|di|&) )?\p{Lu}[\p{L}\p{N}'’_-]*){0,5}/gu;

function numberForm(text: string): ReturnType<Finder['form']> {
  // A leading zero says that it is no amount.
  return /^-?0\d/.test(text) ? { type: 'id', form: text } : { type: 'number', form: String(Number(text)) };
}

/** All typed values of a text, without names and quotes, in no order. */
export function scanTyped(text: string): readonly Atom[] {
  if (text.length > LONGEST_TEXT) return [];
  const found: Atom[] = [];
  let rest = text;
  for (const { pattern, form } of TYPED) {
    const here: Atom[] = [];
    for (const match of rest.matchAll(pattern)) {
      const atom = form(match);
      if (atom === null) continue;
      here.push({ type: atom.type, form: atom.form, start: match.index, end: match.index + (atom.length ?? match[0].length) });
    }
    rest = blank(rest, here);
    // One by one: a call takes only so many arguments.
    for (const atom of here) found.push(atom);
  }
  return found.filter(({ type }) => type !== 'masked');
}

/** What a person says: typed values, and besides their quoted words and names. */
export function scanSpoken(text: string): readonly Atom[] {
  if (text.length > LONGEST_TEXT) return [];
  const found = [...scanTyped(text)];
  for (const { type, start, end } of found.filter((atom) => atom.type === 'url')) {
    for (const form of linkForms(text.slice(start, end)).slice(1)) found.push({ type, form, start, end });
  }
  const years = new Set(found.flatMap(({ type, form }) => (type === 'date' ? [form.slice(0, 4)] : type === 'number' && /^20\d\d$/.test(form) ? [form] : [])));
  // With two years, which one a day is of would be a guess.
  for (const { form, start, end } of years.size === 1 ? found.filter(({ type }) => type === 'day') : []) {
    for (const date of datesOf([form], [...years])) found.push({ type: 'date', form: date, start, end });
  }
  for (const pattern of QUOTES) {
    for (const match of text.matchAll(pattern)) {
      const inner = match[1] ?? '';
      found.push({ type: 'quoted', form: inner, start: match.index + 1, end: match.index + 1 + inner.length });
      // Typed values of exactly the quoted words, which the quotes may have hidden.
      for (const atom of wholesOf(inner)) found.push({ ...atom, start: match.index + 1, end: match.index + 1 + inner.length });
      if (/^\d{1,18}$/.test(inner)) found.push({ type: 'id', form: inner, start: match.index + 1, end: match.index + 1 + inner.length });
    }
  }
  for (const pattern of TAGS) {
    for (const match of text.matchAll(pattern)) {
      const [whole, bare = ''] = match;
      const typed = /^\d+$/.test(bare) ? [] : [{ form: whole, start: match.index }, { form: bare, start: match.index + 1 }];
      for (const { form, start } of typed) found.push({ type: 'quoted', form, start, end: match.index + whole.length });
    }
  }
  for (const match of text.matchAll(NAME)) found.push(...namesIn(match[0], match.index));
  return found;
}

/** A run of names is each name in it too, and each few that follow each other: "Ask Ann Lee" names Ann Lee. */
function namesIn(run: string, at: number): Atom[] {
  const words = [...run.matchAll(/[^ ]+/g)];
  const found: Atom[] = [];
  for (const [first, from] of words.entries()) {
    for (const last of words.slice(first)) {
      if (!/^\p{Lu}/u.test(from[0]) || !/^\p{Lu}/u.test(last[0])) continue;
      const form = run.slice(from.index, last.index + last[0].length).replace(/['’]s$/u, '');
      found.push({ type: 'name', form, start: at + from.index, end: at + from.index + form.length });
    }
  }
  return found;
}

/** The typed value that a text is as a whole; none where it is anything else, or more than one thing. */
export function wholesOf(text: string): readonly Atom[] {
  if (text.length > 4096) return [];
  const before = wholes.get(text);
  if (before !== undefined) return before;
  const found = scanTyped(text).filter(({ start, end }) => start === 0 && end === text.length);
  // A call asks for the same few again and again.
  if (wholes.size >= 256) wholes.clear();
  wholes.set(text, found);
  return found;
}
const wholes = new Map<string, readonly Atom[]>();

/** Spaces in place of what was found, so that places stay. */
function blank(text: string, atoms: readonly Atom[]): string {
  if (atoms.length === 0) return text;
  let out = '';
  let at = 0;
  for (const { start, end } of atoms.toSorted((a, b) => a.start - b.start)) {
    if (start < at) continue;
    out += `${text.slice(at, start)}${' '.repeat(end - start)}`;
    at = end;
  }
  return out + text.slice(at);
}
