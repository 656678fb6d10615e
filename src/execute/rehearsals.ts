// Where actions are tried before anybody is asked: each in a view of its own over the session's draft over the real
// workspace. What they wrote is kept for its landing, taken into the draft, or thrown away.
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { Kept } from '../approvals/rehearsals.ts';
import type { Log } from '../audit/log.ts';
import type { Run, WorkPath, Write } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { label, type Label } from '../model/label.ts';
import { isHidden } from './hidden.ts';
import type { Id } from '../model/id.ts';
import type { Proposal } from '../model/proposal.ts';
import { makePrivate } from './commit-private.ts';
import type { Draft } from './draft.ts';
import type { Foreseen, Rehearsal, Rehearsals, Rehearsing, Reread } from './landing.ts';
import { namesIn } from './names-in.ts';
import { keptFolder, placesIn, type StatePlaces } from './places.ts';
import type { View } from './rehearse-view.ts';
import type { RunSettings } from './run.ts';
import type { Views } from './views.ts';

export interface RehearsalsNeed {
  readonly log: Log;
  readonly settings: RunSettings;
  /** The product's own state folder. */
  readonly state: string;
  readonly views: Views;
  /** How long, and how much of, what landings replaced is kept. */
  undo(): { readonly days: number; readonly bytes: number };
}

type Tried = Proposal & { readonly action: Run | Write };

/** Faults that say that there is no view to be had of this workspace, on this machine. */
const NO_VIEW: ReadonlySet<string> = new Set(['overlay.mount', 'rehearsal.inside', 'rehearsal.folder']);

export function rehearsalsOf(need: RehearsalsNeed): Rehearsals {
  const places = placesIn(need.state);
  /** Workspaces of which no view can be had, as this process has found. */
  const without = new Set<string>();
  return {
    takes: (proposal) => isTried(proposal) && need.settings.containment.sandbox === 'bwrap' && !without.has(proposal.action.root),
    label: (proposal) => labelOf(proposal, need.settings),
    hasDraft: (session) => layersOf(places, session).length > 0,
    drafts: () => namesIn(places.drafts).map((session) => ({ session, actions: layersOf(places, session) })).filter(({ actions }) => actions.length > 0),
    draft(session, root) {
      need.views.drop();
      return draftOf(places, session, root);
    },
    async look(session, root) {
      const prepared = await need.views.take(await viewOf(places, session, root));
      return { path: prepared.sides.merged, close: () => prepared.discard() };
    },
    stands: (kept, over) => stands(need.log, places, kept, over),
    async prepare(proposal, over) {
      if (!isTried(proposal)) throw new Error(`${proposal.action.kind} is not rehearsed`);
      try {
        return await prepare(need, places, proposal, over);
      } catch (error) {
        if (error instanceof Fault && NO_VIEW.has(error.code)) without.add(proposal.action.root);
        throw error;
      }
    },
    reread: (proposal, kept, effects) => reread(need, places, proposal, kept, effects),
    landing: (proposal, kept, effects, text) => landing(need, places, proposal, kept, effects, text),
    async accept({ session, id, action }, effects) {
      if (action.kind === 'infer') throw new Error('not a rehearsed action');
      need.views.drop();
      await (await draftOf(places, session, action.root)).accept(id, keptFolder(places, id), effects);
    },
    async recover() {
      if (namesIn(places.journal).length === 0) return new Map();
      const { recoverLandings } = await import('./commit.ts');
      return new Map((await recoverLandings(places)).map(({ id, ended, left, why = '' }) => [id, { ended, words: [...left.map((path) => `${path} was left as it is, since it changed meanwhile.`), why].join(' ').trim() }]));
    },
    sweep: () => need.views.leave(sweep(need, places)),
    async drop(action) {
      const folder = keptFolder(places, action);
      if (existsSync(folder)) need.views.leave((await import('./overlay-remove.ts')).removeTree(folder));
    },
    expect(session, root) {
      if (need.settings.containment.sandbox !== 'bwrap' || without.has(root) || layersOf(places, session).length > 0) return;
      need.views.expect({ root, lower: [], folder: places.scratch });
    },
    close: () => need.views.close(),
  };
}

