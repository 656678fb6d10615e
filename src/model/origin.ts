// Where the words of a proposal come from: for each argument which bytes of which source, by exact typed equality, and
// what in the proposer's context is from outside. For the card; what it doesn't know, it says.
import type { Id } from './id.ts';
import type { Integrity } from './label.ts';

export interface Origin {
  /** The argument's path, as in `url` or `hosts[0]`. */
  readonly argument: string;
  /** Null: found nowhere, or made of several things. */
  readonly source: string | null;
  readonly integrity: Integrity | null;
  /** Counts from 1. */
  readonly line: number | null;
  /** UTF-8 bytes of the source: from and behind. */
  readonly bytes: readonly [number, number] | null;
  /** The action whose result it is; null: a message of the person, or nothing. */
  readonly action: Id | null;
  /** "found in line 4 of file:bill.txt, outside". */
  readonly words: string;
}

/** Something from outside that the proposer has read. */
export interface OutsideSource {
  /** `file:mail/bill.txt`, `fetch:https://…`, `run`. */
  readonly source: string;
  /** The action that brought it; null: a file that the person attached. */
  readonly action: Id | null;
  /** Of the session: which of the person's messages it came after. */
  readonly turn: number;
}

export interface Origins {
  readonly arguments: readonly Origin[];
  readonly outside: readonly OutsideSource[];
}
