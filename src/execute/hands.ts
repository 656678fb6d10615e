// The only hands. Foresees what an action would do, and does it once a grant is spent on it; the action that is
// carried out is the one parsed from the granted bytes.
import { Grant } from '../approvals/grant.ts';
import { requestBytes } from '../audit/context.ts';
import type { Log } from '../audit/log.ts';
import type { Action, Infer, Read, Write } from '../model/action.ts';
import { NO_EFFECTS, type Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, join, joinAll, label, PERSON } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Foreseen, Hands, Landed } from './landing.ts';
import type { ReplyEvent } from '../providers/reply.ts';
import { askedLabel, contentLabel, failureLabel, knownIn, nameLabel, nameRules, writeLabel } from './file-labels.ts';
import type { FileResult } from './files.ts';
import { Refused } from './files-refused.ts';
import { isHidden } from './hidden.ts';
import { InferFault } from './infer-fault.ts';
import type { Inferred } from './infer-intake.ts';
import { closedBelow } from './never.ts';
import { placesIn } from './places.ts';
import type { Prepared } from './rehearse-view.ts';
import { expectView, outsideOf, rehearsalsOf, viewOf, type Inner } from './rehearsals.ts';
import type { Services } from './services.ts';
import type { RunSettings } from './run.ts';
import { Views } from './views.ts';

export interface HandsNeed {
  readonly log: Log;
  readonly settings: RunSettings;
  /** The product's own state folder. */
  readonly state: string;
  /** How long, and how much of, what landings replaced is kept. */
  undo(): { readonly days: number; readonly bytes: number };
  /** Sends the exact bytes to the endpoint that the action names; reads its key at the last moment. */
  ask(action: Infer, body: readonly Uint8Array[], signal: AbortSignal, onEvent: (event: ReplyEvent) => void): Promise<Inferred>;
}

export function handsOf(need: HandsNeed): Hands {
  let running: Promise<Services> | undefined;
  const services = (): Promise<Services> => (running ??= import('./services.ts').then((room) => new room.Services()));
  const stopServices = async (session?: Id): Promise<void> => {
    const all = await running;
    await (session === undefined ? all?.close() : all?.stopSession(session));
  };
  const inner: Shared = { ...need, places: placesIn(need.state), views: new Views(), services, stopServices };
  return {
    rehearsals: rehearsalsOf(inner),
    names: nameRules(inner.settings),
    failureLabel: (proposal, error) => (proposal.action.kind === 'infer' ? askedLabel(proposal) : failureLabel(knownIn(inner, proposal.session, proposal.action.root), proposal, error)),
    foresee: (proposal) => foresee(inner, proposal),
    async carryOut(grant, target, foreseen, watch) {
      if (watch.signal.aborted) grant.revoke();
      const { action } = Grant.redeem(grant, target);
      const start = performance.now();
      const landed = await foreseen.land(action, watch);
      return landed.outcome.duration > 0 ? landed : { ...landed, outcome: { ...landed.outcome, duration: performance.now() - start } };
    },
  };
}

type Shared = HandsNeed & Inner;

async function foresee(need: Shared, proposal: Proposal): Promise<Foreseen> {
  const { id, session, action } = proposal;
  switch (action.kind) {
    case 'infer':
      return { effects: NO_EFFECTS, command: null, land: (granted, watch) => ask(need, granted, session, watch) };
    case 'read':
      return { effects: NO_EFFECTS, command: null, land: (granted, watch) => read(need, { ...proposal, action: granted }, watch) };
    case 'write':
      return foreseeWrite(action, proposal, need);
    case 'service':
      return { effects: NO_EFFECTS, command: null, land: (granted) => hearService(need, granted, session) };
    case 'fetch':
      return (await import('./fetch.ts')).foreseeFetch(action);
    case 'commit':
      return (await import('./draft-commit.ts')).foreseeCommit(action, id, need);
    case 'undo':
      return (await import('./undo-landing.ts')).foreseeUndoOf(action, id, need);
    case 'run':
      // Loaded when it is first needed: starting processes is no part of most calls.
      return (await import('./run.ts')).foreseeRun(action, proposal, { ...need.settings, never: closedBelow(action.root, need.settings.never) }, outsideOf(need, { session, action }));
  }
}

