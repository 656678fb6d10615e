// The head: the one row that says how far the log goes, read again in every transaction, since other processes
// append too; and the O(1) look at start-up whether head, last event and tree still belong together.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Fault } from '../model/fault.ts';
import { HASH_BYTES, leafHash } from '../model/merkle.ts';
import { checkpointBody } from './checkpoint.ts';
import type { LogKey } from './key.ts';
import { nodeReader } from './nodes.ts';
import { parseLeaf } from './query.ts';
import { EMPTY_TREE, rootOf, type Tree } from './tree.ts';

export interface Head {
  /** Events. */
  readonly size: number;
  /** Hexadecimal. */
  readonly root: string;
  /** The signed note: keep a copy elsewhere to find truncation and roll-back. */
  readonly checkpoint: string;
}

/** What appending needs to remember. `time`: milliseconds since 1970 of the last event. */
export interface Growing {
  readonly tree: Tree;
  readonly time: number;
}

/** A checkpoint is kept at least every so many events. */
const KEEP_EVERY = 1000;

export class HeadRow {
  readonly #size: StatementSync;
  readonly #all: StatementSync;
  readonly #save: StatementSync;
  readonly #keep: StatementSync;

  constructor(db: DatabaseSync) {
    this.#size = db.prepare('SELECT size FROM head WHERE id = 1');
    this.#all = db.prepare('SELECT size, time, frontier, root, checkpoint FROM head WHERE id = 1');
    this.#save = db.prepare('INSERT INTO head (id, size, time, frontier, root, checkpoint) VALUES (1, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET size = excluded.size, time = excluded.time, frontier = excluded.frontier, root = excluded.root, checkpoint = excluded.checkpoint');
    this.#keep = db.prepare('INSERT INTO checkpoints (size, note) VALUES (?, ?) ON CONFLICT DO NOTHING');
  }

  size(): number {
    return Number(this.#size.get()?.['size'] ?? 0);
  }

  /** Null before the first event. */
  read(): Head | null {
    const row = this.#all.get();
    if (row === undefined) return null;
    return { size: Number(row['size']), root: Buffer.from(blob(row['root'])).toString('hex'), checkpoint: String(row['checkpoint']) };
  }

  growing(): Growing {
    const row = this.#all.get();
    if (row === undefined) return { tree: EMPTY_TREE, time: 0 };
    const bytes = blob(row['frontier']);
    const frontier = Array.from({ length: bytes.length / HASH_BYTES }, (_, at) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
    return { tree: { size: Number(row['size']), frontier }, time: Number(row['time']) };
  }

  /** In the transaction that appended. `from`: the size that it began with. */
  save({ tree, time }: Growing, key: LogKey, from: number): void {
    const root = rootOf(tree);
    const note = key.sign(tree.size, root);
    this.#save.run(tree.size, time, Buffer.concat(tree.frontier), root, note);
    if (Math.floor(tree.size / KEEP_EVERY) > Math.floor(from / KEEP_EVERY)) this.#keep.run(tree.size, note);
  }
}

/** Cheap at any size of log; `pwb log verify` looks at everything. Throws `log.broken` or `log.key-foreign`. */
export function checkHead(db: DatabaseSync, key: LogKey): void {
  // One moment for all reads: other processes append meanwhile.
  db.exec('BEGIN');
  try {
    checkParts(db, key);
  } finally {
    db.exec('ROLLBACK');
  }
}

function checkParts(db: DatabaseSync, key: LogKey): void {
  const row = new HeadRow(db);
  const head = row.read();
  const last = db.prepare('SELECT seq, leaf, hash FROM events ORDER BY seq DESC LIMIT 1').get();
  const first = db.prepare('SELECT leaf FROM events WHERE seq = 0').get();
  if (head === null || last === undefined || first === undefined) throw broken('its first or last event is missing');
  const opened = parseLeaf(String(first['leaf'])).body;
  if (opened.type !== 'log.opened') throw broken('it does not begin with log.opened');
  if (opened.key !== key.vkey) throw new Fault('log.key-foreign', `log.key is not the key of this log (${opened.origin})`, 'restore the log.key that belongs to this state.db');
  const { tree } = row.growing();
  if (Number(last['seq']) !== head.size - 1 || tree.size !== head.size) throw broken(`it says ${head.size} events, the last one is ${String(last['seq'])}`);
  const root = rootOf(tree);
  const leaf = leafHash(Buffer.from(String(last['leaf'])));
  if (!equal(leaf, blob(last['hash'])) || head.root !== Buffer.from(root).toString('hex')) throw broken('its last event does not fit the tree');
  // The smallest complete subtree ends with the last event; computing it again ties the tree to the events.
  const height = Math.log2(lowestBit(head.size));
  if (!equal(nodeReader(db)(height, head.size / 2 ** height - 1), tree.frontier.at(-1) ?? leaf)) throw broken('its last events do not fit the tree');
  if (!head.checkpoint.startsWith(`${checkpointBody(key.origin, head.size, root)}\n`)) throw broken('its checkpoint is for another tree');
}

function lowestBit(n: number): number {
  let bit = 1;
  while (n % (bit * 2) === 0) bit *= 2;
  return bit;
}

function broken(words: string): Fault {
  return new Fault('log.broken', `the log is damaged: ${words}`, 'nothing runs on a damaged log: see what is wrong with `pwb log verify`, then restore the state folder from a backup or move it away');
}

function blob(value: unknown): Uint8Array {
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.length).equals(b);
}
