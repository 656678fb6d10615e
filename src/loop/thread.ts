// A session's context as the process that holds its lease knows it: loaded once, then grown message by message,
// so that no step waits for the disk just to read what it wrote.
import { chainOf, readContext, recordMessage, type ContextMessage } from '../audit/context.ts';
import type { Log } from '../audit/log.ts';
import type { Digest } from '../model/digest.ts';
import { contextChain } from '../model/digest.ts';
import type { MessageRole } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, join, joinAll, type Label } from '../model/label.ts';
import { readSession } from './session.ts';

export class Thread {
  readonly log: Log;
  readonly session: Id;
  readonly turn: number;
  readonly epoch: number;
  readonly #messages: ContextMessage[];
  #label: Label;
  #chain: Digest;
  #bytes: number;

  private constructor(log: Log, session: Id, turn: number, epoch: number, messages: readonly ContextMessage[]) {
    this.log = log;
    this.session = session;
    this.turn = turn;
    this.epoch = epoch;
    this.#messages = [...messages];
    this.#label = joinAll(messages.map(({ label }) => label));
    this.#chain = chainOf(messages);
    this.#bytes = messages.reduce((sum, { size }) => sum + size, 0);
  }

  /** What is on record; all that was noted must be durable. */
  static load(log: Log, session: Id): Thread {
    const { turn, epoch } = readSession(log.store.db, session);
    return new Thread(log, session, turn, epoch, readContext(log.store.db, session, epoch));
  }

  /** A thread that has nothing in it yet. */
  static begin(log: Log, session: Id): Thread {
    return new Thread(log, session, 1, 0, []);
  }

  get messages(): readonly ContextMessage[] {
    return this.#messages;
  }

  /** The join of all that the model reads here. */
  get label(): Label {
    return this.#messages.length === 0 ? BOTTOM : this.#label;
  }

  /** Binds every message, in order. */
  get chain(): Digest {
    return this.#chain;
  }

  /** Bytes on the wire. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Add a message; on record with the next commit. @param files see attach.ts. */
  async add(role: MessageRole, bytes: Uint8Array, label: Label, action: Id | null = null, files?: Uint8Array): Promise<void> {
    const ref = await this.log.put(bytes);
    const message: ContextMessage = { idx: this.#messages.length, turn: this.turn, role, digest: ref.digest, size: ref.size, label, action };
    this.#messages.push(message);
    this.#label = join(this.#label, label);
    this.#chain = contextChain(this.#chain === '' ? null : this.#chain, ref.digest);
    this.#bytes += ref.size;
    const { session, epoch } = this;
    this.log.note((tx) => recordMessage(tx, { ...message, session, epoch, index: message.idx, bytes: ref, ...(files === undefined ? {} : { files }) }));
  }
}
