// One request to the model, itself an action on the path, and what its answer proposes.
import { recordMessage } from '../audit/context.ts';
import type { Tx } from '../audit/log.ts';
import type { Place } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import type { Label } from '../model/label.ts';
import type { Watch } from '../model/live.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { messageBytes, type ToolCall } from '../providers/message.ts';
import type { Reply } from '../providers/reply.ts';
import { understand } from '../tools/understand.ts';
import { act, propose } from './act.ts';
import { prepareRequest, type Prepared } from './context.ts';
import type { Landed } from '../execute/landing.ts';
import type { House } from './house.ts';
import type { Repeats } from './repeats.ts';
import { nextIndex, readSession, type SessionRow } from './session.ts';

/** Ask the model and put its answer and its proposals on record. Throws `model.*` when there is no usable answer. */
export async function think(house: House, session: SessionRow, repeats: Repeats, watch: Watch): Promise<Reply> {
  const endpoint = await house.endpoint(session.model);
  let asked = await ask(house, session, endpoint, 1, watch);
  // The server knows its window better than an estimate does: once more with less, then say so.
  if (isContextProblem(asked.landed)) asked = await ask(house, session, endpoint, 0.6, watch);
  const reply = usable(asked.landed, watch);
  noticeSwap(house, session, reply, watch);
  recordReply(house, session, reply, asked.prepared, repeats);
  return reply;
}

async function ask(house: House, session: SessionRow, endpoint: Endpoint, squeeze: number, watch: Watch): Promise<{ landed: Landed | null; prepared: Prepared }> {
  const { id, turn } = session;
  const prepared = await prepareRequest(house, id, endpoint, squeeze);
  if (prepared.replaced > 0) watch.hear({ type: 'notice', session: id, words: `${prepared.replaced} old messages or results were left out to fit the model's window.` });
  watch.hear({ type: 'thinking', session: id, model: endpoint.model });
  const action = newId();
  house.log.note((tx) => {
    propose(tx, { id: action, session: id, turn, by: 'house', tool: '', call: '', why: '', label: prepared.label, editedFrom: null, action: prepared.action }, prepared.parts);
  });
  await house.log.settle();
  const acted = await act(house, action, watch);
  if (acted.state !== 'ended') throw new Fault('model.asks', 'asking this model waits for a person', `answer it in \`pwb inbox\`, then \`pwb resume ${id}\``);
  const usage = acted.landed?.answer?.reply.usage;
  const tokens = usage === undefined ? prepared.estimated : usage.prompt + usage.output;
  house.log.note((tx) => void tx.db.prepare('UPDATE actions SET tokens = ?, heard = 1 WHERE id = ?').run(tokens, action));
  if (acted.landed === null) throw refusedAsk(house, action);
  return { landed: acted.landed, prepared };
}

function refusedAsk(house: House, action: string): Fault {
  const row = house.log.store.db.prepare('SELECT rules, result FROM actions WHERE id = ?').get(action);
  const digest = row?.['result'];
  const bytes = typeof digest === 'string' ? house.log.read(digest) : null;
  const words = bytes === null ? 'asking this model was refused' : new TextDecoder().decode(bytes);
  return new Fault('model.refused', words, 'use a model on this machine, or allow this one with `pwb models add URL --allow-remote`');
}

function isContextProblem(landed: Landed | null): boolean {
  return landed?.problem?.code === 'model.context';
}

/** Half an answer is never acted on. */
function usable(landed: Landed | null, watch: Watch): Reply {
  const reply = landed?.answer?.reply;
  if (watch.signal.aborted) return { text: reply?.text ?? '', reasoning: '', calls: [], finish: 'cancelled', notes: [] };
  if (reply === undefined) {
    const problem = landed?.problem;
    throw new Fault(problem?.code ?? 'model.failed', problem?.words ?? landed?.outcome.text ?? 'the model was not asked', problem?.hint);
  }
  if (reply.finish === 'stop' || reply.finish === 'calls') return reply;
  return { ...reply, calls: [], text: `${reply.text}\n(The answer was cut by the model's length limit.)` };
}

function noticeSwap(house: House, { id, served }: SessionRow, reply: Reply, watch: Watch): void {
  if (reply.model === undefined || reply.model === served) return;
  if (served !== null) watch.hear({ type: 'notice', session: id, words: `The server now answers with another model: ${reply.model} (before: ${served}).` });
  house.log.note((tx) => void tx.db.prepare('UPDATE sessions SET served = ? WHERE id = ?').run(reply.model ?? null, id));
}

/** The answer joins the context; each call becomes a proposal, or an error that the model can act on. */
function recordReply(house: House, session: SessionRow, reply: Reply, { label }: Prepared, repeats: Repeats): void {
  const place: Place = { workspace: session.workspace, root: session.root };
  const mine = label;
  const offer = { sandbox: house.world().sandbox };
  const calls = reply.calls.map((call) => ({ call, understood: understand(call, place, offer) }));
  for (const { call, understood } of calls) if (!understood.ok) repeats.count(call.name, call.arguments, false, understood.error);
  house.log.note((tx) => {
    add(tx, session, 'assistant', messageBytes({ role: 'assistant', content: reply.text, calls: reply.calls }, false), mine);
    for (const { call, understood } of calls) {
      if (understood.ok) {
        propose(tx, { id: newId(), session: session.id, turn: session.turn, by: 'model', tool: call.name, call: call.id, why: reply.text.trim().slice(0, 2000), label: mine, editedFrom: null, action: understood.action });
      } else {
        add(tx, session, 'tool', toolError(call, understood.error), mine);
      }
    }
  });
}

function toolError(call: ToolCall, error: string): Uint8Array {
  return messageBytes({ role: 'tool', call: call.id, name: call.name, content: `Error: ${error}` }, false);
}

function add(tx: Tx, { id, turn }: SessionRow, role: 'assistant' | 'tool', bytes: Uint8Array, label: Label): void {
  const { epoch } = readSession(tx.db, id);
  recordMessage(tx, { session: id, turn, epoch, index: nextIndex(tx.db, id, epoch), role, bytes, label, action: null });
}
