// Where actions are tried before anybody is asked: each in a view of its own over the session's draft over the real
// workspace, or in a full copy. What they wrote is kept for its landing, taken into the draft, or thrown away.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { isPartly } from '../approvals/pieces.ts';
import type { Kept } from '../approvals/rehearsals.ts';
import { marksIn } from '../approvals/marks.ts';
import type { Log } from '../audit/log.ts';
import type { Run, Write } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { join as joinLabels, label, type Label } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Draft } from './draft.ts';
import { fetchLabel } from './fetch-label.ts';
import { knownIn, writeLabel } from './file-labels.ts';
import type { Rehearsals } from './landing.ts';
import { namesIn } from './names-in.ts';
import { keptFolder, type StatePlaces } from './places.ts';
import type { View } from './rehearse-view.ts';
import type { Outside, RunSettings } from './run.ts';
import type { Services } from './services.ts';
import type { Views } from './views.ts';

/** What the hands share. */
export interface Inner {
  readonly log: Log;
  readonly settings: RunSettings;
  readonly places: StatePlaces;
  readonly views: Views;
  /** How long, and how much of, what landings replaced is kept. */
  undo(): { readonly days: number; readonly bytes: number };
  services(): Promise<Services>;
  /** Of one session, or all and for good. */
  stopServices(session?: Id): Promise<void>;
}

export type Tried = Proposal & { readonly action: Run | Write };

/** Faults that say that there is no view to be had of this workspace, on this machine; and no copy either. */
const NO_VIEW: ReadonlySet<string> = new Set(['overlay.mount', 'rehearsal.inside', 'rehearsal.folder']);
const NO_COPY: ReadonlySet<string> = new Set([...NO_VIEW, 'rehearsal.large', 'rehearsal.space', 'rehearsal.deep']);

export function rehearsalsOf(inner: Inner): Rehearsals {
  const { places, settings, views } = inner;
  const sandboxed = settings.containment.sandbox === 'bwrap';
  /** Workspaces of which this process has found that no view can be had. */
  const less = new Map<string, 'copy' | 'none'>();
  const means = (root: string): 'view' | 'copy' | 'none' => (sandboxed ? (less.get(root) ?? 'view') : 'none');
  return {
    means,
    takes: (proposal) => isTried(proposal) && (proposal.action.kind === 'write' ? means(proposal.action.root) === 'view' : means(proposal.action.root) !== 'none'),
    label: (proposal) => labelOf(inner, proposal),
    hasDraft: (session) => layersOf(places, session).length > 0,
    drafts: () => namesIn(places.drafts).map((session) => ({ session, actions: layersOf(places, session) })).filter(({ actions }) => actions.length > 0),
    draft(session, root) {
      views.drop();
      return draftOf(places, session, root);
    },
    async look(session, root) {
      const prepared = await views.take(await viewOf(places, session, root));
      return { path: prepared.sides.merged, close: () => prepared.discard() };
    },
    stands: (kept, over) => stands(inner, kept, over),
    async prepare(proposal, over) {
      const tried = triedOf(proposal);
      const { action } = tried;
      const copy = action.kind === 'run' && (action.copy === true || means(action.root) === 'copy');
      try {
        return await (await import('./rehearsals-try.ts')).prepareTry(inner, tried, over, copy);
      } catch (error) {
        if (!copy && error instanceof Fault && NO_VIEW.has(error.code)) less.set(action.root, 'copy');
        throw error;
      }
    },
    failed(proposal, error) {
      // What can't be copied either is asked about before it runs in the workspace itself.
      if (means(triedOf(proposal).action.root) === 'copy' && error instanceof Fault && NO_COPY.has(error.code)) less.set(triedOf(proposal).action.root, 'none');
    },
    reread: async (proposal, kept, effects) => (await import('./rehearsals-land.ts')).rereadKept(inner, triedOf(proposal), kept, effects),
    compose: async (proposal, kept, effects, pieces) => (await import('./kept-pieces.ts')).composeKept(inner, triedOf(proposal), kept, effects, pieces),
    landing: async (proposal, kept, effects, text, part) => (await import('./rehearsals-land.ts')).foreseenOf(inner, proposal, kept, effects, text, part),
    async accept(proposal, effects) {
      const { session, id, action } = triedOf(proposal);
      views.drop();
      await (await draftOf(places, session, action.root)).accept(id, keptFolder(places, id), effects);
    },
    recover: async () => (needsRecovery(inner) ? (await import('./rehearsals-sweep.ts')).recoverAll(inner) : new Map()),
    sweep: () => views.leave(sweep(inner)),
    async drop(action) {
      const folder = keptFolder(places, action);
      if (existsSync(folder)) views.leave((await import('./overlay-remove.ts')).removeTree(folder));
    },
    services: () => inner.services(),
    stopServices: (session) => inner.stopServices(session),
    async close() {
      await inner.stopServices();
      await views.close();
    },
  };
}

