// What was kept of a rehearsal, looked at again and landed in the real workspace: exactly what was judged, or nothing.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Kept } from '../approvals/rehearsals.ts';
import type { Log } from '../audit/log.ts';
import type { WorkPath } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { join } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import { land } from './commit.ts';
import { conflictsOf } from './foresee-landing.ts';
import type { Composed } from './draft-hunks.ts';
import { knownIn, nameLabel } from './file-labels.ts';
import type { Foreseen, Landed, Reread } from './landing.ts';
import { closedBelow } from './never.ts';
import { keptFolder } from './places.ts';
import { labelOf, viewOf, type Inner, type Tried } from './rehearsals.ts';
import { readEffects } from './rehearse.ts';

/** The kernel stamps files by a clock that lags behind ours by a tick. Milliseconds. */
const TICK = 10;
const SETTLE = 100;

/** Looks as a landing does. Where something changed underneath, the effects are read again over what is there now. */
export async function rereadKept({ log, places, settings }: Inner, { id, action, session }: Tried, kept: Kept, effects: Effects): Promise<Reread> {
  const source = keptFolder(places, id);
  const conflicts = await conflictsOf({ id, root: action.root, source, changes: effects.changes, started: kept.started, ...laterOf(log, kept) }, { never: closedBelow(action.root, settings.never) });
  if (conflicts.length === 0) return { drifted: false, effects, started: kept.started };
  // What was written a moment ago can't be told from what is written now: an edit must lie behind us to be judged.
  await sleep(SETTLE);
  const started = Date.now() - TICK;
  // A copy isn't laid out as a layer, so what it would do now is only known by doing it anew.
  if (kept.means === 'copy') return { drifted: true, effects, started };
  const fresh = await readEffects(await viewOf(places, session, action.root), source);
  const before = new Map(effects.diffs.map(({ path, unified }) => [path, unified]));
  return { drifted: true, effects: { ...fresh, conflicts: conflicts.map((one) => ({ ...one, ...(before.has(one.path) ? { judged: before.get(one.path) ?? '' } : {}) })) }, started };
}

/** What the actions below it have landed since it was rehearsed is no edit of somebody else's. */
function laterOf({ store: { db } }: Log, { over }: Kept): { readonly later?: { readonly paths: ReadonlySet<WorkPath>; readonly at: number } } {
  const rows = over.flatMap((id) => db.prepare('SELECT landed_paths.path, landed_paths.at FROM landings JOIN landed_paths ON landed_paths.landing = landings.id WHERE landings.action = ?').all(id));
  if (rows.length === 0) return {};
  return { later: { paths: new Set(rows.map((row) => String(row['path']))), at: Math.max(...rows.map((row) => Number(row['at']))) } };
}

async function landKept(inner: Inner, proposal: Proposal, kept: Kept, effects: Effects, text: string, source: string): Promise<Landed> {
  const { log, places, settings, views } = inner;
  const { id, action } = proposal;
  if (action.kind === 'infer') throw new Fault('grant.retargeted', 'a request to a model was not rehearsed');
  // A view over a workspace that is being changed is of no use.
  views.drop();
  const { exit, signal, limits, duration } = kept;
  const outcome = { exit, ...(signal === '' ? {} : { signal }), limits, duration, label: kept.label ?? labelOf(inner, proposal) };
  const landing = { id, root: action.root, source, changes: effects.changes, started: kept.started, ...laterOf(log, kept) };
  const ended = await land(landing, places, { never: closedBelow(action.root, settings.never) });
  if ('conflicts' in ended) {
    const names = ended.conflicts.map(({ path }) => path).join(', ');
    const label = join(outcome.label, nameLabel(knownIn(inner, proposal.session, action.root), ended.conflicts.map(({ path }) => path)));
    return { outcome: { ...outcome, label, kind: 'failed', text: `${names} changed in the last moment, so nothing was landed. Look again, and do it anew.` }, output: null, drifted: true };
  }
  const notes = ended.notes.map(({ path, note }) => (note === 'link-broken' ? `${path} was one of several names of a file; the others keep the old content.` : `${path} belongs to this user now; the system lets nobody give a file away.`));
  return {
    outcome: { ...outcome, kind: 'done', text: [text, ...notes].join('\n'), touched: ended.touched, into: 'workspace' },
    output: null,
    landing: { id, action: id, root: action.root, op: 'land', undoes: null, changes: effects.changes },
  };
}

/** The means to land it; loaded when it is carried out. @param part what lands of it, where that isn't all. */
export function foreseenOf(inner: Inner, proposal: Proposal, kept: Kept, effects: Effects, text: string, part?: Composed): Foreseen {
  return {
    effects: part?.effects ?? effects,
    command: null,
    async land(granted) {
      try {
        if (JSON.stringify(granted) !== JSON.stringify(proposal.action)) throw new Fault('grant.retargeted', 'what was granted is not what was rehearsed');
        return await landKept(inner, proposal, kept, part?.effects ?? effects, text, part?.source ?? keptFolder(inner.places, proposal.id));
      } finally {
        await part?.discard();
      }
    },
    discard: async () => part?.discard(),
  };
}
