// Event streams (the HTML standard's server-sent events): the log as it grows, resumable by seq, and passing news
// between. A reader that doesn't keep up, or whose credential is gone, is dropped; it can come back where it was.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Log } from '../audit/log.ts';
import type { Id } from '../model/id.ts';
import type { Live } from '../model/live.ts';
import { apiHeaders } from './answer.ts';
import { refuse, type Refusal } from './refusal.ts';

/** Events read at once, bytes that may wait in a socket, milliseconds between signs of life. */
const PAGE = 64;
const MOST_WAITING = 1024 * 1024;
const SIGN_OF_LIFE = 15_000;

/** What a reader that comes back says it had last; it speaks louder than the URL, which stays the same. */
export function lastSeen({ headers }: IncomingMessage): number | null {
  const id = headers['last-event-id'];
  return typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : null;
}

interface Reader {
  readonly response: ServerResponse;
  readonly credential: Id;
  /** The last event that was written. */
  last: number;
  /** The socket is full: nothing recorded is read until it drains. */
  full: boolean;
  /** It was full at the last sign of life too. */
  late: boolean;
}

export class Streams {
  readonly #log: Log;
  readonly #most: number;
  readonly #isStillGood: (credential: Id) => boolean;
  readonly #readers = new Set<Reader>();
  readonly #timer: NodeJS.Timeout;

  constructor(log: Log, most: number, isStillGood: (credential: Id) => boolean) {
    this.#log = log;
    this.#most = most;
    this.#isStillGood = isStillGood;
    this.#timer = setInterval(() => this.#signOfLife(), SIGN_OF_LIFE);
  }

  /** @param after seq of the last event that the reader has; null: only what comes from now on. */
  open(response: ServerResponse, credential: Id, after: number | null): Refusal | null {
    if (this.#readers.size >= this.#most) return refuse(503, 'stream.many', `There are ${this.#most} event streams already.`, 'close a tab or a program that listens', { 'retry-after': '5' });
    const reader: Reader = { response, credential, last: after ?? this.#log.size() - 1, full: false, late: false };
    this.#readers.add(reader);
    response.on('drain', () => {
      reader.full = false;
      reader.late = false;
      this.#write(reader);
    });
    response.on('close', () => this.#readers.delete(reader));
    response.on('error', () => this.#drop(reader));
    response.writeHead(200, apiHeaders('text/event-stream; charset=utf-8'));
    response.write('retry: 1000\n\n');
    this.#write(reader);
    return null;
  }

  /** The log grew. */
  grew(): void {
    for (const reader of this.#readers) this.#write(reader);
  }

  tell(pieces: readonly Live[]): void {
    const text = pieces.map((piece) => `event: live\ndata: ${JSON.stringify(piece)}\n\n`).join('');
    for (const reader of this.#readers) this.#send(reader, text);
  }

  /** Ends the streams of a credential that was just revoked, or all. */
  end(credential?: Id): void {
    for (const reader of this.#readers) if (credential === undefined || reader.credential === credential) this.#drop(reader);
  }

  close(): void {
    clearInterval(this.#timer);
    this.end();
  }

  /** As many pages as the socket takes; the rest follows when it drains. */
  #write(reader: Reader): void {
    while (!reader.full && !reader.response.destroyed) {
      const page = this.#log.events({ after: reader.last, limit: PAGE });
      if (page.length === 0) return;
      reader.last = page.at(-1)?.seq ?? reader.last;
      // Canonical JSON has no raw line end, so one data line holds one event.
      this.#send(reader, page.map((event) => `id: ${event.seq}\nevent: record\ndata: ${JSON.stringify(event)}\n\n`).join(''));
    }
  }

  #send(reader: Reader, text: string): void {
    const { response } = reader;
    if (response.destroyed) return;
    if (!response.write(text)) reader.full = true;
    if (response.writableLength > MOST_WAITING) this.#drop(reader);
  }

  #signOfLife(): void {
    for (const reader of this.#readers) {
      if (reader.late || !this.#isStillGood(reader.credential)) this.#drop(reader);
      else {
        reader.late = reader.full;
        this.#send(reader, ': still here\n\n');
      }
    }
  }

  #drop(reader: Reader): void {
    this.#readers.delete(reader);
    reader.response.destroy();
  }
}
