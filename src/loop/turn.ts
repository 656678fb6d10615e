// A turn: the person's message, then think and act by turns until the model answers, a person is needed, or a
// limit is met. All state is on record, so a turn goes on from any point in any process.
import { openActions } from '../approvals/actions.ts';
import type { Answerer } from '../approvals/answer.ts';
import type { WorkPath } from '../model/action.ts';
import type { TurnEnd } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, joinAll, PERSON } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import { messageBytes } from '../providers/message.ts';
import { attachFiles, filesBytes, withFiles, type Attached } from './attach.ts';
import { STOPPED, withCancel } from './cancel.ts';
import type { House } from './house.ts';
import { actInOrder, hearEnded, openProposals } from './queue.ts';
import { Repeats } from './repeats.ts';
import { findTarget, rewindHeld, type Rewound, type Target } from './rewind.ts';
import { claim, letGo, readSession, release, type SessionRow } from './session.ts';
import { systemText } from './system.ts';
import { addThought, noticeCut, spentNothing, spentOn, stepOf, type Spent } from './spent.ts';
import { think } from './think.ts';
import { Thread } from './thread.ts';

export type Rest =
  | { readonly state: 'waiting'; readonly pending: readonly Id[] }
  | { readonly state: TurnEnd; readonly text: string };

/**
 * The person says something: a new turn, carried on until it rests.
 * @param begun true for a session that this process has just begun, and so holds already.
 * @param files of the workspace, handed along. Throws `file.*` before anything is said, and `session.waits`.
 */
export async function say(house: House, session: Id, text: string, watch: Watch, begun = false, files: readonly WorkPath[] = []): Promise<Rest> {
  const since = house.log.size();
  const row = begun ? null : await claim(house.log, session);
  const attached = await orLetGo(house, session, row, async () => {
    if (row !== null) checkNothingOpen(house, session);
    return attach(house, session, files, watch);
  });
  return hold(house, session, since, watch, (inner) => begin(house, session, text, attached, begun, inner));
}

/** The person takes the conversation back to before one of their messages, and says something there. `told` hears of that when it is on record. Throws as `say` and `rewind` do. */
export async function sayAgain(house: House, session: Id, target: Target, by: Answerer, text: string, files: readonly WorkPath[], watch: Watch, told: (rewound: Rewound) => void = () => undefined): Promise<Rest> {
  const since = house.log.size();
  const row = await claim(house.log, session);
  const attached = await orLetGo(house, session, row, async () => {
    findTarget(house, row, target);
    const read = await attach(house, session, files, watch);
    told(await rewindHeld(house, row, target, by));
    return read;
  });
  return hold(house, session, since, watch, (inner) => begin(house, session, text, attached, false, inner));
}

/** What may refuse before a turn begins: then it is as if the session had not been touched. */
async function orLetGo<T>(house: House, session: Id, row: SessionRow | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await house.log.settle();
    await letGo(house.log, row ?? { id: session, state: 'idle' });
    throw error;
  }
}

function checkNothingOpen({ log }: House, session: Id): void {
  if (openActions(log.store.db, session).length > 0) throw new Fault('session.waits', `session ${session} waits for answers`, 'invoke or deny what waits first, or resume or cancel the turn');
}

async function attach(house: House, session: Id, files: readonly WorkPath[], watch: Watch): Promise<readonly Attached[]> {
  return files.length === 0 ? [] : attachFiles(house, await rowOf(house, session), files, watch);
}

async function begin(house: House, session: Id, text: string, attached: readonly Attached[], begun: boolean, watch: Watch): Promise<Rest> {
  const spent = spentNothing(house);
  house.log.note((tx) => void tx.db.prepare('UPDATE sessions SET turn = turn + 1 WHERE id = ?').run(session));
  if (!begun) await house.log.settle();
  const thread = begun ? Thread.begin(house.log, session) : Thread.load(house.log, session);
  const first = thread.messages.length === 0;
  if (first) await thread.add('system', messageBytes({ role: 'system', content: systemText(house.world().sandbox) }, true), BOTTOM);
  else await hearEnded(house, thread);
  const label = joinAll([PERSON, ...attached.map((one) => one.label)]);
  await thread.add('user', messageBytes({ role: 'user', content: withFiles(text, attached) }, false), label, null, attached.length === 0 ? undefined : filesBytes(text, attached));
  return steps(house, session, thread, [], spent, watch);
}

