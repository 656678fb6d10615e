// Examples of a rule in one line: `egress destination=person payload=person; write anchored=true`. The first word is the
// effect, the rest is what differs from nothing special. Refuses words and values that no fact has.
import { BY, EFFECTS, QUIET, VOCABULARY, type Facts } from './cedar-facts.ts';

/** The facts of each example, or what is wrong with the line. */
export function parseExamples(line: string): readonly Facts[] | string {
  const all: Facts[] = [];
  for (const text of line.split(';').map((one) => one.trim()).filter((one) => one !== '')) {
    const facts = parseExample(text);
    if (typeof facts === 'string') return facts;
    all.push(facts);
  }
  return all;
}

function parseExample(text: string): Facts | string {
  const [effectWord = '', ...pairs] = text.split(/\s+/);
  const effect = EFFECTS.find((one) => one === effectWord);
  if (effect === undefined) return `${JSON.stringify(effectWord)} is no effect: say ${EFFECTS.join(', ')}`;
  const values: Record<string, Facts[keyof Facts]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const key = pair.slice(0, at);
    const value = valueOf(key, pair.slice(at + 1));
    if (at < 1 || value === undefined) return `${JSON.stringify(pair)} is no fact; facts are ${Object.keys(QUIET).join(', ')}${key in VOCABULARY ? `, and ${key} is one of ${VOCABULARY[key]?.join(', ') ?? ''}` : ''}`;
    values[key] = value;
  }
  return { ...QUIET, ...values, effect };
}

function valueOf(key: string, text: string): Facts[keyof Facts] | undefined {
  const now = Object.entries(QUIET).find(([name]) => name === key && name !== 'effect')?.[1];
  if (key === 'by') return BY.find((one) => one === text);
  switch (typeof now) {
    case 'string':
      return VOCABULARY[key]?.includes(text) === false ? undefined : text;
    case 'number':
      return /^\d{1,6}$/.test(text) ? Number(text) : undefined;
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined;
    case 'object':
      return text.split(',');
    default:
      return undefined;
  }
}
