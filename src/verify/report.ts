// What the verifier says: a closed list of codes, each with a place and words.

export type Code =
  /** A file is missing or can't be read. */
  | 'bundle.unreadable'
  | 'checkpoint.malformed' | 'checkpoint.foreign-key' | 'checkpoint.bad-signature'
  /** The events are not those of the checkpoint. */
  | 'tree.root'
  /** The list of leaf hashes, which only helps to locate, disagrees with events and checkpoint. */
  | 'leaves.changed'
  | 'event.edited' | 'event.inserted' | 'event.deleted' | 'event.moved' | 'event.truncated'
  | 'event.form' | 'event.seq' | 'event.time' | 'event.first' | 'event.id-twice'
  | 'payload.missing' | 'payload.changed' | 'payload.unknown' | 'payload.twice' | 'payload.size' | 'payload.form' | 'payload.erased-present'
  | 'erasure.unknown'
  | 'against.unreadable' | 'against.foreign-key' | 'against.bad-signature' | 'against.rolled-back' | 'against.rewritten';

export interface Place {
  readonly file?: string;
  /** From 1. */
  readonly line?: number;
  /** The event concerned. */
  readonly seq?: number;
  readonly digest?: string;
}

export interface Problem extends Place {
  readonly code: Code;
  readonly words: string;
}

export interface Report {
  readonly ok: boolean;
  readonly origin: string;
  /** Events that were read. */
  readonly events: number;
  /** What the signed checkpoint says; -1 and empty when it can't be read. */
  readonly size: number;
  /** Hexadecimal. */
  readonly root: string;
  /** Times of the first and the last event. */
  readonly from: string;
  readonly to: string;
  /** Payloads whose bytes were there and right. */
  readonly payloads: number;
  readonly erased: number;
  readonly problems: readonly Problem[];
  /** What is proven, and what is not. */
  readonly notes: readonly string[];
}

/** Problems beyond this many are counted and not listed. */
const LISTED = 1000;

export class Findings {
  /** In the order in which they were found. */
  readonly problems: Problem[] = [];
  unlisted = 0;

  add(code: Code, words: string, place: Place = {}): void {
    if (this.problems.length < LISTED) this.problems.push({ code, words, ...place });
    else this.unlisted += 1;
  }

  /** Takes back what turned out to be a consequence of something that was located better. */
  drop(codes: readonly Code[]): void {
    this.problems.splice(0, this.problems.length, ...this.problems.filter(({ code }) => !codes.includes(code)));
  }
}
