// Reads a body: bounded while it comes in, strict UTF-8, nested no deeper than allowed, and only then parsed.
import type { IncomingMessage } from 'node:http';
import { Fault } from '../model/fault.ts';
import type { Limits } from './limits.ts';
import { refuse, type Refusal } from './refusal.ts';

const strict = new TextDecoder('utf-8', { fatal: true });

/** The JSON of a body; `{}` for none. Resolves with a refusal, or null when the client went away. */
export async function readBody(request: IncomingMessage, limits: Limits): Promise<{ readonly json: unknown } | Refusal | null> {
  const bytes = await collect(request, limits);
  if (bytes === null) return null;
  if (bytes === 'too-slow') return refuse(408, 'request.slow', 'The request took too long to arrive.', 'send it at once');
  if (bytes === 'too-large') return refuse(413, 'request.large', `The body is larger than ${limits.body} bytes.`, 'send less at once');
  if (bytes.length === 0) return { json: {} };
  try {
    const text = strict.decode(bytes);
    if (depthOf(text) > limits.depth) return refuse(400, 'request.deep', `The JSON is nested deeper than ${limits.depth} levels.`, 'send it flatter');
    return { json: JSON.parse(text) };
  } catch {
    return refuse(400, 'request.json', 'The body is not JSON in UTF-8.', 'send JSON');
  }
}

function collect(request: IncomingMessage, { body: most, requestWithin }: Limits): Promise<Buffer | 'too-large' | 'too-slow' | null> {
  return new Promise((done) => {
    const parts: Buffer[] = [];
    let size = 0;
    const late = setTimeout(() => resolve('too-slow'), requestWithin);
    const resolve = (what: Buffer | 'too-large' | 'too-slow' | null): void => {
      clearTimeout(late);
      done(what);
    };
    request.on('data', (part: Buffer) => {
      size += part.length;
      if (size > most) {
        request.pause();
        request.removeAllListeners('data');
        resolve('too-large');
      } else parts.push(part);
    });
    request.on('end', () => resolve(Buffer.concat(parts)));
    request.on('error', () => resolve(null));
    request.on('close', () => resolve(null));
  });
}

/** A body that is a file, as it comes. Throws `request.large` where it is more than allowed, `request.cut` where it ends too soon. */
export async function* readUpload(request: IncomingMessage, most: number): AsyncGenerator<Uint8Array> {
  let size = 0;
  try {
    for await (const part of request.iterator({ destroyOnReturn: false })) {
      if (!(part instanceof Uint8Array)) continue;
      size += part.length;
      if (size > most) throw new Fault('request.large', `the file is larger than ${most} bytes`, 'send a smaller one');
      yield part;
    }
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('request.cut', 'the file did not arrive whole', 'send it again', { cause: error });
  }
}

/** Reads and forgets what is left of a body for a while, so that who still sends it comes to read the answer. */
export function discard(request: IncomingMessage, within: number): Promise<void> {
  if (request.complete || request.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const late = setTimeout(resolve, within);
    for (const over of ['end', 'close', 'error']) request.once(over, () => {
      clearTimeout(late);
      resolve();
    });
    request.resume();
  });
}

/** How deep brackets nest outside strings: one pass, before a parser that recurses sees the text. */
export function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charCodeAt(at);
    if (quoted) {
      if (char === 0x5c) at += 1;
      else if (char === 0x22) quoted = false;
    } else if (char === 0x22) quoted = true;
    else if (char === 0x5b || char === 0x7b) deepest = Math.max(deepest, (depth += 1));
    else if (char === 0x5d || char === 0x7d) depth -= 1;
  }
  return deepest;
}
