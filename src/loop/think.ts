// One request to the model, itself an action on the path, and what its answer proposes.
import type { Landed } from '../execute/landing.ts';
import type { Place } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { messageBytes } from '../providers/message.ts';
import type { Reply } from '../providers/reply.ts';
import { offerIn } from '../tools/offer.ts';
import { understand } from '../tools/understand.ts';
import { readAction, textOf } from '../approvals/actions.ts';
import { act, propose } from './act.ts';
import { prepareRequest, type Prepared } from './context.ts';
import { keptIn } from './handles.ts';
import type { House } from './house.ts';
import type { Repeats } from './repeats.ts';
import type { SessionRow } from './session.ts';
import type { Thread } from './thread.ts';

export interface Thought {
  readonly reply: Reply;
  readonly thread: Thread;
  /** What the answer proposes, in order, on record with the next commit. */
  readonly proposals: readonly Proposal[];
  /** Calls that came to nothing because their arguments didn't fit. */
  readonly misunderstood: number;
  readonly tokens: number;
}

/** Ask the model and put its answer and its proposals on record. Throws `model.*` when there is no usable answer. */
export async function think(house: House, session: SessionRow, before: Thread, repeats: Repeats, watch: Watch): Promise<Thought> {
  const endpoint = await house.endpoint(session.model, session.id);
  let asked = await ask(house, before, endpoint, 1, watch);
  // The server knows its window better than an estimate does: once more with less, then say so.
  if (asked.landed.problem?.code === 'model.context') asked = await ask(house, asked.prepared.thread, endpoint, 0.6, watch);
  const reply = usable(asked.landed, watch);
  noticeSwap(house, session, reply, watch);
  const { thread } = asked.prepared;
  return { reply, thread, tokens: asked.tokens, ...(await recordReply(house, session, thread, reply, repeats)) };
}

async function ask(house: House, before: Thread, endpoint: Endpoint, squeeze: number, watch: Watch): Promise<{ readonly landed: Landed; readonly prepared: Prepared; readonly tokens: number }> {
  const prepared = await prepareRequest(house, before, endpoint, squeeze);
  const { thread, action, parts, replaced, estimated } = prepared;
  const { session, turn, label } = thread;
  if (replaced > 0) watch.hear({ type: 'notice', session, words: `${replaced} old messages or results were left out to fit the model's window.` });
  watch.hear({ type: 'thinking', session, model: endpoint.model });
  const proposal: Proposal = { id: newId(), session, turn, by: 'house', tool: '', call: '', why: '', label, editedFrom: null, action };
  house.log.note((tx) => void propose(tx, proposal, parts));
  const acted = await act(house, proposal, watch);
  if (acted.state !== 'ended') throw new Fault('model.asks', 'asking this model waits for a person', `answer it in \`pwb inbox\`, then \`pwb resume ${session}\``);
  const usage = acted.landed?.answer?.reply.usage;
  const tokens = usage === undefined ? estimated : usage.prompt + usage.output;
  house.log.note((tx) => void tx.db.prepare('UPDATE actions SET tokens = ?, heard = 1 WHERE id = ?').run(tokens, proposal.id));
  if (acted.landed === null) {
    const isRemote = readAction(house.log.store.db, proposal.id).rules === 'infer.remote';
    throw new Fault('model.refused', textOf(house.log, acted.row.result), isRemote ? 'use a model on this machine, or allow this one with `pwb models add URL --allow-remote`' : 'see the rules: pwb policy list');
  }
  return { landed: acted.landed, prepared, tokens };
}

/** Half an answer is never acted on. */
function usable({ answer, problem, outcome }: Landed, { signal }: Watch): Reply {
  if (signal.aborted) return { text: answer?.reply.text ?? '', reasoning: '', calls: [], finish: 'cancelled', notes: [] };
  if (answer === undefined) throw new Fault(problem?.code ?? 'model.failed', problem?.words ?? outcome.text, problem?.hint);
  const { reply } = answer;
  if (reply.finish === 'stop' || reply.finish === 'calls') return reply;
  return { ...reply, calls: [], text: `${reply.text}\n(The answer was cut by the model's length limit.)` };
}

function noticeSwap(house: House, { id, served }: SessionRow, reply: Reply, watch: Watch): void {
  if (reply.model === undefined || reply.model === served) return;
  if (served !== null) watch.hear({ type: 'notice', session: id, words: `The server now answers with another model: ${reply.model} (before: ${served}).` });
  house.log.note((tx) => void tx.db.prepare('UPDATE sessions SET served = ? WHERE id = ?').run(reply.model ?? null, id));
}

/** The answer joins the context; each call becomes a proposal, or an error that the model can act on. */
async function recordReply(house: House, session: SessionRow, thread: Thread, reply: Reply, repeats: Repeats): Promise<Pick<Thought, 'proposals' | 'misunderstood'>> {
  const place: Place = { workspace: session.workspace, root: session.root };
  const offer = offerIn(house.world(session.id));
  const kept = keptIn(house, session.id);
  const { label, turn } = thread;
  await thread.add('assistant', messageBytes({ role: 'assistant', content: reply.text, calls: reply.calls }, false), label);
  const proposals: Proposal[] = [];
  for (const call of reply.calls) {
    const understood = understand(call, place, offer, kept);
    if (understood.ok) {
      const { action, handles } = understood;
      proposals.push({ id: newId(), session: session.id, turn, by: 'model', tool: call.name, call: call.id, why: reply.text.trim().slice(0, 2000), label, editedFrom: null, ...(handles === undefined ? {} : { handles }), action });
      continue;
    }
    repeats.count(call.name, call.arguments, false, understood.error);
    await thread.add('tool', messageBytes({ role: 'tool', call: call.id, name: call.name, content: `Error: ${understood.error}` }, false), label);
  }
  house.log.note((tx) => proposals.forEach((proposal) => propose(tx, proposal)));
  return { proposals, misunderstood: reply.calls.length - proposals.length };
}
