// Builds the next request of a thread, compacted where the window demands it.
import { recordMessage, type ContextMessage } from '../audit/context.ts';
import type { Log } from '../audit/log.ts';
import type { Infer } from '../model/action.ts';
import type { PayloadRef } from '../model/event.ts';
import { joinAll } from '../model/label.ts';
import { sha256 } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import type { Endpoint } from '../providers/endpoint.ts';
import { messageBytes } from '../providers/message.ts';
import { requestShape } from '../providers/request.ts';
import { estimateTokens, fit, promptLimit } from './fit.ts';
import type { House } from './house.ts';
import { Thread } from './thread.ts';

export interface Prepared {
  readonly action: Infer;
  /** The payloads that the action names by digest and that nothing else brings onto the record. */
  readonly parts: { readonly head: PayloadRef; readonly tail: PayloadRef };
  /** The thread as it is now: another one after compacting. */
  readonly thread: Thread;
  /** Tokens. */
  readonly estimated: number;
  /** How many messages were blanked or left out just now. */
  readonly replaced: number;
}

const LEFT_OUT = '(left out to fit the window of the model; call the tool again if you need it)';

/** @param squeeze lowers the limit after a server refused the length: a factor of 1 or less. Throws `model.context` when it can't fit. */
export async function prepareRequest(house: House, before: Thread, endpoint: Endpoint, squeeze = 1): Promise<Prepared> {
  const { log } = house;
  const shape = requestShape(endpoint, house.toolsJson(before.session), {});
  const fixed = shape.head.length + shape.tail.length;
  const window = endpoint.window === undefined ? Infinity : promptLimit(endpoint.window);
  const limit = squeeze === 1 ? window : Math.min(window, Math.floor(estimateTokens(before.bytes + fixed) * squeeze));
  const found = fit(before.messages, fixed, limit);
  if (found.kind === 'too-large') {
    throw new Fault('model.context', `this needs about ${found.tokens} tokens and the model's window has room for ${limit}`, 'give the model a larger window (Ollama: `num_ctx`), ask for less at once, or start a new session');
  }
  const replaced = found.kind === 'compact' ? await compact(before, found) : 0;
  const thread = found.kind === 'compact' ? Thread.load(log, before.session) : before;
  const [head, tail] = [await stable(log, shape.head), await stable(log, shape.tail)];
  const bytes = fixed + thread.bytes;
  const { name, dialect, url, model, locality } = endpoint;
  const action: Infer = {
    kind: 'infer', provider: name, dialect, url, model, locality,
    head: head.digest, tail: tail.digest, epoch: thread.epoch, messages: thread.messages.length, chain: thread.chain, bytes,
  };
  return { action, parts: { head, tail }, thread, estimated: estimateTokens(bytes), replaced };
}

/** A new epoch: the same messages by digest, some blanked, some left out. What was there stays on record. */
async function compact({ log, session, epoch, turn, messages }: Thread, { blank, keepFrom }: { readonly blank: ReadonlySet<number>; readonly keepFrom: number }): Promise<number> {
  const kept = messages.filter(({ idx }) => idx === 0 || idx >= keepFrom);
  const gone = messages.length - kept.length;
  // INVARIANT: a context is no better for having lost a message: the model may have said its words again since. What
  // stands first carries what was left out, since it is never left out itself.
  const lost = joinAll(messages.filter((message) => !kept.includes(message)).map(({ label }) => label));
  await log.settle();
  await log.commit((tx) => {
    kept.forEach((message, index) => {
      const bytes = blank.has(message.idx) ? blanked(log, message) : { digest: message.digest, size: message.size };
      recordMessage(tx, { ...message, label: index === 0 ? joinAll([message.label, lost]) : message.label, session, epoch: epoch + 1, index, bytes });
    });
    const words = `${blank.size} old tool results were blanked and ${gone} old messages left out, to fit the window of the model.`;
    tx.append({ type: 'context.compacted', session, turn, replaced: blank.size + gone }, { detail: words });
    tx.db.prepare('UPDATE sessions SET epoch = ? WHERE id = ?').run(epoch + 1, session);
  });
  return blank.size + gone;
}

function blanked(log: Log, message: ContextMessage): Uint8Array {
  const bytes = log.read(message.digest);
  const wire: unknown = bytes === null ? {} : JSON.parse(new TextDecoder().decode(bytes).replace(/^,/, ''));
  const field = (name: string): string => {
    const value: unknown = typeof wire === 'object' && wire !== null ? Reflect.get(wire, name) : '';
    return typeof value === 'string' ? value : '';
  };
  return messageBytes({ role: 'tool', call: field('tool_call_id'), name: field('name'), content: LEFT_OUT }, false);
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
