// What reading a file of rules came to, kept for as long as the process lives, so that a file is checked once and not
// for each profile; and as data, so that the next process need not check it again. A file of one letter more is another.
import * as z from 'zod/mini';
import type { Engine } from './cedar-engine.ts';
import { SCHEMA } from './cedar-facts.ts';
import { LAYERS, type CheckedRule, type RuleFile } from './cedar-file.ts';
import { readThrough, type FileRead } from './cedar-reading.ts';
import { RulesFault } from '../model/problem.ts';

type Known = readonly CheckedRule[] | RulesFault;

/** More are not kept. */
const MOST = 400;
const known = new Map<string, Known>();
const keyOf = ({ name, layer, text }: RuleFile): string => JSON.stringify([layer, name, text]);

/** As `readRules`, once. What is wrong with a file stays so until it is another one. */
export function readOnce(engine: () => Engine, file: RuleFile): readonly CheckedRule[] {
  const key = keyOf(file);
  const before = known.get(key) ?? read(engine(), file);
  keep(key, before);
  if (before instanceof RulesFault) throw before;
  return before;
}

/** What is known of a file without reading it; null: it wasn't read yet, or is broken. */
export function knownRules(file: RuleFile): readonly CheckedRule[] | null {
  const found = known.get(keyOf(file));
  return found === undefined || found instanceof RulesFault ? null : found;
}

/** As `readThrough`, once for each of the last few files: what a page shows is asked for again and again. */
export function readThroughOnce(engine: () => Engine, file: RuleFile): FileRead {
  const key = keyOf(file);
  const before = through.get(key) ?? readThrough(engine(), file);
  if (through.size >= MOST_THROUGH && !through.has(key)) through.clear();
  through.set(key, before);
  return before;
}
const MOST_THROUGH = 100;
const through = new Map<string, FileRead>();

function read(engine: Engine, file: RuleFile): Known {
  const { rules, problems } = readThroughOnce(() => engine, file);
  return problems.length > 0 ? new RulesFault(problems) : rules;
}

function keep(key: string, value: Known): void {
  if (known.size >= MOST && !known.has(key)) known.clear();
  known.set(key, value);
}

const names = z.union([z.literal('all'), z.readonly(z.array(z.string()))]);
const CheckedData = z.strictObject({
  by: z.string(),
  rules: z.array(z.strictObject({
    id: z.string(), verdict: z.enum(['allow', 'ask', 'deny']), reason: z.string(), layer: z.enum(LAYERS), file: z.string(), line: z.int(), text: z.string(),
    shape: z.strictObject({ id: z.string(), actions: names, short: z.string(), uses: names, tags: z.exactOptional(names) }),
  })),
});
export interface Checked {
  /** Of the checks: by which version, for which facts. */
  readonly by: string;
  readonly rules: readonly CheckedRule[];
}

/** What the checks of files came to. Throws what `readRules` throws. @param version of the product. */
export function checkedOf(engine: () => Engine, files: readonly RuleFile[], version: string): Checked {
  return { by: checksBy(version), rules: files.flatMap((file) => readOnce(engine, file)) };
}

/** Takes over what an earlier process came to, for these very files. @returns false where it doesn't fit: then they have to be checked anew. */
export function recallChecked(files: readonly RuleFile[], value: unknown, version: string): boolean {
  const { success, data } = CheckedData.safeParse(value);
  if (!success || data.by !== checksBy(version)) return false;
  const fits = data.rules.every((rule) => files.some(({ name, layer, text }) => name === rule.file && layer === rule.layer && text.includes(rule.text)));
  if (!fits) return false;
  for (const file of files) keep(keyOf(file), data.rules.filter(({ file: name, layer }) => name === file.name && layer === file.layer));
  return true;
}

/** Another version may check more, and other facts make other rules wrong. */
function checksBy(version: string): string {
  let sum = 0;
  for (const letter of SCHEMA) sum = (Math.imul(sum, 31) + (letter.codePointAt(0) ?? 0)) >>> 0;
  return `${version} ${sum.toString(16)}`;
}
