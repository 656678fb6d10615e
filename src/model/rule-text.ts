// The text of a Cedar rule, taken apart for a reader: what it says, and beside it the examples that it was checked with.
// It judges nothing. A text that isn't laid out as expected stays whole, so that no word of a rule is ever left out.

export interface RuleParts {
  /** From `permit` or `forbid` on. */
  readonly rule: string;
  readonly matches: readonly string[];
  readonly differs: readonly string[];
}

const SPACE = /(?:\s|\/\/[^\n]*(?:\n|$))*/y;
const ANNOTATION = /@(\w+)\s*(?:\(\s*"((?:[^"\\]|\\.)*)"\s*\))?/y;
/** Told by whoever shows the rule: its name, its reason, what it says. */
const KNOWN = ['id', 'reason', 'verdict', 'matches', 'differs'];

export function partsOf(text: string): RuleParts {
  const whole = { rule: text, matches: [], differs: [] };
  const found = new Map<string, string>();
  let at = skip(text, 0);
  while (text[at] === '@') {
    ANNOTATION.lastIndex = at;
    const [all, name = '', value = ''] = ANNOTATION.exec(text) ?? [];
    if (all === undefined || !KNOWN.includes(name)) return whole;
    found.set(name, value);
    at = skip(text, at + all.length);
  }
  if (!/^(?:permit|forbid)\b/.test(text.slice(at))) return whole;
  return { rule: text.slice(at), matches: examplesIn(found.get('matches')), differs: examplesIn(found.get('differs')) };
}

function skip(text: string, from: number): number {
  SPACE.lastIndex = from;
  return from + (SPACE.exec(text)?.[0].length ?? 0);
}

/** Apart at each semicolon, as they are when the file is read. */
function examplesIn(line: string | undefined): readonly string[] {
  return (line ?? '').replaceAll(/\\(["\\])/g, '$1').split(';').map((one) => one.trim()).filter((one) => one !== '');
}
