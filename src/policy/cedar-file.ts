// A file of rules: Cedar text in which every rule has an @id, a @reason, and examples that must and must not match.
// A file with anything wrong is refused as a whole, with the lines and what to do, so that no rule is silently missing.
import type { Engine, Shape } from './cedar-engine.ts';
import { readThrough } from './cedar-reading.ts';
import { lineAt, RulesFault, type Problem } from '../model/problem.ts';

/** Whose rules: each layer adds to those before; that of a workspace may only forbid or ask. */
export const LAYERS = ['built-in', 'machine', 'person', 'workspace'] as const;
export type Layer = (typeof LAYERS)[number];

export interface RuleFile {
  readonly name: string;
  readonly layer: Layer;
  readonly text: string;
  /** Its rules, where the house made them itself and need not read them (standing-cedar.ts). Absent: as the text says. */
  readonly made?: readonly CheckedRule[];
}

export interface CedarRule {
  readonly id: string;
  /** `forbid` with `@verdict("ask")` asks; without, it is never. */
  readonly verdict: 'allow' | 'ask' | 'deny';
  readonly reason: string;
  readonly layer: Layer;
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

/** One that was read, with what has to be asked of it. */
export interface CheckedRule extends CedarRule {
  readonly shape: Shape;
}

/** Reads and checks one file. Throws a `RulesFault` that names all that is wrong, with file and line. */
export function readRules(engine: Engine, file: RuleFile): readonly CheckedRule[] {
  const { rules, problems } = readThrough(engine, file);
  if (problems.length > 0) throw new RulesFault(problems);
  return rules;
}

/** The rules of a built-in file by their text alone: each begins with its @id. A test holds it to `readRules`. */
export function builtInRules({ name, layer, text }: RuleFile): readonly CedarRule[] {
  return [...text.matchAll(/^@id\("([^"]*)"\)[^]*?;$/gm)].map(([rule, id = ''], at, all) => ({
    id, layer, file: name, line: lineAt(text, Buffer.byteLength(text.slice(0, all[at]?.index ?? 0))), text: rule,
    reason: /^@reason\("([^"]*)"\)$/m.exec(rule)?.[1] ?? '',
    verdict: /^permit /m.test(rule) ? 'allow' : /^@verdict\("ask"\)$/m.test(rule) ? 'ask' : 'deny',
  }));
}

/** Two rules with one id would leave open whose reason is shown. @param taken where each id that is used already stands. */
export function doubleIds(rules: readonly CedarRule[], taken: ReadonlyMap<string, string>): readonly Problem[] {
  const seen = new Map(taken);
  return rules.flatMap(({ id, file, line }): readonly Problem[] => {
    const first = seen.get(id);
    if (first === undefined) seen.set(id, `${file}:${line}`);
    return first === undefined ? [] : [{ file, line, code: 'policy.double', words: `the id ${id} is taken (${first})`, hint: 'give one of them another id' }];
  });
}
