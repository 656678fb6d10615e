// Reads a body: bounded while it comes in, strict UTF-8, nested no deeper than allowed, and only then parsed.
import type { IncomingMessage } from 'node:http';
import type { Limits } from './limits.ts';
import { refuse, type Refusal } from './refusal.ts';

const strict = new TextDecoder('utf-8', { fatal: true });

/** The JSON of a body; `{}` for none. Resolves with a refusal, or null when the client went away. */
export async function readBody(request: IncomingMessage, limits: Limits): Promise<{ readonly json: unknown } | Refusal | null> {
  const bytes = await collect(request, limits.body);
  if (bytes === null) return null;
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

function collect(request: IncomingMessage, most: number): Promise<Buffer | 'too-large' | null> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
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
