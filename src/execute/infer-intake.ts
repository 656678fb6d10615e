// Takes in a model's answer: keeps the exact bytes for the log and hands them to the reader. The one place
// where a reply becomes either a result or a fault.
import type { Fault } from '../model/fault.ts';
import type { ModelProblem } from '../providers/errors.ts';
import { ReplyReader } from '../providers/reader.ts';
import type { Reply, ReplyEvent } from '../providers/reply.ts';
import { offeredTools } from '../providers/unparsed.ts';
import { InferFault, withBytes } from './infer-fault.ts';

export interface Inferred {
  /** Complete: its `finish` is `stop`, `calls` or `length`. */
  readonly reply: Reply;
  readonly status: number;
  /** The exact bytes of the body as received. */
  readonly received: Uint8Array;
}

export interface IntakeOptions {
  readonly status: number;
  readonly contentType: string;
  /** The request's body, asked for its tools when a reply may hold a call as text. */
  readonly request: readonly Uint8Array[];
  /** Most bytes. */
  readonly limit: number;
  readonly onEvent: (event: ReplyEvent) => void;
}

export class Intake {
  readonly #options: IntakeOptions;
  readonly #reader: ReplyReader;
  readonly #chunks: Uint8Array[] = [];
  /** When something last came that was not a keep-alive. Milliseconds of a steady clock. */
  progressed = performance.now();
  /** The model has begun to speak. */
  begun = false;

  constructor(options: IntakeOptions) {
    this.#options = options;
    const { contentType, limit, request } = options;
    this.#reader = new ReplyReader({ contentType, limit, offered: () => offeredTools(request) });
  }

  /** Nothing more needs to be read. */
  get over(): boolean {
    return this.#reader.over;
  }

  take(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    for (const event of this.#reader.push(chunk)) {
      if (event.type !== 'keepalive') this.progressed = performance.now();
      if (event.type === 'text' || event.type === 'reasoning' || event.type === 'call') this.begun = true;
      this.#options.onEvent(event);
    }
  }

  received(): Uint8Array {
    return Buffer.concat(this.#chunks);
  }

  /** @param failure how the transport failed, or null when it said that all has come. */
  end(failure: Fault | null): Inferred {
    const reply = this.#reader.end(failure === null ? 'whole' : failure.code === 'model.cancelled' ? 'cancelled' : 'cut');
    const got = { received: this.received(), status: this.#options.status, reply };
    switch (reply.finish) {
      case 'stop':
      case 'calls':
      case 'length':
        return got;
      case 'error':
        throw of(reply.problem ?? { code: 'model.reply', words: 'the server’s answer can’t be read' });
      case 'cancelled':
      case 'cut':
        if (reply.notes.includes('too-large')) throw of({ code: 'model.too-large', words: 'the model’s answer grew past the limit and was broken off', hint: 'The model may be caught in a loop; ask again or take another' });
        if (failure !== null) throw withBytes(failure, got);
        throw of({ code: 'model.cut', words: 'the model’s answer broke off before its end', hint: 'Ask again; if it stays so, look at the server’s own messages' });
    }
    function of(problem: ModelProblem): InferFault {
      return new InferFault(problem.code, problem.words, problem.hint, got, failure ?? undefined);
    }
  }
}
