// What a door can do, as functions: ask, run, invoke, edit, deny, carry on. The command line and the HTTP server
// are both thin over these, so neither has a power that the other lacks.
import { readAction, readProposal, type ActionRow } from '../approvals/actions.ts';
import * as answers from '../approvals/answer.ts';
import type { Answerer } from '../approvals/answer.ts';
import type { PartOf, Pieces } from '../approvals/pieces.ts';
import type { Log, PayloadInputs } from '../audit/log.ts';
import type { Run } from '../model/action.ts';
import { UNKNOWN_EFFECTS, type Effects } from '../model/effects.ts';
import type { Door } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { parseHost, printHost } from '../model/host.ts';
import { isIdPrefix, newId, type Id } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Profile } from '../model/profile.ts';
import type { Proposal } from '../model/proposal.ts';
import { understand } from '../tools/understand.ts';
import { propose } from './act.ts';
import type { House } from './house.ts';
import { isHeld, readSession, startSession } from './session.ts';
import { advance, type Rest } from './turn.ts';
import { checkPresent, type Workspace } from './workspaces.ts';

/** Begin a conversation; `say` then asks, with `begun` when this process holds it from the start. */
export function openSession(house: House, workspace: Workspace, model: string, title: string, door: Door, held = false, profile?: Profile): Id {
  checkPresent(workspace);
  return startSession(house.log, { workspace: workspace.id, root: workspace.root, model, title, ...(profile === undefined ? {} : { profile }) }, door, held);
}

export interface RunHow {
  /** This process holds the new session from the start. */
  readonly held?: boolean;
  /** In this session, and so in its draft, instead of a new one. */
  readonly join?: Id;
  readonly profile?: Profile;
}

/** A person's own command, through the same path as any other action. Returns its session and its id. */
export function proposeRun(house: House, workspace: Workspace, run: Omit<Run, 'kind' | 'workspace' | 'root'>, door: Door, how: RunHow = {}): { readonly session: Id; readonly action: Id } {
  checkPresent(workspace);
  const { held = false, join, profile } = how;
  if (join !== undefined) checkJoin(house, workspace, join);
  const session = join ?? startSession(house.log, { workspace: workspace.id, root: workspace.root, model: '', title: run.argv.join(' '), ...(profile === undefined ? {} : { profile }) }, door, held);
  const turn = join === undefined ? 1 : readSession(house.log.store.db, join).turn + 1;
  const id = newId();
  const proposal: Proposal = {
    id, session, turn, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null,
    action: { kind: 'run', workspace: workspace.id, root: workspace.root, ...run },
  };
  house.log.note((tx) => {
    tx.db.prepare('UPDATE sessions SET turn = ? WHERE id = ?').run(turn, session);
    propose(tx, proposal);
  });
  return { session, action: id };
}

/** A command goes into the draft of its own workspace only, and never into the middle of a model's turn. */
function checkJoin(house: House, { root }: Workspace, join: Id): void {
  const row = readSession(house.log.store.db, join);
  if (row.root !== root) throw new Fault('run.session', `session ${join} is of another workspace: ${row.root}`, 'run it in that workspace, or without naming a session');
  if (isHeld(row)) throw new Fault('session.busy', `session ${join} is being worked on by process ${row.owner ?? ''}`, 'wait for it, or stop it with `pwb cancel`');
  if (row.state === 'open' && row.model !== '') throw new Fault('session.waits', `the turn of session ${join} is not over`, 'answer what waits in it, or resume or cancel it first');
}

/** Hosts as a person names them: without a port, that of https. Throws `usage.host` for what can't be reached under this name. */
export function hostsNamed(words: readonly string[]): readonly string[] {
  return words.map((word) => {
    const read = parseHost(word, 443);
    if (read.kind === 'wrong') throw new Fault('usage.host', `${JSON.stringify(word.slice(0, 300))} can't be reached: ${read.why}`, 'name each host as name:port');
    return printHost(read.rule);
  });
}

/**
 * Carry a session's turn on, if nobody else does. Null when another living process holds it: then that one goes on.
 * `begun`: this process has just begun the session, and so holds it.
 */
export async function carryOn(house: House, session: Id, watch: Watch, begun = false): Promise<Rest | null> {
  if (begun) return advance(house, session, watch, true);
  if (isHeld(readSession(house.log.store.db, session))) return null;
  try {
    return await advance(house, session, watch);
  } catch (error) {
    if (error instanceof Fault && error.code === 'session.busy') return null;
    throw error;
  }
}

/** The hands say in words what can't be done (a folder that isn't one, a text that isn't there): the person's to mend. */
function inWords(error: unknown): never {
  if (error instanceof Error && (error.name === 'Refused' || error.name === 'Drifted')) throw new Fault('edit.refused', error.message, 'change the arguments', { cause: error });
  throw error;
}

