// Appending: one event becomes a row, a leaf of the tree and references to payloads. Says itself when the clock has
// jumped, so that times in the log can't silently run backwards.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { canonicalText } from '../model/canonical.ts';
import { timeText } from '../model/clock.ts';
import type { EventBody, PayloadRef } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { leafHash } from '../model/merkle.ts';
import type { Growing } from './head.ts';
import type { PayloadInput, Payloads } from './payloads.ts';
import { extend } from './tree.ts';

export interface Recorded {
  readonly seq: number;
  readonly payloads: { readonly [name: string]: PayloadRef };
}

export type PayloadInputs = { readonly [name: string]: PayloadInput };

const DAY = 86_400_000;
const PAYLOAD_NAME = /^[a-z][a-z-]{0,31}$/;

/** Appends to the tables, within a transaction that the store holds. */
export class Appender {
  growing: Growing;
  readonly #payloads: Payloads;
  readonly #insert: StatementSync;
  readonly #tile: StatementSync;
  readonly #sessionOf: StatementSync;

  constructor(db: DatabaseSync, payloads: Payloads, growing: Growing) {
    this.growing = growing;
    this.#payloads = payloads;
    this.#insert = db.prepare('INSERT INTO events (seq, leaf, hash, type, session, action) VALUES (?, ?, ?, ?, ?, ?)');
    this.#tile = db.prepare('INSERT INTO tiles (level, idx, hash) VALUES (?, ?, ?)');
    this.#sessionOf = db.prepare('SELECT session FROM events INDEXED BY events_action WHERE action = ? ORDER BY seq LIMIT 1');
  }

  append(now: number, body: EventBody, payloads: PayloadInputs): Recorded {
    const { tree, time } = this.growing;
    const jump = now - time;
    if (tree.size > 0 && (jump < 0 || jump > DAY)) this.#write(now, { type: 'clock.jumped', by: jump }, {});
    return this.#write(now, body, payloads);
  }

  #write(now: number, body: EventBody, inputs: PayloadInputs): Recorded {
    const { tree } = this.growing;
    const seq = tree.size;
    const payloads: { [name: string]: PayloadRef } = {};
    for (const name of Object.keys(inputs).toSorted()) {
      const input = inputs[name];
      if (input === undefined) continue;
      if (!PAYLOAD_NAME.test(name)) throw new Fault('log.payload-name', `"${name}" is no name for a payload`);
      payloads[name] = this.#payloads.name(input, seq);
    }
    const leaf = leafText(seq, timeText(now), body, payloads);
    const hash = leafHash(Buffer.from(leaf));
    const action = 'action' in body ? body.action : null;
    const session = 'session' in body ? body.session : action === null ? null : this.#sessionOf.get(action)?.['session'];
    this.#insert.run(seq, leaf, hash, body.type, typeof session === 'string' ? session : null, action);
    this.growing = { tree: extend(tree, hash, (level, index, node) => this.#tile.run(level, index, node)), time: now };
    return { seq, payloads };
  }
}

/** The canonical text of a LogEvent (RFC 8785): keys in order, `payloads` already sorted by name. */
function leafText(seq: number, time: string, body: EventBody, payloads: { readonly [name: string]: PayloadRef }): string {
  const refs = Object.entries(payloads).map(([name, { digest, size }]) => `"${name}":{"digest":"${digest}","size":${size}}`);
  return `{"body":${canonicalText(body)},"payloads":{${refs.join(',')}},"seq":${seq},"time":"${time}","v":1}`;
}