/** Carry an unfinished turn on, after an answer or a restart. `begun` as in `say`. */
export async function advance(house: House, session: Id, watch: Watch, begun = false): Promise<Rest> {
  const since = house.log.size();
  if (!begun) await claim(house.log, session);
  return hold(house, session, since, watch, async (inner) => {
    // A request that was cut off is asked again below; nobody needs to look at it any more.
    house.log.note((tx) => void tx.db.prepare(`UPDATE actions SET heard = 1 WHERE session = ? AND kind = 'infer' AND state = 'ended'`).run(session));
    await house.log.settle();
    const thread = Thread.load(house.log, session);
    return steps(house, session, thread, openProposals(house, session), spentOn(house, thread), inner);
  });
}

/** Holding the lease: work until rest, then give the lease back. A fault ends the turn in words. */
async function hold(house: House, session: Id, since: number, watch: Watch, work: (watch: Watch) => Promise<Rest>): Promise<Rest> {
  let rest: Rest = { state: 'fault', text: 'The workbench stopped.' };
  try {
    rest = await withCancel(house.log, session, since, watch, work);
  } catch (error) {
    rest = faultRest(error);
  } finally {
    await finish(house, session, rest);
  }
  if (rest.state === 'cancelled' || rest.state === 'stopped') await house.hands.rehearsals.stopServices(session);
  watch.hear({ type: 'rest', session, state: rest.state });
  return rest;
}

function faultRest(error: unknown): Rest {
  const hint = error instanceof Fault && error.hint !== undefined ? ` Next: ${error.hint}` : '';
  const state = !(error instanceof Fault) ? 'fault' : error.code === 'model.context' ? 'context' : error.code === 'model.refused' ? 'refused' : 'fault';
  return { state, text: `${wordsOf(error).replace(/\.$/, '')}.${hint}` };
}

async function finish(house: House, session: Id, rest: Rest): Promise<void> {
  if (rest.state !== 'waiting') {
    const why = rest.state;
    house.log.note((tx) => {
      const { turn } = readSession(tx.db, session);
      tx.append({ type: 'turn.ended', session, turn, why }, { detail: rest.text });
    });
  }
  await release(house.log, session, rest.state === 'waiting' ? null : rest.state);
  house.hands.rehearsals.sweep();
}

/** Act on what is proposed, then think, until there is nothing more to do, a person is needed, or a limit is met. */
async function steps(house: House, session: Id, from: Thread, open: readonly Proposal[], spent: Spent, watch: Watch): Promise<Rest> {
  const repeats = new Repeats();
  let thread = from;
  let proposals = open;
  // What was open before may have been judged, or answered, by another process.
  let isFresh = false;
  for (;;) {
    const { waiting, heard } = await actInOrder(house, thread, proposals, isFresh, repeats, watch);
    if (watch.signal.aborted) return cancelled(watch);
    if (waiting.length > 0) return { state: 'waiting', pending: waiting };
    if (repeats.words !== null) return { state: 'repeats', text: repeats.words };
    if (heard === 0 && isAnswered(thread)) return { state: 'answered', text: '' };
    const over = overBudget(house, spent);
    if (over !== null) return over;
    const row = await rowOf(house, session);
    const step = spent.steps + 1;
    watch.hear(stepOf(thread, house, spent, step));
    const thought = await think(house, row, thread, repeats, watch);
    noticeCut(thread, spent, thought, watch);
    addThought(spent, thought);
    watch.hear(stepOf(thread, house, spent, step));
    if (watch.signal.aborted) return cancelled(watch);
    if (thought.reply.calls.length === 0) return { state: 'answered', text: thought.reply.text };
    ({ thread, proposals } = thought);
    isFresh = true;
  }
}

/** A session begun just now isn't on disk yet. */
async function rowOf(house: House, session: Id): Promise<SessionRow> {
  try {
    return readSession(house.log.store.db, session);
  } catch {
    await house.log.settle();
    return readSession(house.log.store.db, session);
  }
}

/** Nothing was said yet, or the model's last word called nothing. */
function isAnswered({ messages }: Thread): boolean {
  const last = messages.at(-1);
  return last === undefined || last.role === 'assistant';
}

function overBudget({ budgets }: House, { steps: made, tokens }: Spent): Rest | null {
  if (made >= budgets.steps) return { state: 'steps', text: `Stopped after ${made} model requests in one turn. Say "go on" to continue, or raise budgets.steps.` };
  if (tokens >= budgets.tokens) return { state: 'tokens', text: `Stopped after about ${tokens} tokens in one turn. Say "go on" to continue, or raise budgets.tokens.` };
  return null;
}

function cancelled({ signal }: Watch): Rest {
  return signal.reason === STOPPED ? { state: 'stopped', text: 'Everything was stopped.' } : { state: 'cancelled', text: 'Cancelled.' };
}
