// Ids that no rule of one's own may have: those of the built-in rules of every profile, of the guards and the questions,
// and the names by which decisions say what else decided.
import { builtInRules } from './cedar-file.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';
import { ASKING, GUARDS } from './rules.ts';

const NAMES = ['silence', 'engine', 'default', 'rules.broken', 'part.changed'];

let reserved: ReadonlyMap<string, string> | undefined;

/** Where each one stands. */
export function reservedIds(): ReadonlyMap<string, string> {
  reserved ??= new Map([
    ...[...GUARDS, ...ASKING].map(({ id }): [string, string] => [id, 'built in']),
    ...NAMES.map((id): [string, string] => [id, 'built in']),
    ...[...new Set(Object.values(PROFILE_FILES).flat())].flatMap(builtInRules).map(({ id, file, line }): [string, string] => [id, `${file}:${line}`]),
  ]);
  return reserved;
}
