// Both sides of a changed file, of an action or of a draft: where their bytes may be kept, from the record.
import { findAction, readAction, readProposal } from '../approvals/actions.ts';
import { findRehearsal, judgedEffects } from '../approvals/rehearsals.ts';
import { keptFolder, placesIn } from '../execute/places.ts';
import { namesIn } from '../execute/names-in.ts';
import { sidesOfPath, type Sides } from '../execute/sides.ts';
import type { WorkPath } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openDraftOf } from './drafts.ts';
import { readSession } from './session.ts';
import type { Workbench } from './workbench.ts';

/** Landings of a path that are looked through. */
const SOME = 50;

/** @throws `action.unknown`, `action.erased`, `id.unknown` when it changes no such path that is known. */
export async function sidesOfAction(bench: Workbench, id: Id, path: WorkPath): Promise<Sides> {
  const { log, home } = bench;
  const row = readAction(log.store.db, id);
  const { proposal: { action, session } } = readProposal(log, row);
  if (row.effects === null || action.kind === 'infer') throw unknown(id);
  const places = placesIn(home.state);
  const over = findRehearsal(log.store.db, id)?.over ?? [];
  const drafted = action.kind === 'commit' ? action.draft : session;
  const folders = [id, ...over.toReversed()].map((one) => keptFolder(places, one));
  const texts = action.kind === 'write' && action.op === 'write' ? [action.content] : [];
  const found = await sidesOfPath(judgedEffects(log, row), path, {
    root: action.root, folders: [...folders, ...layersOf(home.state, drafted)].filter((folder, at) => at === 0 || existsSync(folder)),
    undo: places.undo, landings: landingsIn(bench, action.root), texts, diffs: diffsOf(bench, drafted), landed: row.state === 'ended' && row.into_ === 'workspace',
  });
  if (found === null) throw unknown(id);
  // Of a card, what clashes is taken whole or not at all.
  return found.sides.now === undefined ? found : { ...found, hunks: [] };
}

/** @throws `draft.empty`, `draft.root`, `id.unknown`. */
export async function sidesOfDraft(bench: Workbench, session: Id, path: WorkPath): Promise<Sides> {
  const { root } = readSession(bench.log.store.db, session);
  const draft = await openDraftOf(bench, session);
  if (draft.layers().length === 0) throw new Fault('draft.empty', `session ${session} has no draft`, 'see which do: pwb draft');
  const { effects, source } = await draft.effects();
  const { state } = bench.home;
  const found = await sidesOfPath(effects, path, { root, folders: [source, ...layersOf(state, session)], undo: placesIn(state).undo, landings: landingsIn(bench, root), texts: [], diffs: diffsOf(bench, session), landed: false });
  if (found === null) throw new Fault('id.unknown', `the draft of ${session} changes no such path`, `see /api/drafts/${session}`);
  return found;
}

function layersOf(state: string, session: Id): readonly string[] {
  const folder = join(placesIn(state).drafts, session, 'layers');
  return namesIn(folder).toSorted().toReversed().map((name) => join(folder, name));
}

function landingsIn({ log: { store: { db } } }: Workbench, root: string): (path: WorkPath) => readonly Id[] {
  return (path) => db.prepare('SELECT landing FROM landed_paths WHERE root = ? AND path = ? ORDER BY at DESC LIMIT ?').all(root, path, SOME).map((row) => String(row['landing']));
}

/** What each action of a draft did to a path, the newest first: with it the side that it saw can be told, when the workspace has it no more. */
function diffsOf({ log, hands }: Workbench, session: Id): (path: WorkPath) => readonly string[] {
  return (path) => {
    const actions = hands.rehearsals.drafts().find((one) => one.session === session)?.actions ?? [];
    return actions.toReversed().flatMap((id) => {
      const row = findAction(log.store.db, id);
      const effects = row === undefined || row.effects === null || log.read(row.effects) === null ? null : judgedEffects(log, row);
      return effects?.diffs.find((one) => one.path === path && one.note === undefined)?.unified ?? [];
    });
  };
}

function unknown(id: Id): Fault {
  return new Fault('id.unknown', `action ${id} changes no such path that is known`, `its card says which: /api/actions/${id}`);
}