/** What can't be swept now is swept later; no turn fails of it. */
async function sweep(inner: Inner): Promise<void> {
  const { kept, scratch, undo } = inner.places;
  if ([kept, scratch, undo].every((folder) => namesIn(folder).length === 0)) return;
  await (await import('./rehearsals-sweep.ts')).sweepAll(inner);
}

/** Costs nothing where nothing was cut off. */
function needsRecovery({ log, places }: Inner): boolean {
  return namesIn(places.journal).length > 0 || log.store.db.prepare(`SELECT 1 FROM actions WHERE state = 'granted' LIMIT 1`).get() !== undefined;
}

function isTried(proposal: Proposal): proposal is Tried {
  const { action } = proposal;
  return action.kind === 'write' || (action.kind === 'run' && action.access === 'write');
}

function triedOf(proposal: Proposal): Tried {
  if (!isTried(proposal)) throw new Error(`${proposal.action.kind} is not rehearsed`);
  return proposal;
}

/** Where nobody has written down what it was: no better than what it may have been. */
export function labelOf(inner: Inner, proposal: Proposal): Label {
  const { action, session, label: asked } = proposal;
  if (action.kind === 'fetch') return fetchLabel(action);
  if (action.kind === 'write') return writeLabel(knownIn(inner, session, action.root), proposal);
  return joinLabels(label('outside', 'private', action.kind), asked);
}

/** What a run of a session may come to see. */
export function outsideOf({ log, settings }: Pick<Inner, 'log' | 'settings'>, { session, action }: { readonly session: Id; readonly action: Pick<Run, 'root' | 'clean'> }): Outside {
  return { rule: settings.outside, marks: marksIn(log.store.db, action.root, session), clean: action.clean === true };
}

/** Accepted actions of a session's draft, oldest first; only names are read. */
function layersOf(places: StatePlaces, session: Id): readonly Id[] {
  return namesIn(join(places.drafts, session, 'layers')).toSorted().map((name) => name.slice(name.indexOf('-') + 1));
}

/** While a model thinks: a view like the last one that was needed here, of the session's draft as it is now. */
export async function expectView({ places, views }: Inner, session: Id): Promise<void> {
  const root = views.last?.root;
  if (root !== undefined) views.expect(await viewOf(places, session, root));
}

/** Empty when there is none. */
export function lastLayer(places: StatePlaces, session: Id): Id {
  return layersOf(places, session).at(-1) ?? '';
}

export async function draftOf(places: StatePlaces, session: Id, root: string): Promise<Draft> {
  return (await import('./draft.ts')).openDraft({ folder: join(places.drafts, session), root, scratch: places.scratch });
}

/** The view that an action is tried in, or that reads are made in. */
export async function viewOf(places: StatePlaces, session: Id, root: string, over: readonly Id[] = []): Promise<View> {
  const draft = layersOf(places, session).length === 0 ? [] : await (await draftOf(places, session, root)).lower();
  return { root, lower: [...over.toReversed().map((id) => keptFolder(places, id)), ...draft], folder: places.scratch };
}

function stands({ log, places }: Inner, kept: Kept, over: readonly Id[]): boolean {
  const { db } = log.store;
  if (!existsSync(keptFolder(places, kept.action))) return false;
  const first = kept.over.length - over.length;
  if (first < 0 || over.some((id, at) => kept.over[first + at] !== id)) return false;
  // What it saw of an action of which a person left something out is not what landed.
  const landed = (id: Id): boolean => !isPartly(log, id) && db.prepare(`SELECT 1 FROM actions WHERE id = ? AND state = 'ended' AND outcome = 'done' AND into_ IS NOT NULL`).get(id) !== undefined;
  if (!kept.over.slice(0, first).every(landed)) return false;
  const below = layersOf(places, kept.session).filter((id) => !kept.over.includes(id));
  return (below.at(-1) ?? '') === kept.draft;
}
