// What the schema doesn't say against a rule: words that no fact can be, and sets too large to be read by anyone.
import type { PolicyJson } from '@cedar-policy/cedar-wasm/nodejs';
import { VOCABULARY } from './cedar-facts.ts';

const LARGEST_SET = 1000;

/** Each in words, with what it is instead. */
export function strangeValues(json: PolicyJson): readonly { readonly words: string; readonly hint: string }[] {
  const found: { words: string; hint: string }[] = [];
  const look = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(look);
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      const size = key === 'Set' && Array.isArray(inner) ? inner.length : 0;
      if (size > LARGEST_SET) found.push({ words: `a set of ${size} values`, hint: `keep sets to ${LARGEST_SET}` });
      if (['==', '!=', 'contains', 'containsAny', 'containsAll'].includes(key) && typeof inner === 'object' && inner !== null && 'left' in inner && 'right' in inner) {
        const sides = [inner.left, inner.right];
        const attribute = sides.map(attributeOf).find((one) => one !== undefined && one in VOCABULARY);
        const known = attribute === undefined ? undefined : VOCABULARY[attribute];
        const strange = known === undefined ? [] : sides.flatMap(literalsOf).filter((one) => !known.includes(one));
        for (const one of strange) found.push({ words: `${attribute ?? ''} is never ${JSON.stringify(one)}`, hint: `it is one of ${known?.join(', ') ?? ''}` });
      }
      look(inner);
    }
  };
  look(json.conditions);
  return found;
}

/** `x` of `context.x`. */
function attributeOf(side: unknown): string | undefined {
  if (typeof side !== 'object' || side === null || !('.' in side)) return undefined;
  const dot = side['.'];
  return typeof dot === 'object' && dot !== null && 'attr' in dot && typeof dot.attr === 'string' ? dot.attr : undefined;
}

function literalsOf(side: unknown): readonly string[] {
  if (typeof side !== 'object' || side === null) return [];
  if ('Value' in side) return [side.Value].flat().filter((one) => typeof one === 'string');
  return 'Set' in side && Array.isArray(side.Set) ? side.Set.flatMap(literalsOf) : [];
}