/** Nothing that another living process uses: what is kept goes with its action, and a view with its process. */
async function sweep({ log, undo }: RehearsalsNeed, places: StatePlaces): Promise<void> {
  const { db } = log.store;
  const over = namesIn(places.kept).filter((id) => {
    const row = db.prepare('SELECT state FROM actions WHERE id = ?').get(id);
    return row === undefined || row['state'] === 'ended';
  });
  if (over.length > 0 || namesIn(places.scratch).length > 0) {
    const { removeTree } = await import('./overlay-remove.ts');
    for (const id of over) await removeTree(keptFolder(places, id));
    await (await import('./rehearse-folder.ts')).sweepRehearsals(places.scratch);
  }
  if (namesIn(places.undo).length === 0) return;
  const { pruneUndo } = await import('./undo-list.ts');
  const { days, bytes: mostBytes } = undo();
  const pruned = await pruneUndo(places, { olderThan: Date.now() - days * 86_400_000, mostBytes });
  if (pruned.length === 0) return;
  await log.commit((tx) => {
    tx.append({ type: 'undo.pruned', landings: pruned.map(({ id }) => id), bytes: pruned.reduce((sum, { bytes }) => sum + bytes, 0) });
    for (const { id } of pruned) tx.db.prepare('UPDATE landings SET pruned = ? WHERE id = ?').run(tx.now, id);
  });
}

function isTried(proposal: Proposal): proposal is Tried {
  const { action } = proposal;
  return action.kind === 'write' || (action.kind === 'run' && action.access === 'write');
}

function labelOf({ action }: Proposal, { hide }: RunSettings): Label {
  return action.kind === 'write' ? label('workspace', isHidden(action.path, hide) ? 'secret' : 'private', `file:${action.path}`) : label('workspace', 'private', 'run');
}

/** Accepted actions of a session's draft, oldest first; only names are read. */
function layersOf(places: StatePlaces, session: Id): readonly Id[] {
  return namesIn(join(places.drafts, session, 'layers')).toSorted().map((name) => name.slice(name.indexOf('-') + 1));
}

export async function draftOf(places: StatePlaces, session: Id, root: string): Promise<Draft> {
  return (await import('./draft.ts')).openDraft({ folder: join(places.drafts, session), root, scratch: places.scratch });
}

/** The view that an action is tried in, or that reads are made in. */
export async function viewOf(places: StatePlaces, session: Id, root: string, over: readonly Id[] = []): Promise<View> {
  const draft = layersOf(places, session).length === 0 ? [] : await (await draftOf(places, session, root)).lower();
  return { root, lower: [...over.toReversed().map((id) => keptFolder(places, id)), ...draft], folder: places.scratch };
}

function stands({ store: { db } }: Log, places: StatePlaces, kept: Kept, over: readonly Id[]): boolean {
  if (!existsSync(keptFolder(places, kept.action))) return false;
  const first = kept.over.length - over.length;
  if (first < 0 || over.some((id, at) => kept.over[first + at] !== id)) return false;
  const landed = (id: Id): boolean => db.prepare(`SELECT 1 FROM actions WHERE id = ? AND state = 'ended' AND outcome = 'done' AND into_ IS NOT NULL`).get(id) !== undefined;
  if (!kept.over.slice(0, first).every(landed)) return false;
  const below = layersOf(places, kept.session).filter((id) => !kept.over.includes(id));
  return (below.at(-1) ?? '') === kept.draft;
}

async function prepare(need: RehearsalsNeed, places: StatePlaces, proposal: Tried, over: readonly Id[]): Promise<Rehearsing> {
  const { action, session } = proposal;
  const view = await viewOf(places, session, action.root, over);
  const ground = { over, draft: layersOf(places, session).at(-1) ?? '' };
  const taken = need.views.take(view);
  if (action.kind === 'write') {
    const prepared = await taken;
    return { command: null, run: async (watch) => rehearsalOf(need, places, proposal, ground, await (await import('./files-rehearse.ts')).rehearseWrite(action, need.settings, prepared, watch.signal)), discard: () => prepared.discard() };
  }
  const { planRun, heardOf } = await import('./run.ts');
  const planned = await planRun(action, proposal, need.settings, taken, view.lower.length === 0).catch(async (error: unknown) => {
    need.views.leave(taken.then((prepared) => prepared.discard()));
    throw error;
  });
  return {
    command: planned.command,
    async run(watch) {
      const done = await planned.run(watch);
      const text = heardOf(done.result, done.effects, action, proposal.by);
      return rehearsalOf(need, places, proposal, ground, { ...done, ending: done.result, output: done.result.output, whole: done.result.exit !== null, text, label: labelOf(proposal, need.settings) });
    },
    discard: async () => (await taken).discard(),
  };
}

