// What today's rules would say to a past action, or to one that is only imagined. Nothing is proposed, recorded or tried.
import { readAction, readProposal, type ActionRow } from '../approvals/actions.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import type { Action, WorkPath } from '../model/action.ts';
import type { Decision, Verdict } from '../model/decision.ts';
import { EMPTY_SHA256, NO_EFFECTS, UNKNOWN_EFFECTS, type Change, type Effects } from '../model/effects.ts';
import type { Into, Stage } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import { workPath } from '../model/path.ts';
import { drafts, type Profile } from '../model/profile.ts';
import type { Proposal } from '../model/proposal.ts';
import type { FlowFacts, Question, World } from '../policy/policy.ts';
import { isTried } from '../policy/rules.ts';
import { understand } from '../tools/understand.ts';
import type { House } from './house.ts';
import { flowOnRecord } from './policy-offers.ts';
import type { Workspace } from './workspaces.ts';

export interface Judged {
  readonly stages: readonly { readonly stage: Stage; readonly verdict: Verdict; readonly rules: readonly string[]; readonly reason: string }[];
  /** Why the stage of landing is not among them; null: it is, or nothing would come to that. */
  readonly words: string | null;
}

export interface Imagined {
  readonly workspace: Workspace;
  readonly tool: string;
  /** JSON text. */
  readonly arguments: string;
  /** Absent: what a file tool says; of a command it isn't known. */
  readonly changes?: readonly { readonly change: 'created' | 'changed' | 'deleted'; readonly path: string }[];
}

/** A past action, with what it did then, under the rules of today. Throws `action.*`. */
export function judgePast(house: House, id: Id, profile?: Profile): Judged {
  const row = readAction(house.log.store.db, id);
  const { proposal } = readProposal(house.log, row);
  const hasDraft = house.hands.rehearsals.hasDraft(row.session);
  return judge(house, proposal, pastEffects(house, row, proposal.action), worldOf(house, row.session, profile), hasDraft, flowOnRecord(house, id));
}

/** A call that a model could make. Throws `policy.tool` for one that it couldn't, `policy.path` for changes outside. */
export function judgeImagined(house: House, { workspace: { id: workspace, root }, tool, arguments: args, changes }: Imagined, profile?: Profile): Judged {
  const world = worldOf(house, undefined, profile);
  const understood = understand({ name: tool, arguments: args }, { workspace, root }, { sandbox: world.sandbox });
  if (!understood.ok) throw new Fault('policy.tool', understood.error, "give the tool's name and its arguments as JSON");
  const { action } = understood;
  const proposal: Proposal = { id: newId(), session: newId(), turn: 1, by: 'model', tool, call: 'imagined', why: '', label: PERSON, editedFrom: null, action };
  const effects = changes === undefined ? assumed(action) : known(changes.map(({ change, path }) => changeOf(change, inside(root, path))));
  return judge(house, proposal, effects, world, false);
}

function worldOf(house: House, session: Id | undefined, profile: Profile | undefined): World {
  const world = house.world(session);
  return profile === undefined ? world : { ...world, profile };
}

function judge({ policy: rules }: House, proposal: Proposal, effects: Effects | null, world: World, hasDraft: boolean, flow?: FlowFacts): Judged {
  const { action } = proposal;
  const policy = { decide: (question: Question): Omit<Decision, 'facts'> => said(rules.decide({ ...question, ...(flow === undefined ? {} : { flow }) })) };
  const tried = isTried(action);
  const first = tried ? [{ stage: 'rehearse', ...policy.decide({ stage: 'rehearse', proposal, effects: UNKNOWN_EFFECTS, into: 'nothing', world }) } as const] : [];
  if (first.some(({ verdict }) => verdict === 'deny')) return { stages: first, words: null };
  const means = action.kind === 'infer' ? 'none' : world.means(action.root);
  if (effects === null || (tried && effects.certainty !== 'known' && means !== 'none')) return { stages: first, words: 'What it would change is not known, so what is asked before that lands can not be told.' };
  const into: Into = !tried ? 'workspace' : effects.certainty === 'known' && effects.changes.length === 0 ? 'nothing' : hasDraft || (drafts(world.profile) && means === 'view') ? 'draft' : 'workspace';
  return { stages: [...first, { stage: 'land', ...policy.decide({ stage: 'land', proposal, effects, into, world }) }], words: null };
}

function said({ verdict, rules, reason }: Decision): Omit<Decision, 'facts'> {
  return { verdict, rules, reason };
}

/** Null: not on record. */
function pastEffects(house: House, row: ActionRow, action: Action): Effects | null {
  if (row.effects !== null) return judgedEffects(house.log, row);
  return action.kind === 'commit' || action.kind === 'undo' || isTried(action) ? null : NO_EFFECTS;
}

function assumed(action: Action): Effects | null {
  if (action.kind !== 'write') return isTried(action) ? null : NO_EFFECTS;
  switch (action.op) {
    case 'write':
    case 'edit':
      return known([changeOf('changed', action.path)]);
    case 'mkdir':
      return known([{ change: 'created', path: action.path, type: 'folder', mode: 0o755, size: 0, after: EMPTY_SHA256 }]);
    case 'delete':
      return known([changeOf('deleted', action.path)]);
    case 'move':
      return known([{ change: 'renamed', path: action.path, to: action.to, type: 'file', before: EMPTY_SHA256 }]);
  }
}

function known(changes: readonly Change[]): Effects {
  return { certainty: 'known', changes, diffs: [], undo: 'fully' };
}

function changeOf(change: 'created' | 'changed' | 'deleted', path: WorkPath): Change {
  const facts = { path, type: 'file', mode: 0o644, size: 0, after: EMPTY_SHA256 } as const;
  switch (change) {
    case 'created':
      return { change, ...facts };
    case 'changed':
      return { change, ...facts, before: EMPTY_SHA256 };
    case 'deleted':
      return { change, path, type: 'file', before: EMPTY_SHA256 };
  }
}

function inside(root: string, written: string): WorkPath {
  const read = workPath(root, written);
  if (!read.ok) throw new Fault('policy.path', read.error, 'name paths relative to the workspace');
  return read.path;
}
