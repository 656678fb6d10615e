// What an undo has to do, as steps and as changes: the record of a landing the other way round, over what a person
// gave leave to go over. Reads the pre-images, since one that was written to isn't what was kept; changes nothing.
import { closeSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { EMPTY_SHA256, type Change } from '../model/effects.ts';
import { parentOf } from '../model/path.ts';
import { digestOfOpen, isWas, openOurs } from './commit-content.ts';
import type { Conflict, Rules } from './commit-bases.ts';
import { digestOfSide, inOrder, type Side, type Step } from './commit-steps.ts';
import { byPath } from './effects.ts';
import { joinRenames } from './effects-rename.ts';
import type { Move, Was } from './journal.ts';
import type { Record } from './undo-record.ts';

/** Rounds after which a person is asked again rather than going over what keeps appearing. A folder that is missing takes one. */
export const MOST_ROUNDS = 32;

/** What the landing made is the base now, and what it found is wanted. */
export function inverse({ moves }: Record): readonly Step[] {
  return inOrder(moves.map(({ path, base, wanted, was, fresh, timed }) => ({ path, base: withMode(wanted, fresh), wanted: withMode(base, was), timed })));
}

function withMode(side: Side, was: Was | null): Side {
  return side.type === 'file' || side.type === 'folder' ? { ...side, mode: was?.mode ?? side.mode } : side;
}

/** A base may have changed at any time since. What the landing closed to its owner can't be read, and is known by what it is. */
export function rulesOf({ moves }: Record): Rules {
  const made = new Map(moves.map((move) => [move.path, move]));
  return {
    started: Number.POSITIVE_INFINITY,
    breakLinks: false,
    known: (path, stat) => {
      const move = made.get(path);
      return move !== undefined && move.fresh !== null && isWas(stat, move.fresh) ? digestOfSide(move.wanted) : null;
    },
  };
}

/**
 * Over a later edit: what is there becomes the base, and a folder that is missing is made anew. What can't be
 * replaced (a folder that is in use, a lost pre-image) is left out.
 */
export function settle(steps: readonly Step[], conflicts: readonly Conflict[]): readonly Step[] {
  const found = new Map(conflicts.map((one) => [one.path, one]));
  const made = new Map<WorkPath, Step>();
  const settled = steps.flatMap((step) => {
    const conflict = found.get(step.path);
    if (conflict === undefined) return [step];
    // Gone once more although nothing is looked for there: it is the folder that isn't there.
    if (conflict.why === 'gone' && step.base.type === 'none') made.set(parentOf(step.path), { path: parentOf(step.path), base: { type: 'none' }, wanted: { type: 'folder', mode: 0o777 & ~process.umask() }, timed: false });
    const base = baseNow(step.base, conflict);
    return base === null || (base.type === 'none' && step.wanted.type === 'none') ? [] : [{ ...step, base }];
  });
  for (const { path } of settled) made.delete(path);
  return inOrder([...settled, ...made.values()]);
}

/** Is there leave for this conflict? A folder that has to be made for a name goes with that. */
export function isOver(over: ReadonlySet<WorkPath>, { path, why }: Conflict): boolean {
  return over.has(path) || (why === 'gone' && [...over].some((one) => one.startsWith(`${path}/`)));
}

function baseNow(base: Side, { why, now }: Conflict): Side | null {
  switch (why) {
    case 'gone':
      return { type: 'none' };
    case 'kept':
      return null;
    case 'changed':
    case 'mode':
      if (now === null || base.type === 'folder' || base.type === 'none') return null;
      return base.type === 'file' ? { type: 'file', digest: now, mode: null } : { type: 'link', digest: now };
    case 'appeared':
    case 'type':
      // Only a file can be taken out of the way as one; anything else is left to the person.
      return now === null ? null : { type: 'file', digest: now, mode: null };
  }
}

/** Every pre-image is read once before anything is touched: one that was written to since isn't what was kept. */
export async function damagedIn(folder: string, { moves }: Record, steps: readonly Step[]): Promise<readonly Conflict[]> {
  const concerned = new Map(steps.map((step) => [step.path, step]));
  const damaged: Conflict[] = [];
  for (const { path, n, kept, base } of moves) {
    const step = concerned.get(path);
    if (kept === 'none' || step === undefined) continue;
    const open = openOurs(join(folder, `${n}`));
    try {
      const now = open === null ? null : await digestOfOpen(open.fd, open.stat);
      if (now !== digestOfSide(base)) damaged.push({ path, why: 'kept', base: digestOfSide(step.base), now, wanted: digestOfSide(step.wanted) });
    } finally {
      if (open !== null) closeSync(open.fd);
    }
  }
  return damaged;
}

/** What those moves of an undo change, for people and to be bound to, in order. */
export function changesOf({ moves: made }: Record, moves: readonly Move[]): readonly Change[] {
  const old = new Map(made.map(({ path, was }): [WorkPath, Was | null] => [path, was]));
  return changesBetween(moves.map(({ path, base, wanted, was }) => ({ path, base, wanted, was, fresh: old.get(path) ?? null })));
}

/** @param pairs each with what is known of its two sides. */
export function changesBetween(pairs: readonly Pair[]): readonly Change[] {
  const modes = new Map(pairs.flatMap(({ path, was }): [WorkPath, number][] => (was === null ? [] : [[path, was.mode & 0o1777]])));
  return joinRenames(pairs.flatMap(changesOfPair), modes).toSorted(byPath);
}

type Pair = Pick<Move, 'path' | 'base' | 'wanted' | 'was' | 'fresh'>;

function changesOfPair({ path, base, wanted, was, fresh }: Pair): readonly Change[] {
  const gone: Change[] = base.type === 'none' ? [] : [{ change: 'deleted', path, type: base.type, before: digestOfSide(base) ?? EMPTY_SHA256 }];
  if (wanted.type === 'none') return gone;
  const mode = ((wanted.type === 'link' ? null : wanted.mode) ?? fresh?.mode ?? 0) & 0o1777;
  const size = wanted.type === 'folder' ? 0 : Number(fresh?.size ?? 0);
  const after = digestOfSide(wanted) ?? EMPTY_SHA256;
  const target = wanted.type === 'link' ? (fresh?.target ?? null) : null;
  const come = { path, type: wanted.type, mode, size, after, ...(target === null ? {} : { target }) };
  if (wanted.type !== base.type) return [...gone, { change: 'created', ...come }];
  const before = digestOfSide(base) ?? EMPTY_SHA256;
  const only = before !== after ? {} : { only: was === null || wanted.type === 'link' || (was.mode & 0o1777) === mode ? ('times' as const) : ('mode' as const) };
  const time = only.only !== 'times' || fresh === null ? {} : { time: Number(BigInt(fresh.mtime) / 1_000_000n) };
  const other = was === null || wanted.type === 'link' || (was.mode & 0o1777) === mode ? {} : { modeBefore: was.mode & 0o1777 };
  return [{ change: 'changed', ...come, before, ...only, ...time, ...other }];
}