/** What a try gives, whatever it was. */
export type TriedOut = Pick<Rehearsal, 'effects' | 'ending' | 'whole' | 'text' | 'label' | 'output'> & { readonly upper: string; readonly started: number; discard(): Promise<void> };

function rehearsalOf({ views }: RehearsalsNeed, places: StatePlaces, { id, session, action: { root } }: Tried, ground: { readonly over: readonly Id[]; readonly draft: Id | '' }, tried: TriedOut): Rehearsal {
  const { effects, ending, whole, text, output, upper, started } = tried;
  const leave = (): void => views.leave(tried.discard());
  return {
    effects, ending, whole, text, label: tried.label, output, ground: { ...ground, started },
    async keep() {
      // INVARIANT: a folder of this name counts only beside its row, so one that a crash left is swept.
      makePrivate(places.kept);
      renameSync(upper, keptFolder(places, id));
      leave();
    },
    async accept() {
      mkdirSync(places.drafts, { recursive: true, mode: 0o700 });
      views.drop();
      await (await draftOf(places, session, root)).accept(id, upper, effects);
      leave();
    },
    async discard() {
      leave();
    },
  };
}

async function reread(need: RehearsalsNeed, places: StatePlaces, { action, session }: Proposal, kept: Kept, effects: Effects): Promise<Reread> {
  if (action.kind === 'infer') throw new Error('not a rehearsed action');
  const { conflictsOf } = await import('./foresee-landing.ts');
  const conflicts = await conflictsOf({ id: kept.action, root: action.root, source: keptFolder(places, kept.action), changes: effects.changes, started: kept.started, ...laterOf(need.log, kept) }, { never: need.settings.never });
  if (conflicts.length === 0) return { drifted: false, effects, started: kept.started };
  const started = Date.now() - 10;
  const { readEffects } = await import('./rehearse.ts');
  const fresh = await readEffects(await viewOf(places, session, action.root), keptFolder(places, kept.action));
  const before = new Map(effects.diffs.map(({ path, unified }) => [path, unified]));
  return { drifted: true, effects: { ...fresh, conflicts: conflicts.map((one) => ({ ...one, ...(before.has(one.path) ? { judged: before.get(one.path) ?? '' } : {}) })) }, started };
}

/** What the actions below it have landed since it was rehearsed is no edit of somebody else's. */
function laterOf({ store: { db } }: Log, { over }: Kept): { readonly later?: { readonly paths: ReadonlySet<WorkPath>; readonly at: number } } {
  const rows = over.flatMap((id) => db.prepare('SELECT landed_paths.path, landed_paths.at FROM landings JOIN landed_paths ON landed_paths.landing = landings.id WHERE landings.action = ?').all(id));
  if (rows.length === 0) return {};
  return { later: { paths: new Set(rows.map((row) => String(row['path']))), at: Math.max(...rows.map((row) => Number(row['at']))) } };
}

function landing(need: RehearsalsNeed, places: StatePlaces, proposal: Proposal, kept: Kept, effects: Effects, text: string): Foreseen {
  const { id, action } = proposal;
  if (action.kind === 'infer') throw new Error('not a rehearsed action');
  return {
    effects,
    command: null,
    async land(granted) {
      if (JSON.stringify(granted) !== JSON.stringify(action)) throw new Fault('grant.retargeted', 'what was granted is not what was rehearsed');
      const { land } = await import('./commit.ts');
      // A view over a workspace that is being changed is of no use.
      need.views.drop();
      const { exit, signal, limits, duration } = kept;
      const outcome = { exit, ...(signal === '' ? {} : { signal }), limits, duration, label: labelOf(proposal, need.settings) };
      const ended = await land({ id, root: action.root, source: keptFolder(places, id), changes: effects.changes, started: kept.started, ...laterOf(need.log, kept) }, places, { never: need.settings.never });
      if ('conflicts' in ended) {
        const names = ended.conflicts.map(({ path }) => path).join(', ');
        return { outcome: { ...outcome, kind: 'failed', text: `${names} changed in the last moment, so nothing was landed. Look again, and do it anew.` }, output: null, drifted: true };
      }
      const notes = ended.notes.map(({ path, note }) => (note === 'link-broken' ? `${path} was one of several names of a file; the others keep the old content.` : `${path} belongs to this user now; the system lets nobody give a file away.`));
      return {
        outcome: { ...outcome, kind: 'done', text: [text, ...notes].join('\n'), touched: ended.touched, into: 'workspace' },
        output: null,
        landing: { id, action: id, root: action.root, op: 'land', undoes: null, changes: effects.changes },
      };
    },
  };
}