/** What an edited call would be and do. `args` is the JSON text of the tool's arguments. Throws `edit.arguments`, `edit.denied` for what a rule refuses, which isn't looked at, or `edit.refused` for what can't be done as it is written. */
export async function foreseeEdit(house: House, id: Id, args: string): Promise<{ readonly changed: Omit<Proposal, 'id' | 'by' | 'editedFrom'>; readonly effects: Effects }> {
  const row = readAction(house.log.store.db, id);
  const { proposal } = readProposal(house.log, row);
  if (proposal.action.kind === 'infer') throw new Fault('edit.kind', 'a request to a model is not edited', 'deny it instead');
  const { workspace, root } = proposal.action;
  const tool = proposal.tool === '' ? 'run' : proposal.tool;
  const understood = understand({ name: tool, arguments: args }, { workspace, root }, { sandbox: house.world().sandbox });
  if (!understood.ok) throw new Fault('edit.arguments', understood.error, `\`pwb show ${id} --json\` prints the arguments as they are`);
  const changed = { session: proposal.session, turn: proposal.turn, tool, call: proposal.call, why: proposal.why, label: proposal.label, ...(proposal.handles === undefined ? {} : { handles: proposal.handles }), action: understood.action };
  const proposed: Proposal = { ...changed, id, by: 'person', editedFrom: id };
  const decision = house.policy.decide({ stage: 'rehearse', proposal: proposed, effects: UNKNOWN_EFFECTS, into: 'nothing', world: house.world(proposal.session) });
  if (decision.verdict === 'deny') throw new Fault('edit.denied', `refused by rule ${decision.rules.join(', ')}: ${decision.reason}`, 'change the arguments');
  const effects = await (await import('./rehearse.ts')).effectsOfTrying(house, proposed).catch(inWords);
  return { changed, effects };
}

/** A run that waits is rehearsed anew, in a full copy of the workspace; then it is asked about again. Throws `edit.kind` for anything else. */
export async function editToCopy(house: House, id: Id, by: Answerer): Promise<ActionRow> {
  const { proposal } = readProposal(house.log, readAction(house.log.store.db, id));
  const { action, session, turn, tool, call, why, label } = proposal;
  if (action.kind !== 'run' || action.access !== 'write') throw new Fault('edit.kind', 'only a command is rehearsed in a full copy', 'invoke it as it is, or deny it');
  return answers.edit(house.log, id, { session, turn, tool, call, why, label, action: { ...action, copy: true } }, UNKNOWN_EFFECTS, by);
}

/** @param part of `partOf`: the yes is for this much of it only. @param more further payloads of the answer. */
export const invoke = (house: House, id: Id, by: Answerer, seen?: Pick<ActionRow, 'effects'>, part?: PartOf, more?: PayloadInputs): Promise<ActionRow> => answers.invoke(house.log, id, by, seen, part, more);
export const deny = (house: House, id: Id, why: string, by: Answerer): Promise<ActionRow> => answers.deny(house.log, id, why, by);
export const edit = (house: House, id: Id, edited: Awaited<ReturnType<typeof foreseeEdit>>, by: Answerer, more?: PayloadInputs): Promise<ActionRow> =>
  answers.edit(house.log, id, edited.changed, edited.effects, by, more);

/** Would a yes to some pieces of it be taken? */
export const isInPieces = async (house: House, row: ActionRow, effects: Effects | null): Promise<boolean> => row.state === 'pending' && (await import('./pieces.ts')).isInPieces(house, row, effects);

/** What a yes to some pieces would land; undefined where they are all there is. @throws `pieces.*`. */
export const partOf = async (house: House, id: Id, pieces: Pieces): Promise<PartOf | undefined> => (await import('./pieces.ts')).partOf(house, id, pieces);

/** The one action (or session) whose id begins like this. Throws `id.unknown` or `id.ambiguous`. */
export function findId(log: Log, kind: 'actions' | 'sessions', prefix: string): Id {
  if (!isIdPrefix(prefix)) throw new Fault('id.unknown', `${JSON.stringify(String(prefix).slice(0, 40))} is not an id`, 'ids have ten letters and digits; their first three or more will do');
  const rows = log.store.db.prepare(`SELECT id FROM ${kind === 'actions' ? 'actions' : 'sessions'} WHERE id >= ? AND id < ? LIMIT 3`).all(prefix, `${prefix}~`);
  if (rows.length > 1) throw new Fault('id.ambiguous', `more than one id begins with ${prefix}`, 'give more of its letters');
  const [only] = rows;
  if (only === undefined) throw new Fault('id.unknown', `there is no ${kind === 'actions' ? 'action' : 'session'} ${prefix}`, kind === 'actions' ? 'see `pwb inbox` and `pwb log`' : 'see `pwb sessions`');
  return String(only['id']);
}
