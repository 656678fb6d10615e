// What an undo would do now, as effects for a card: from what is there to what was kept. Changes nothing, takes no
// lock; `undo` with `expected` holds it to what was judged.
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import type { Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { nameOf } from '../model/path.ts';
import { withRoot, type Root } from './beneath.ts';
import { lookAtBases, type Conflict, type Ground } from './commit-bases.ts';
import { Parents } from './commit-parents.ts';
import type { Step } from './commit-steps.ts';
import type { Places } from './commit-transaction.ts';
import { diffsOf } from './effects.ts';
import { newReading, readContent, type Content, type Reading } from './effects-content.ts';
import { MANY_CHANGES, summarise } from './effects-summary.ts';
import { shown } from './files-refused.ts';
import type { Move } from './journal.ts';
import { openRecord, undoFolder, type Record } from './undo-record.ts';
import type { UndoOptions } from './undo.ts';
import { changesOf, damagedIn, inverse, isOver, MOST_ROUNDS, rulesOf, settle } from './undo-steps.ts';

export interface ForeseenUndo {
  /** What it does when `over` names all of `effects.conflicts`; these are all later edits that are in the way. */
  readonly effects: Effects;
  /** Those that `over` doesn't name: without leave for them, `undo` changes nothing. */
  readonly conflicts: readonly Conflict[];
}

/** @throws Fault `undo.none`, `undo.damaged`, `workspace.moved`; Refused where the system wouldn't let us. */
export async function foreseeUndo(id: Id, places: Places, options: Omit<UndoOptions, 'expected'> = {}): Promise<ForeseenUndo> {
  const record = openRecord(places.undo, id);
  const folder = undoFolder(places.undo, id);
  return withRoot({ root: record.root, never: options.never ?? [] }, async (root) => {
    const { ground, conflicts, left } = await settled(root, folder, record);
    const changes = changesOf(record, ground.moves);
    const limits = [...left.map((one) => leftWords(one)), ...tiesOf(ground.moves)];
    const over = new Set(options.over);
    const effects: Effects = {
      certainty: 'known',
      changes,
      diffs: await diffsOf(changes, await contents(root, folder, record, ground.moves, newReading(options.signal))),
      undo: ground.moves.some(hasTies) ? 'partly' : 'fully',
      ...(limits.length === 0 ? {} : { limits }),
      ...(changes.length > MANY_CHANGES ? { summary: summarise(changes) } : {}),
      ...(conflicts.length === 0 ? {} : { conflicts }),
    };
    return { effects, conflicts: conflicts.filter((one) => !isOver(over, one)) };
  });
}

interface Settled {
  readonly ground: Ground;
  /** All that were met. */
  readonly conflicts: readonly Conflict[];
  /** Those where there is nothing to be done even with leave. */
  readonly left: readonly Conflict[];
}

/** As `undo` goes about it with leave for everything. */
async function settled(root: Root, folder: string, record: Record): Promise<Settled> {
  const met = new Map<WorkPath, Conflict>();
  const own = new Set(record.moves.map(({ path }) => path));
  let steps = inverse(record);
  for (let round = 1; ; round += 1) {
    const damaged = await damagedIn(folder, record, steps);
    const ground = damaged.length > 0 ? { moves: [], conflicts: damaged, opened: [] } : await lookAtBases(root, steps, rulesOf(record));
    // That a folder is missing is said by what is missing in it.
    for (const one of ground.conflicts) if (one.why !== 'gone' || own.has(one.path)) met.set(one.path, met.get(one.path) ?? one);
    if (ground.conflicts.length === 0 || round >= MOST_ROUNDS) return { ground, conflicts: [...met.values()], left: notIn(steps, met) };
    steps = settle(steps, ground.conflicts);
  }
}

function notIn(steps: readonly Step[], met: ReadonlyMap<WorkPath, Conflict>): readonly Conflict[] {
  const paths = new Set(steps.map(({ path }) => path));
  return [...met.values()].filter(({ path }) => !paths.has(path));
}

function leftWords({ path, why }: Conflict): string {
  switch (why) {
    case 'kept':
      return `not undone: what was kept of ${shown(path)} isn't what it was, so it stays as it is`;
    case 'gone':
      return `not undone: ${shown(path)} is gone already`;
    case 'appeared':
    case 'changed':
    case 'mode':
    case 'type':
      return `not undone: ${shown(path)} is in use by something newer and stays as it is`;
  }
}

function tiesOf(moves: readonly Move[]): readonly string[] {
  return moves.filter(hasTies).map(({ path }) => `hard link: ${shown(path)} has other names, which keep the newer file`);
}

function hasTies({ was, inPlace }: Move): boolean {
  return was?.type === 'file' && was.links > 1 && !inPlace;
}

/** What a person may want to see, of both sides. */
async function contents(root: Root, folder: string, record: Record, moves: readonly Move[], reading: Reading): Promise<{ readonly before: Map<string, Content>; readonly after: Map<string, Content> }> {
  const [before, after] = [new Map<string, Content>(), new Map<string, Content>()];
  const old = new Map(record.moves.map((move) => [move.path, move]));
  const parents = new Parents(root);
  try {
    for (const { path, base, wanted, inPlace } of moves) {
      if (inPlace) continue;
      const above = base.type === 'file' ? parents.of(path) : null;
      if (base.type === 'file') before.set(path, (above === null ? null : await readContent(above.at(nameOf(path)), reading)) ?? unread(base.digest));
      const kept = old.get(path);
      if (wanted.type === 'file' && kept !== undefined) after.set(path, (await readContent(join(folder, `${kept.n}`), reading)) ?? unread(wanted.digest));
    }
    return { before, after };
  } finally {
    parents.close();
  }
}

/** Too large to be shown, or not ours to read. */
function unread(digest: string): Content {
  return { digest: sha256(digest), size: 0, bytes: null };
}
