// What the search reads of the log: events in order, the first bytes of what was said, and what is known of an action.
// Reads only, checks no digest: what is found is shown from the log itself, which does.
import { closeSync, constants, openSync, readSync } from 'node:fs';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ActionKind } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import { SALT_BYTES, type Digest } from '../model/digest.ts';
import type { LogEvent } from '../model/event.ts';
import { systemCode } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Integrity, Secrecy } from '../model/label.ts';
import type { Proposal, Proposer } from '../model/proposal.ts';
import { Blobs } from '../storage/blobs.ts';
import { BY_DIGEST } from './payloads.ts';
import { parseLeaf } from './query.ts';

/** Bytes of each payload that can be found by their words. */
export const FOUND_WITHIN = 64 * 1024;
/** Actions whose facts are remembered. */
const MOST_KNOWN = 4096;

export interface SourceRow {
  readonly seq: number;
  readonly event: LogEvent;
  readonly session: Id | null;
  /** Hexadecimal. */
  readonly hash: string;
}

/** What every event of an action can be filtered by. */
export interface Facts {
  readonly kind: ActionKind;
  readonly by: Proposer;
  /** Empty where no tool was called, or the proposal was erased. */
  readonly tool: string;
  /** Null where it has none, or the proposal was erased. */
  readonly root: string | null;
  readonly integrity: Integrity | null;
  readonly secrecy: Secrecy | null;
  /** Of the decision that came last. */
  verdict: Verdict | null;
}

export class LogSource {
  readonly #db: DatabaseSync;
  readonly #blobs: Blobs;
  readonly #size: StatementSync;
  readonly #rows: StatementSync;
  readonly #payload: StatementSync;
  readonly #ofAction: StatementSync;
  readonly #known = new Map<Id, Facts | null>();

  /** @param db the store's; a connection that only reads will do. */
  constructor(db: DatabaseSync, state: string) {
    this.#db = db;
    this.#blobs = new Blobs(state);
    this.#size = db.prepare('SELECT size FROM head WHERE id = 1');
    this.#rows = db.prepare('SELECT seq, leaf, session, hash FROM events WHERE seq >= ? ORDER BY seq LIMIT ?');
    this.#payload = db.prepare(`SELECT seq, place, data FROM payloads WHERE ${BY_DIGEST}`);
    this.#ofAction = db.prepare('SELECT seq, leaf, session, hash FROM events INDEXED BY events_action WHERE action = ? AND seq <= ? ORDER BY seq');
  }

  size(): number {
    return Number(this.#size.get()?.['size'] ?? 0);
  }

  rows(from: number, limit: number): SourceRow[] {
    return this.#rows.all(from, limit).map(rowOf);
  }

  /** Times of the log never go back between two of these. */
  jumps(): number[] {
    return this.#db.prepare(`SELECT seq FROM events INDEXED BY events_type WHERE type = 'clock.jumped' ORDER BY seq`).all().map(({ seq }) => Number(seq));
  }

  /** The event that first named it; null: there is none. */
  firstNamed(digest: Digest): number | null {
    const seq = this.#payload.get(digest)?.['seq'];
    return typeof seq === 'number' ? seq : null;
  }

  /** Its first 64 KiB, or all of it; null: it was erased, or is not there. */
  bytes(digest: Digest, most = FOUND_WITHIN): Uint8Array | null {
    const row = this.#payload.get(digest);
    if (row?.['place'] === 'blob') return readPart(this.#blobs.pathOf(digest), most);
    return row?.['place'] === 'here' && row['data'] instanceof Uint8Array ? row['data'].subarray(0, most) : null;
  }

  /** Every event of an action up to a seq. */
  ofAction(action: Id, upTo: number): SourceRow[] {
    return this.#ofAction.all(action, upTo).map(rowOf);
  }

  /** As they stand at event `seq`. Null: nothing proposed it. */
  factsOf(action: Id, seq: number): Facts | null {
    const known = this.#known.get(action);
    if (known !== undefined) return known;
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    const facts = this.#readFacts(action, seq);
    this.#known.set(action, facts);
    return facts;
  }

  /** What was remembered may have been erased, or is of a later moment than what is read next. */
  forget(): void {
    this.#known.clear();
  }

  #readFacts(action: Id, seq: number): Facts | null {
    let facts: Facts | null = null;
    for (const { event } of this.ofAction(action, seq)) {
      const { body, payloads } = event;
      if (body.type === 'action.proposed') {
        const bytes = this.bytes(payloads['proposal']?.digest ?? '', Infinity);
        const proposal = bytes === null ? null : proposalIn(bytes);
        const root = proposal !== null && 'root' in proposal.action ? proposal.action.root : null;
        facts = { kind: body.kind, by: body.by, tool: proposal?.tool ?? '', root, integrity: proposal?.label.integrity ?? null, secrecy: proposal?.label.secrecy ?? null, verdict: null };
      } else if (body.type === 'action.decided' && facts !== null) facts.verdict = body.verdict;
    }
    return facts;
  }
}

function rowOf(row: { readonly [name: string]: unknown }): SourceRow {
  const { seq, leaf, session, hash } = row;
  return { seq: Number(seq), event: parseLeaf(String(leaf)), session: typeof session === 'string' ? session : null, hash: hash instanceof Uint8Array ? Buffer.from(hash).toString('hex') : '' };
}

/** Null: no proposal. It was canonical when it was recorded, so that isn't asked again a million times. */
function proposalIn(bytes: Uint8Array): Proposal | null {
  try {
    return (JSON.parse(new TextDecoder().decode(bytes)) as { readonly proposal?: Proposal }).proposal ?? null;
  } catch {
    return null;
  }
}

function readPart(path: string, most: number): Uint8Array | null {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const parts: Buffer[] = [];
      for (let at = 0; at < most; ) {
        const part = Buffer.allocUnsafe(Math.min(most - at, FOUND_WITHIN));
        const length = readSync(file, part, 0, part.length, SALT_BYTES + at);
        if (length === 0) break;
        parts.push(part.subarray(0, length));
        at += length;
      }
      return Buffer.concat(parts);
    } finally {
      closeSync(file);
    }
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
}
