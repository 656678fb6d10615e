// A Fault of a model request, with what had come before it went wrong, for the log.
import { Fault } from '../model/fault.ts';
import { isModelFault, type ModelFaultCode } from '../providers/errors.ts';
import type { Reply } from '../providers/reply.ts';

export interface GotBefore {
  /** Exact bytes of the body as received. */
  readonly received: Uint8Array;
  /** HTTP status, 0 when no answer came. */
  readonly status: number;
  readonly reply?: Reply | undefined;
}

export class InferFault extends Fault {
  readonly received: Uint8Array;
  readonly status: number;
  /** For showing only: it isn't complete, and its calls must not be carried out. */
  readonly reply: Reply | undefined;

  constructor(code: ModelFaultCode, words: string, hint: string | undefined, got: GotBefore, cause?: unknown) {
    super(code, words, hint, cause === undefined ? undefined : { cause });
    this.received = got.received;
    this.status = got.status;
    this.reply = got.reply;
  }
}

const NOTHING: GotBefore = { received: new Uint8Array(0), status: 0 };

/** The same fault, carrying what had come. */
export function withBytes(fault: Fault, got: GotBefore = NOTHING): InferFault {
  if (fault instanceof InferFault) return fault;
  return new InferFault(isModelFault(fault.code) ? fault.code : 'model.reply', fault.message, fault.hint, got, fault.cause);
}

/** A server may say the key back to us; its words and bytes go to logs and terminals, the key doesn't. */
export function withoutKey(error: unknown, key: string | undefined): unknown {
  if (!(error instanceof InferFault) || key === undefined || key === '') return error;
  if (!error.message.includes(key) && !holdsKey(error.received, key)) return error;
  const words = error.message.replaceAll(key, '‹key›');
  const received = Buffer.from(Buffer.from(error.received).toString('latin1').replaceAll(key, '<key>'), 'latin1');
  return new InferFault(isModelFault(error.code) ? error.code : 'model.reply', words, error.hint, { received, status: error.status });
}

/** Keys are ASCII. */
export function holdsKey(received: Uint8Array, key: string): boolean {
  return Buffer.from(received.buffer, received.byteOffset, received.length).includes(key, 0, 'latin1');
}
