// Pieces: which part of a card a person said yes to. What they left out never lands, is on record with their answer,
// and is told to the model. Read from the log alone: no row can say that less, or more, was meant.
import type { Log } from '../audit/log.ts';
import type { Commit } from '../model/action.ts';
import { canonicalBytes } from '../model/canonical.ts';
import type { Change, Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { countWords, grouped, pathWords, type Line, type Part } from './drawing.ts';

/** Paths that land whole (a folder stands for what is in it), and of files some hunks, counted from 1 as the card's diff shows them. */
export type Pieces = Pick<Commit, 'paths' | 'hunks'>;

/** What a yes to a part is: the pieces, and what exactly they do together. */
export interface PartOf {
  readonly pieces: Pieces;
  readonly effects: Effects;
}

export function piecesBytes({ paths, hunks }: Pieces): Uint8Array {
  return canonicalBytes({ paths, hunks: hunks.map(({ path, take }) => ({ path, take })) });
}

/**
 * Of the last yes to an action: what it was for, where it was for a part only.
 * @throws `action.erased` when it was for a part and that was erased: then nobody knows what may land.
 */
export function chosenOf(log: Log, id: Id): Pieces | null {
  const digest = lastAnswer(log, id)?.payloads['pieces']?.digest;
  if (digest === undefined) return null;
  const bytes = log.read(digest);
  if (bytes === null) throw new Fault('action.erased', `which pieces of action ${id} were to land was erased`, 'deny it, and ask again');
  return JSON.parse(new TextDecoder().decode(bytes)) as Pieces;
}

/** Was the last yes for a part only? */
export function isPartly(log: Log, id: Id): boolean {
  return lastAnswer(log, id)?.payloads['pieces'] !== undefined;
}

function lastAnswer(log: Log, id: Id): ReturnType<Log['events']>[number] | undefined {
  const [last] = log.events({ limit: 1, newestFirst: true, action: id, types: ['action.answered'] });
  return last?.body.type === 'action.answered' && last.body.answer === 'invoke' ? last : undefined;
}

/** Can some of it land without the rest? Of what waits and was rehearsed; one file has pieces where it has more than one hunk. */
export function hasPieces({ certainty, changes, diffs, conflicts = [] }: Effects): boolean {
  if (certainty !== 'known') return false;
  if (changes.filter(({ type }) => type !== 'folder').length > 1) return true;
  const clashing = new Set(conflicts.map(({ path }) => path));
  return changes.some((change) => change.change === 'changed' && change.type === 'file' && change.only === undefined && !clashing.has(change.path) && hunkCount(diffs.find(({ path }) => path === change.path)?.unified ?? '') > 1);
}

export function hunkCount(unified: string): number {
  // Not `^`: it also begins behind a lone CR and U+2028, which a file may hold within a line.
  return unified.match(/(?<![^\n])@@ -[\d,]+ \+[\d,]+ @@/g)?.length ?? 0;
}

/** Names in a sentence to a model. */
const SOME = 40;

/** What the model hears beside what its action did: all of that is not in the workspace. */
export function leftOutWords(whole: Effects, landed: Effects, { hunks }: Pieces): string {
  const taken = new Set(landed.changes.map(keyOf));
  const left = whole.changes.filter((change) => !taken.has(keyOf(change)));
  const some = hunks.map(({ path, take }) => `of ${pathWords(path)} only hunk${take.length === 1 ? '' : 's'} ${take.join(', ')} of ${hunkCount(whole.diffs.find((diff) => diff.path === path)?.unified ?? '')}`);
  const names = (all: readonly string[]): string => (all.length > SOME ? `${all.slice(0, SOME).join(', ')} and ${grouped(all.length - SOME)} more` : all.join(', '));
  const lines = [
    'The person let only a part of this land.',
    ...(some.length === 0 ? [] : [`Landed in part: ${names(some)}.`]),
    ...(left.length === 0 ? [] : [`Left out, and not in the workspace: ${names(left.map((change) => pathWords(change.path)))}.`]),
    'Read the files anew before you go on.',
  ];
  return lines.join('\n');
}

function keyOf({ change, path }: Change): string {
  return `${change === 'deleted' ? 'd' : 'm'} ${path}`;
}

/** On the card: what the last yes was for. */
export function chosenPart({ paths, hunks }: Pieces): Part {
  const lines: Line[] = [
    ...paths.map((path): Line => ({ tone: 'plain', text: pathWords(path) })),
    ...hunks.map(({ path, take }): Line => ({ tone: 'plain', text: `${pathWords(path)}, hunk${take.length === 1 ? '' : 's'} ${take.join(', ')}` })),
  ];
  return { tone: 'warning', heading: `! the yes was for a part only: ${countWords([[paths.length, paths.length === 1 ? 'path' : 'paths'], [hunks.length, hunks.length === 1 ? 'file by hunk' : 'files by hunk']])}; all else is left out`, lines };
}
