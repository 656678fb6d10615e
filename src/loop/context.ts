// Builds the next request of a session from its recorded messages, compacted where the window demands it.
import { chainOf, readContext, recordMessage, type ContextMessage } from '../audit/context.ts';
import type { Log } from '../audit/log.ts';
import type { Infer } from '../model/action.ts';
import type { PayloadRef } from '../model/event.ts';
import { sha256 } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { joinAll, type Label } from '../model/label.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { messageBytes } from '../providers/message.ts';
import { requestShape } from '../providers/request.ts';
import { BYTES_PER_TOKEN, estimateTokens, fit, promptLimit } from './fit.ts';
import type { House } from './house.ts';
import { readSession } from './session.ts';

export interface Prepared {
  readonly action: Infer;
  /** The payloads that the action names by digest and that nothing else brings onto the record. */
  readonly parts: { readonly head: PayloadRef; readonly tail: PayloadRef };
  /** The join of all that the model is about to read. */
  readonly label: Label;
  readonly estimated: number;
  /** How many messages were blanked or left out just now. */
  readonly replaced: number;
}

const LEFT_OUT = '(left out to fit the window of the model; call the tool again if you need it)';

/** @param squeeze lowers the limit after a server refused the length: a factor of 1 or less. Throws `model.context` when it can't fit. */
export async function prepareRequest(house: House, session: Id, endpoint: Endpoint, squeeze = 1): Promise<Prepared> {
  const { log } = house;
  await log.settle();
  const shape = requestShape(endpoint, house.toolsJson(), {});
  const fixed = shape.head.length + shape.tail.length;
  const { epoch } = readSession(log.store.db, session);
  const messages = readContext(log.store.db, session, epoch);
  const limit = endpoint.window === undefined ? Infinity : promptLimit(endpoint.window);
  const asked = squeeze === 1 ? limit : Math.min(limit, Math.floor(estimateTokens(total(messages) + fixed) * squeeze));
  const found = fit(messages, fixed, asked, BYTES_PER_TOKEN);
  if (found.kind === 'too-large') {
    throw new Fault('model.context', `this needs about ${found.tokens} tokens and the model's window has room for ${asked}`, `give the model a larger window (Ollama: \`num_ctx\`), ask for less at once, or start a new session`);
  }
  const replaced = found.kind === 'compact' ? await compact(log, session, epoch, messages, found) : 0;
  const now = found.kind === 'compact' ? readContext(log.store.db, session, epoch + 1) : messages;
  const [head, tail] = [await stable(log, shape.head), await stable(log, shape.tail)];
  const bytes = fixed + total(now);
  const { name, dialect, url, model, locality } = endpoint;
  const action: Infer = {
    kind: 'infer', provider: name, dialect, url, model, locality,
    head: head.digest, tail: tail.digest, epoch: found.kind === 'compact' ? epoch + 1 : epoch, messages: now.length, chain: chainOf(now), bytes,
  };
  return { action, parts: { head, tail }, label: joinAll(now.map(({ label }) => label)), estimated: estimateTokens(bytes), replaced };
}

/** A new epoch: the same messages by digest, some blanked, some left out. What was there stays on record. */
async function compact(log: Log, session: Id, epoch: number, messages: readonly ContextMessage[], { blank, keepFrom }: { blank: ReadonlySet<number>; keepFrom: number }): Promise<number> {
  const kept = messages.filter(({ idx }) => idx === 0 || idx >= keepFrom);
  const gone = messages.length - kept.length;
  await log.commit((tx) => {
    kept.forEach((message, index) => {
      const bytes = blank.has(message.idx) ? blanked(log, message) : { digest: message.digest, size: message.size };
      recordMessage(tx, { ...message, session, epoch: epoch + 1, index, bytes });
    });
    const words = `${blank.size} old tool results were blanked and ${gone} old messages left out, to fit the window of the model.`;
    const turn = messages.at(-1)?.turn ?? 0;
    tx.append({ type: 'context.compacted', session, turn, replaced: blank.size + gone }, { detail: words });
    tx.db.prepare('UPDATE sessions SET epoch = ? WHERE id = ?').run(epoch + 1, session);
  });
  return blank.size + gone;
}

function blanked(log: Log, message: ContextMessage): Uint8Array {
  const bytes = log.read(message.digest);
  const wire = bytes === null ? {} : (JSON.parse(new TextDecoder().decode(bytes).replace(/^,/, '')) as { tool_call_id?: unknown; name?: unknown });
  return messageBytes({ role: 'tool', call: String(wire.tool_call_id ?? ''), name: String(wire.name ?? ''), content: LEFT_OUT }, false);
}

function total(messages: readonly ContextMessage[]): number {
  return messages.reduce((sum, { size }) => sum + size, 0);
}

/** Heads and tails rarely change: each distinct one is kept once per process. */
const kept = new WeakMap<Log, Map<string, PayloadRef>>();

async function stable(log: Log, bytes: Uint8Array): Promise<PayloadRef> {
  const known = kept.get(log) ?? new Map<string, PayloadRef>();
  kept.set(log, known);
  const key = sha256(bytes);
  const ref = known.get(key) ?? (await log.put(bytes));
  known.set(key, ref);
  return ref;
}
