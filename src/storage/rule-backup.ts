// The person's files of rules in a backup, as one entry: without them a restore would let go what they forbid. Names in it
// are never paths, and what stood there before is put aside.
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { newId } from '../model/id.ts';
import { foreign } from './backup-format.ts';
import { writeDurably, syncFolder } from './durable.ts';

/** Its name in a backup. */
export const RULES = 'rules.json';
const FOLDER = 'rules';
const MOST = 64 * 1024 * 1024; // bytes

const Rules = z.strictObject({
  files: z.array(z.strictObject({
    // Who could attack: a backup that names a path.
    name: z.string().check(z.regex(/^[^./\0][^/\0]{0,200}\.cedar$/)),
    base64: z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/)),
  })),
});

/** Null: there are none. Whatever is wrong with a file, it goes along as it is. */
export function packRules(config: string): Buffer | null {
  const files = namesIn(join(config, FOLDER)).map((name) => ({ name, base64: readFileSync(join(config, FOLDER, name)).toString('base64') }));
  return files.length === 0 ? null : Buffer.from(JSON.stringify({ files }));
}

/** Throws `backup.foreign` for what `packRules` didn't make. */
export function checkRules(path: string): void {
  readPacked(path);
}

/** Copies what lies there now. May be done again. */
export function putRulesAside(config: string, aside: string): void {
  const into = join(aside, FOLDER);
  for (const name of namesIn(join(config, FOLDER))) {
    if (existsSync(join(into, name))) continue;
    mkdirSync(into, { recursive: true, mode: 0o700 });
    writeDurably(join(into, name), join(into, `${name}.new`), [readFileSync(join(config, FOLDER, name))]);
  }
}

/** Puts exactly the packed files in place. May be done again: what is packed is removed last. */
export function layRules(packed: string, config: string): void {
  if (!existsSync(packed)) return;
  const { files } = readPacked(packed);
  const folder = join(config, FOLDER);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  for (const { name, base64 } of files) writeDurably(join(folder, name), join(folder, `.${newId()}.new`), [Buffer.from(base64, 'base64')]);
  for (const name of namesIn(folder)) if (!files.some((file) => file.name === name)) rmSync(join(folder, name));
  syncFolder(folder);
  rmSync(packed);
}

function readPacked(path: string): z.infer<typeof Rules> {
  let value: unknown;
  try {
    if (lstatSync(path).size > MOST) throw new Error('it is too large');
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw foreign(`its ${RULES} can't be read`, error);
  }
  const parsed = Rules.safeParse(value);
  if (!parsed.success) throw foreign(`its ${RULES} holds something else than files of rules`);
  return parsed.data;
}

/** Plain files only: a link is no rule (see rule-files.ts). */
function namesIn(folder: string): readonly string[] {
  if (lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name.endsWith('.cedar') && !entry.name.startsWith('.')).map(({ name }) => name).toSorted();
}
