// A turn: the person's message, then think and act by turns until the model answers, a person is needed, or a
// limit is met. All state is on record, so a turn goes on from any point in any process.
import { readContext, recordMessage, type NewMessage } from '../audit/context.ts';
import type { TurnEnd } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, PERSON } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import { messageBytes } from '../providers/message.ts';
import { STOPPED, withCancel } from './cancel.ts';
import type { House } from './house.ts';
import { actInOrder } from './queue.ts';
import { Repeats } from './repeats.ts';
import { claim, nextIndex, readSession, release, type SessionRow } from './session.ts';
import { systemText } from './system.ts';
import { think } from './think.ts';

export type Rest =
  | { readonly state: 'waiting'; readonly pending: readonly Id[] }
  | { readonly state: TurnEnd; readonly text: string };

/** The person says something: a new turn, carried on until it rests. */
export async function say(house: House, session: Id, text: string, watch: Watch): Promise<Rest> {
  await claim(house.log, session);
  house.log.note((tx) => {
    const row = readSession(tx.db, session);
    const next = nextIndex(tx.db, session, row.epoch);
    const turn = row.turn + 1;
    const add = (index: number, role: 'system' | 'user', words: string, label: NewMessage['label']): void =>
      recordMessage(tx, { session, turn, epoch: row.epoch, index, role, bytes: messageBytes({ role, content: words }, index === 0), label, action: null });
    if (next === 0) add(0, 'system', systemText(house.world().sandbox), BOTTOM);
    add(Math.max(next, 1), 'user', text, PERSON);
    tx.db.prepare('UPDATE sessions SET turn = ? WHERE id = ?').run(turn, session);
  });
  await house.log.settle();
  return carryOn(house, session, watch);
}

/** Carry an unfinished turn on, after an answer or a restart. */
export async function advance(house: House, session: Id, watch: Watch): Promise<Rest> {
  await claim(house.log, session);
  return carryOn(house, session, watch);
}

/** Holding the lease: loop until rest, then give the lease back. */
async function carryOn(house: House, session: Id, watch: Watch): Promise<Rest> {
  let rest: Rest = { state: 'fault', text: 'The workbench stopped.' };
  try {
    rest = await withCancel(house.log, session, watch, (inner) => steps(house, session, inner));
  } catch (error) {
    const hint = error instanceof Fault && error.hint !== undefined ? ` Next: ${error.hint}.` : '';
    rest = { state: error instanceof Fault && error.code === 'model.context' ? 'context' : 'fault', text: `${wordsOf(error)}.${hint}` };
  } finally {
    await finish(house, session, rest);
  }
  watch.hear({ type: 'rest', session, state: rest.state });
  return rest;
}

async function finish(house: House, session: Id, rest: Rest): Promise<void> {
  if (rest.state !== 'waiting') {
    const { turn } = readSession(house.log.store.db, session);
    const why = rest.state;
    house.log.note((tx) => void tx.append({ type: 'turn.ended', session, turn, why }, { detail: rest.text }));
  }
  await release(house.log, session, rest.state === 'waiting' ? null : rest.state);
}

async function steps(house: House, session: Id, watch: Watch): Promise<Rest> {
  const repeats = new Repeats();
  for (;;) {
    const { waiting, heard } = await actInOrder(house, session, repeats, watch);
    if (watch.signal.aborted) return cancelled(watch);
    if (waiting.length > 0) return { state: 'waiting', pending: waiting };
    if (repeats.words !== null) return { state: 'repeats', text: repeats.words };
    const row = readSession(house.log.store.db, session);
    if (heard === 0 && isAnswered(house, row)) return { state: 'answered', text: '' };
    const over = overBudget(house, row);
    if (over !== null) return over;
    const reply = await think(house, row, repeats, watch);
    if (watch.signal.aborted) return cancelled(watch);
    if (reply.calls.length === 0) return { state: 'answered', text: reply.text };
  }
}

/** Everything that was called is answered, and the model's last word called nothing. */
function isAnswered(house: House, { id, epoch }: SessionRow): boolean {
  const last = readContext(house.log.store.db, id, epoch).at(-1);
  return last === undefined || last.role === 'assistant';
}

function overBudget(house: House, { id, turn }: SessionRow): Rest | null {
  const { steps: most, tokens: mostTokens } = house.budgets;
  const spent = house.log.store.db.prepare(`SELECT count(*) AS steps, coalesce(sum(tokens), 0) AS tokens FROM actions WHERE session = ? AND turn = ? AND kind = 'infer'`).get(id, turn);
  if (Number(spent?.['steps']) >= most) return { state: 'steps', text: `Stopped after ${most} model requests in one turn. Say "go on" to continue, or raise budgets.steps.` };
  if (Number(spent?.['tokens']) >= mostTokens) return { state: 'tokens', text: `Stopped after about ${String(spent?.['tokens'])} tokens in one turn. Say "go on" to continue, or raise budgets.tokens.` };
  return null;
}

function cancelled({ signal }: Watch): Rest {
  return signal.reason === STOPPED ? { state: 'stopped', text: 'Everything was stopped.' } : { state: 'cancelled', text: 'Cancelled.' };
}
