// Reads a model's answer as it arrives: server-sent events (WHATWG HTML §9.2) or one whole JSON body, told
// apart by looking, whatever the content type claims. Bounded; never throws on what a server sends.
import { createParser, type EventSourceParser } from 'eventsource-parser';
import { Assembly } from './assembly.ts';
import { makeCallId } from './calls.ts';
import { errorWords } from './errors.ts';
import { isObject, parseLoose } from './loose.ts';
import type { Reply, ReplyEvent } from './reply.ts';

export const REPLY_LIMIT = 16 * 2 ** 20;

export interface ReaderOptions {
  readonly contentType?: string;
  /** Most bytes of a body; past it the reply ends `cut`. */
  readonly limit?: number;
  /** Names of the tools that were offered; asked for only when a text looks like a call. */
  readonly offered?: () => readonly string[];
  readonly makeId?: () => string;
}

/** How the transport ended: `whole` when HTTP says that all has come. */
export type StreamEnd = 'whole' | 'cut' | 'cancelled';

/** A beginning of the body is kept, for the words of an error. Bytes. */
const OPENING = 4096;

export class ReplyReader {
  readonly #options: ReaderOptions;
  readonly #assembly: Assembly;
  readonly #decoder = new TextDecoder();
  readonly #opening: Uint8Array[] = [];
  #openingBytes = 0;
  #bytes = 0;
  #mode: 'unknown' | 'events' | 'json' | 'page' | 'over' = 'unknown';
  #lead = '';
  #body: string[] = [];
  #ending = false;
  #events: ReplyEvent[] = [];
  #parser: EventSourceParser;

  constructor(options: ReaderOptions = {}) {
    this.#options = options;
    this.#assembly = new Assembly(options.offered ?? (() => []));
    this.#parser = createParser({
      onEvent: ({ event, data }) => this.#events.push(...this.#assembly.event(event ?? '', data, this.#ending)),
      onComment: () => this.#events.push({ type: 'keepalive' }),
    });
  }

  /** `[DONE]` was read: nothing that follows belongs to the reply. */
  get done(): boolean {
    return this.#assembly.done;
  }

  /** Nothing more is read: done, failed, or too large. */
  get over(): boolean {
    return this.#assembly.done || this.#assembly.failed || this.#mode === 'over';
  }

  push(bytes: Uint8Array): ReplyEvent[] {
    if (this.#mode === 'over') return [];
    this.#bytes += bytes.length;
    if (this.#openingBytes < OPENING) {
      this.#opening.push(bytes.slice(0, OPENING - this.#openingBytes));
      this.#openingBytes += bytes.length;
    }
    if (this.#bytes > (this.#options.limit ?? REPLY_LIMIT)) {
      this.#assembly.note('too-large');
      this.#mode = 'over';
      this.#body = [];
      return [];
    }
    return this.#take(this.#decoder.decode(bytes, { stream: true }));
  }

  /** The reply, once the body has ended. Call it once. */
  end(how: StreamEnd = 'whole'): Reply {
    if (this.#mode !== 'over') this.#take(this.#decoder.decode());
    const makeId = this.#options.makeId ?? makeCallId;
    if (this.#mode === 'over') return this.#assembly.finish(how === 'cancelled' ? how : 'cut', makeId);
    this.#ending = true;
    // Some servers leave out the blank line after the last event.
    if (this.#mode === 'events' && how === 'whole') this.#parser.feed('\n\n');
    if (this.#mode === 'json') this.#endJson(how);
    if (this.#assembly.untouched && how === 'whole' && this.#bytes > 0 && (this.#mode === 'page' || this.#mode === 'events')) this.#fail();
    return this.#assembly.finish(how, makeId);
  }

  #take(text: string): ReplyEvent[] {
    this.#events = [];
    if (this.#mode === 'unknown') {
      this.#lead += text;
      const start = /^[\s\ufeff]*/.exec(this.#lead)?.[0].length ?? 0;
      if (start === this.#lead.length) {
        // White space alone tells nothing yet; it is not kept, so that a flood of it costs nothing.
        this.#lead = '';
        return [];
      }
      this.#choose(this.#lead.charAt(start));
      this.#feed(this.#lead);
      this.#lead = '';
      return this.#events;
    }
    this.#feed(text);
    return this.#events;
  }

  #choose(first: string): void {
    if (first === '{' || first === '[' || first === '"') this.#mode = 'json';
    else this.#mode = first === '<' ? 'page' : 'events';
    if (this.#mode === 'json') this.#assembly.note('whole-body');
  }

  #feed(text: string): void {
    if (text === '') return;
    if (this.#mode === 'events') this.#parser.feed(text);
    else if (this.#mode === 'json') this.#body.push(text);
  }

  #endJson(how: StreamEnd): void {
    const value = parseLoose(this.#body.join('').replace(/^[\s\ufeff]+/, ''));
    this.#body = [];
    if (isObject(value)) this.#assembly.whole(value);
    else if (how === 'whole') this.#fail();
  }

  /** The body was no reply at all: say what it was instead. */
  #fail(): void {
    this.#assembly.fail(errorWords(200, this.#options.contentType ?? '', Buffer.concat(this.#opening)));
  }
}
