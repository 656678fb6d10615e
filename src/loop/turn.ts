// A turn: the person's message, then think and act by turns until the model answers, a person is needed, or a
// limit is met. All state is on record, so a turn goes on from any point in any process.
import type { TurnEnd } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, PERSON } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import { messageBytes } from '../providers/message.ts';
import { STOPPED, withCancel } from './cancel.ts';
import type { House } from './house.ts';
import { actInOrder, openProposals } from './queue.ts';
import { Repeats } from './repeats.ts';
import { claim, readSession, release, type SessionRow } from './session.ts';
import { systemText } from './system.ts';
import { think, type Thought } from './think.ts';
import { Thread } from './thread.ts';

export type Rest =
  | { readonly state: 'waiting'; readonly pending: readonly Id[] }
  | { readonly state: TurnEnd; readonly text: string };

/**
 * The person says something: a new turn, carried on until it rests.
 * @param begun true for a session that this process has just begun, and so holds already.
 */
export async function say(house: House, session: Id, text: string, watch: Watch, begun = false): Promise<Rest> {
  const since = house.log.size();
  if (!begun) await claim(house.log, session);
  return hold(house, session, since, watch, async (inner) => {
    house.log.note((tx) => void tx.db.prepare('UPDATE sessions SET turn = turn + 1 WHERE id = ?').run(session));
    if (!begun) await house.log.settle();
    const thread = begun ? Thread.begin(house.log, session) : Thread.load(house.log, session);
    const first = thread.messages.length === 0;
    if (first) await thread.add('system', messageBytes({ role: 'system', content: systemText(house.world().sandbox) }, true), BOTTOM);
    await thread.add('user', messageBytes({ role: 'user', content: text }, false), PERSON);
    return steps(house, session, thread, [], inner);
  });
}

/** Carry an unfinished turn on, after an answer or a restart. `begun` as in `say`. */
export async function advance(house: House, session: Id, watch: Watch, begun = false): Promise<Rest> {
  const since = house.log.size();
  if (!begun) await claim(house.log, session);
  return hold(house, session, since, watch, async (inner) => {
    // A request that was cut off is asked again below; nobody needs to look at it any more.
    house.log.note((tx) => void tx.db.prepare(`UPDATE actions SET heard = 1 WHERE session = ? AND kind = 'infer' AND state = 'ended'`).run(session));
    await house.log.settle();
    return steps(house, session, Thread.load(house.log, session), openProposals(house, session), inner);
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
async function steps(house: House, session: Id, from: Thread, open: readonly Proposal[], watch: Watch): Promise<Rest> {
  const repeats = new Repeats();
  let thread = from;
  let proposals = open;
  // What was open before may have been judged, or answered, by another process.
  let isFresh = false;
  const spent = spentOn(house, thread);
  for (;;) {
    const { waiting, heard } = await actInOrder(house, thread, proposals, isFresh, repeats, watch);
    if (watch.signal.aborted) return cancelled(watch);
    if (waiting.length > 0) return { state: 'waiting', pending: waiting };
    if (repeats.words !== null) return { state: 'repeats', text: repeats.words };
    if (heard === 0 && isAnswered(thread)) return { state: 'answered', text: '' };
    const over = overBudget(house, spent);
    if (over !== null) return over;
    const row = await rowOf(house, session);
    const thought = await think(house, row, thread, repeats, watch);
    noticeCut(thread, spent, thought, watch);
    if (watch.signal.aborted) return cancelled(watch);
    if (thought.reply.calls.length === 0) return { state: 'answered', text: thought.reply.text };
    ({ thread, proposals } = thought);
    isFresh = true;
    spent.steps++;
    spent.tokens += thought.tokens;
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

interface Spent {
  steps: number;
  tokens: number;
  /** What the server counted of the latest prompt, and that prompt's messages in bytes. */
  prompt?: number;
  bytes?: number;
}

/** A server that counts fewer tokens for a longer prompt has cut it (some do so silently): then its window must be told. */
function noticeCut(before: Thread, spent: Spent, { reply, thread }: Thought, watch: Watch): void {
  const prompt = reply.usage?.prompt;
  const grown = before === thread && spent.bytes !== undefined && before.bytes > spent.bytes;
  if (prompt !== undefined && prompt > 0 && spent.prompt !== undefined && grown && prompt < spent.prompt) {
    watch.hear({ type: 'notice', session: thread.session, words: `The server read ${prompt} tokens of a prompt that had ${spent.prompt} before and has grown since: it cuts what doesn't fit its window without saying so. Tell the window: pwb models add URL --window TOKENS` });
  }
  spent.prompt = prompt ?? 0;
  spent.bytes = thread.bytes;
}

function spentOn(house: House, { session, turn }: Thread): Spent {
  const row = house.log.store.db.prepare(`SELECT count(*) AS steps, coalesce(sum(tokens), 0) AS tokens FROM actions WHERE session = ? AND turn = ? AND kind = 'infer'`).get(session, turn);
  return { steps: Number(row?.['steps'] ?? 0), tokens: Number(row?.['tokens'] ?? 0) };
}

function overBudget({ budgets }: House, { steps: made, tokens }: Spent): Rest | null {
  if (made >= budgets.steps) return { state: 'steps', text: `Stopped after ${made} model requests in one turn. Say "go on" to continue, or raise budgets.steps.` };
  if (tokens >= budgets.tokens) return { state: 'tokens', text: `Stopped after about ${tokens} tokens in one turn. Say "go on" to continue, or raise budgets.tokens.` };
  return null;
}

function cancelled({ signal }: Watch): Rest {
  return signal.reason === STOPPED ? { state: 'stopped', text: 'Everything was stopped.' } : { state: 'cancelled', text: 'Cancelled.' };
}
