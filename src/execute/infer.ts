// Asks a model: sends the exact bytes, reads the stream, and gives back either a complete reply or a Fault
// that carries what had come. A reply that broke off, stalled or failed is never returned as one.
import { Fault } from '../model/fault.ts';
import { chatUrl, type Endpoint } from '../providers/endpoint.ts';
import { errorWords } from '../providers/errors.ts';
import { isPassThrough } from '../providers/pass-through.ts';
import type { ReplyEvent } from '../providers/reply.ts';
import { callHttp, HTTP_LIMITS, type HttpAnswer, type HttpLimits, type ModelKey } from './http.ts';
import { localityOf } from './http-address.ts';
import { holdsKey, InferFault, withBytes, withoutKey } from './infer-fault.ts';
import { Intake, type Inferred } from './infer-intake.ts';

export interface InferLimits extends HttpLimits {
  /** Milliseconds without anything but keep-alives. */
  readonly progress: number;
  /** Milliseconds to wait for a server that says that it still loads its model. */
  readonly loading: number;
}

export const INFER_LIMITS: InferLimits = { ...HTTP_LIMITS, progress: 600_000, loading: 600_000 };

export interface InferOptions {
  readonly key?: ModelKey;
  readonly signal: AbortSignal;
  /** For progress; the reply alone counts. */
  readonly onEvent?: (event: ReplyEvent) => void;
  readonly limits?: Partial<InferLimits>;
}

/** Between two tries while a model is being loaded. Milliseconds. */
const LOADING_PAUSE = { first: 100, most: 2_000 } as const;
/** A refusal is read up to here. Bytes. */
const MOST_REFUSAL = 2 ** 20;

/**
 * @param body the parts of the exact request body, in order: head, messages, tail (see requestShape).
 * @throws InferFault `model.*` (see ModelFaultCode), with what was received.
 */
export async function infer(endpoint: Endpoint, body: readonly Uint8Array[], options: InferOptions): Promise<Inferred> {
  if (endpoint.dialect === 'practice') return practice(body, options);
  if (endpoint.dialect === 'embedded' && endpoint.socket === undefined) {
    throw withBytes(new Fault('model.unreachable', 'the embedded engine isn’t running', 'Ask again; if it stays so, see `pwb doctor`'));
  }
  // INVARIANT: what was judged as local never leaves this machine, whoever built the endpoint.
  if (endpoint.socket === undefined && endpoint.locality === 'local' && localityOf(endpoint.url) === 'remote') {
    throw withBytes(new Fault('model.locality', `${endpoint.url} is not on this machine, but was taken for local`, 'Configure the server again'));
  }
  if (endpoint.dialect === 'ollama' && endpoint.locality === 'local' && isPassThrough(endpoint.model)) {
    throw withBytes(new Fault('model.locality', `${endpoint.model} is passed on to a cloud, but was taken for local`, 'Choose a local model of `pwb models`'));
  }
  const limits = { ...INFER_LIMITS, ...options.limits };
  const until = performance.now() + limits.loading;
  for (let pause: number = LOADING_PAUSE.first; ; pause = Math.min(pause * 2, LOADING_PAUSE.most)) {
    try {
      return checkKey(await ask(endpoint, body, options, limits), options.key?.value);
    } catch (error) {
      if (!(error instanceof InferFault) || error.code !== 'model.loading' || performance.now() + pause > until) throw withoutKey(error, options.key?.value);
    }
    options.onEvent?.({ type: 'waiting', why: 'loading' });
    await sleep(pause, options.signal);
  }
}

/** INVARIANT: a key never enters a context, an output or the log, not even by way of the server that it is for. */
function checkKey(inferred: Inferred, key: string | undefined): Inferred {
  if (key === undefined || !(holdsKey(inferred.received, key) || JSON.stringify(inferred.reply).includes(key))) return inferred;
  // In a stream it may have come in pieces, so none of the bytes are kept.
  throw new InferFault('model.reply', 'the server said the key back to us, so its answer is not used and not kept', 'Look at what runs there: it has no reason to repeat a key', { received: new Uint8Array(0), status: inferred.status });
}

async function ask(endpoint: Endpoint, body: readonly Uint8Array[], options: InferOptions, limits: InferLimits): Promise<Inferred> {
  let intake: Intake | undefined;
  const patience = setInterval(() => {
    if (intake?.begun !== true) options.onEvent?.({ type: 'waiting', why: 'answer' });
  }, 1_000);
  try {
    const answer = await callHttp({
      method: 'POST',
      url: chatUrl(endpoint),
      ...(endpoint.socket === undefined ? {} : { socket: endpoint.socket }),
      body,
      accept: 'text/event-stream, application/json',
      ...(options.key === undefined ? {} : { key: options.key }),
      limits,
      begun: () => intake?.begun === true,
      sent: () => options.onEvent?.({ type: 'sent' }),
      signal: options.signal,
    });
    if (answer.status < 200 || answer.status > 299) return await readRefusal(answer);
    intake = new Intake({ status: answer.status, contentType: answer.contentType, request: body, limit: limits.bytes, onEvent: (event) => options.onEvent?.(event) });
    return await readReply(answer, intake, limits);
  } catch (error) {
    throw error instanceof Fault ? withBytes(error) : error;
  } finally {
    clearInterval(patience);
  }
}

async function readReply(answer: HttpAnswer, intake: Intake, limits: InferLimits): Promise<Inferred> {
  let failure: Fault | null = null;
  try {
    for await (const chunk of answer.body) {
      intake.take(chunk);
      // [DONE] ends it: some servers keep the connection open after it.
      if (intake.over) break;
      if (performance.now() - intake.progressed > limits.progress) {
        failure = new Fault('model.stalled', `the server kept the connection alive but said nothing for ${limits.progress} ms`, 'Ask again; a longer limit can be configured');
        break;
      }
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    failure = error;
  } finally {
    answer.close();
  }
  return intake.end(failure);
}

async function readRefusal(answer: HttpAnswer): Promise<never> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  let failure: Fault | undefined;
  try {
    for await (const chunk of answer.body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > MOST_REFUSAL) break;
    }
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    failure = error;
  } finally {
    answer.close();
  }
  const got = { received: Buffer.concat(chunks), status: answer.status };
  if (failure?.code === 'model.cancelled') throw withBytes(failure, got);
  // The status is known; words that broke off are better than none.
  const problem = errorWords(answer.status, answer.contentType, got.received);
  throw new InferFault(problem.code, problem.words, problem.hint, got, failure);
}

/** The practice model runs in the house; its bytes take the same way as a server's. */
async function practice(body: readonly Uint8Array[], options: InferOptions): Promise<Inferred> {
  const { practiceReply } = await import('../providers/practice.ts');
  const intake = new Intake({ status: 200, contentType: 'text/event-stream', request: body, limit: INFER_LIMITS.bytes, onEvent: (event) => options.onEvent?.(event) });
  if (options.signal.aborted) throw withBytes(cancelled());
  intake.take(practiceReply(Buffer.concat(body)));
  return intake.end(null);
}

function cancelled(): Fault {
  return new Fault('model.cancelled', 'the request to the model was cancelled');
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = (): void => {
      clearTimeout(timer);
      reject(withBytes(cancelled()));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      resolve();
    }, ms);
    if (signal.aborted) cancel();
    else signal.addEventListener('abort', cancel, { once: true });
  });
}
