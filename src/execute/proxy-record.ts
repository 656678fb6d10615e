// What a run asked of hosts, kept in full or not done: when there is no more room on record, all further requests
// are refused. Nothing of a body or of headers is kept.
import type { Socket } from 'node:net';
import type { NetworkUse } from '../model/effects.ts';
import type { ProxyLimits } from './proxy-limits.ts';

export interface SeenUse extends NetworkUse {
  /** Milliseconds on the wall clock. */
  readonly at: number;
}

type Draft = { -readonly [Key in keyof SeenUse]: SeenUse[Key] };

/** One request while it goes on. */
export interface Use {
  refuse(why: string): void;
  /** Allowed; how it went. */
  note(why: string): void;
  answered(status: number): void;
  /** Its bytes are counted on this connection. */
  through(socket: Socket): void;
}

const FULL = 'more was asked of hosts than is kept on record: this and all after it was refused';

export class ProxyRecord {
  readonly #limits: ProxyLimits;
  readonly #uses: { readonly draft: Draft; socket: Socket | null }[] = [];
  #words = 0;
  #bytes = 0;
  #isFull = false;

  constructor(limits: ProxyLimits) {
    this.#limits = limits;
  }

  /** @returns null when there is no room: then it must not be carried out. */
  open(asked: Pick<NetworkUse, 'method' | 'host' | 'port' | 'path'>): Use | null {
    this.#words += asked.method.length + asked.host.length + (asked.path ?? '').length;
    if (this.#isFull) return null;
    this.#isFull = this.#uses.length + 1 >= this.#limits.uses || this.#words > this.#limits.words;
    const { method, host, port, path } = asked;
    const draft: Draft = this.#isFull
      ? { method, host, port, path: null, status: null, sent: 0, received: 0, verdict: 'refused', why: FULL, at: Date.now() }
      : { method, host, port, path, status: null, sent: 0, received: 0, verdict: 'allowed', why: '', at: Date.now() };
    const entry: { readonly draft: Draft; socket: Socket | null } = { draft, socket: null };
    this.#uses.push(entry);
    return this.#isFull ? null : useOf(entry);
  }

  /** @returns false when the run has moved as many bytes as it may. */
  pass(bytes: number): boolean {
    this.#bytes += bytes;
    return this.#bytes <= this.#limits.bytes;
  }

  /** As it stands now: what still goes on is counted so far. */
  seen(): readonly SeenUse[] {
    return this.#uses.map(({ draft, socket }) => ({ ...draft, ...bytesOf(draft, socket) }));
  }
}

function useOf(entry: { readonly draft: Draft; socket: Socket | null }): Use {
  const { draft } = entry;
  return {
    refuse(why) {
      draft.verdict = 'refused';
      draft.why = why;
    },
    note(why) {
      // What follows from the first mishap doesn't hide it.
      if (draft.why === '') draft.why = why;
    },
    answered(status) {
      draft.status = status;
    },
    through(socket) {
      entry.socket = socket;
      socket.once('close', () => {
        Object.assign(draft, bytesOf(draft, socket));
        entry.socket = null;
      });
    },
  };
}

function bytesOf(draft: SeenUse, socket: Socket | null): Pick<SeenUse, 'sent' | 'received'> {
  return socket === null ? { sent: draft.sent, received: draft.received } : { sent: socket.bytesWritten, received: socket.bytesRead };
}