async function ask(need: Shared, action: Action, session: Id, watch: Watch): Promise<Landed> {
  if (action.kind !== 'infer') throw mixed();
  const hear = (event: ReplyEvent): void => {
    if (event.type === 'text' || event.type === 'reasoning') watch.hear({ type: event.type, session, text: event.text });
    else if (event.type === 'call') watch.hear({ type: 'calling', session, name: event.name, bytes: event.bytes });
    // Starting a process holds this one up for a moment, so not before the request is on its way.
    else if (event.type === 'sent') need.views.leave(expectView(need, session));
  };
  try {
    const answer = await need.ask(action, requestBytes(need.log, session, action), watch.signal, hear);
    return { outcome: { kind: 'done', text: '', label: PERSON, duration: 0 }, output: null, answer };
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    const { code, message: words, hint } = error;
    const problem = { code, words, ...(hint === undefined ? {} : { hint }) };
    const output = error instanceof InferFault && error.received.length > 0 ? error.received : null;
    return { outcome: { kind: 'failed', text: words, label: PERSON, duration: 0 }, output, problem };
  }
}

async function read(need: Inner, proposal: Proposal, watch: Watch): Promise<Landed> {
  const { session, action } = proposal;
  if (action.kind !== 'read') throw mixed();
  const { settings, places, views } = need;
  // What the session's draft holds is what its actions see.
  const view = await viewOf(places, session, action.root);
  const known = knownIn(need, session, action.root);
  const own = label('workspace', action.op === 'read' && isHidden(action.path, settings.hide) ? 'secret' : 'private', `file:${action.path}`);
  const prepared = view.lower.length === 0 ? undefined : await views.take(view);
  try {
    const { text, touched, named = [], cut } = await readOut(action, settings, prepared, watch.signal);
    // A search that found nothing says again what was asked for.
    const said = action.op === 'search' && touched.length <= 1 ? askedLabel(proposal) : BOTTOM;
    const shows = action.op === 'list' ? nameLabel(known, [...touched, ...named]) : contentLabel(known, touched);
    return { outcome: { kind: 'done', text, label: joinAll([own, shows, said]), touched, duration: 0 }, output: null, ...(cut === undefined ? {} : { cut }) };
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    return { outcome: { kind: 'failed', text: error.message, label: join(own, failureLabel(known, proposal, error)), duration: 0 }, output: null };
  } finally {
    if (prepared !== undefined) views.leave(prepared.discard());
  }
}

async function readOut(action: Read, settings: RunSettings, view: Prepared | undefined, signal: AbortSignal): Promise<FileResult> {
  const never = closedBelow(action.root, settings.never);
  if (action.op !== 'search') return (await import('./files.ts')).readFiles(action, { never, signal, ...(view === undefined ? {} : { seen: view.sides.merged }), hidden: (path) => path !== action.path && isHidden(path, settings.hide) });
  return (await import('./search.ts')).searchFiles(action, { ...settings, never, ...(view === undefined ? {} : { view }) }, signal);
}

async function hearService(need: Inner, action: Action, session: Id): Promise<Landed> {
  if (action.kind !== 'service') throw mixed();
  const { askService, labelOfService } = await import('./rehearsals-service.ts');
  const text = await askService(need, session, action.service, action.op, action.from);
  return { outcome: { kind: 'done', text, label: await labelOfService(need, session, action), duration: 0 }, output: null };
}

/** Where it can't be rehearsed: what it replaces is kept before it is done, so that it can be undone all the same. */
async function foreseeWrite(action: Write, proposal: Proposal, need: Inner): Promise<Foreseen> {
  const { id } = proposal;
  const { settings, places } = need;
  const known = knownIn(need, proposal.session, action.root);
  const options = { never: closedBelow(action.root, settings.never), hidden: (path: string) => isHidden(path, settings.hide) };
  const files = await import('./files.ts');
  const effects = await files.previewWrite(action, options);
  return {
    effects,
    command: null,
    async land(granted): Promise<Landed> {
      if (granted.kind !== 'write') throw mixed();
      try {
        const { keepBefore, sealAfter } = await import('./undo-before.ts');
        await keepBefore(id, granted.root, pathsIn(effects), places, { never: closedBelow(granted.root, settings.never) });
        const { text, touched } = await files.applyWrite(granted, effects, options);
        await sealAfter(id, places, { never: closedBelow(granted.root, settings.never) });
        return {
          outcome: { kind: 'done', text, label: writeLabel(known, proposal), touched, duration: 0, into: 'workspace' },
          output: null,
          landing: { id, action: id, root: granted.root, op: 'land', undoes: null, changes: effects.changes },
        };
      } catch (error) {
        if (!(error instanceof files.Drifted)) throw error;
        return { outcome: { kind: 'failed', text: error.message, label: failureLabel(known, proposal, error), duration: 0 }, output: null, drifted: true };
      }
    },
  };
}

function pathsIn({ changes }: Effects): readonly string[] {
  return changes.flatMap((change) => (change.change === 'renamed' ? [change.path, change.to] : [change.path]));
}

function mixed(): Error {
  return new Error('the granted action is of another kind than the foreseen one');
}
