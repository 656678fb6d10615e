// Reading events by their indexes: every shape of query walks one index and stops at its limit.
import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { EventType, LogEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';

export interface EventQuery {
  /** Only events after this seq. */
  readonly after?: number;
  /** Only events before this seq. */
  readonly before?: number;
  readonly limit: number;
  readonly newestFirst?: boolean;
  /** Events of a session, those of its actions included. */
  readonly session?: Id;
  readonly action?: Id;
  readonly types?: readonly EventType[];
}

export class EventReader {
  readonly #db: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** In the order of the log, or newest first. An empty list of types means none. Throws `log.query`. */
  events(query: EventQuery): LogEvent[] {
    const { limit, types, session, action } = query;
    if (!Number.isSafeInteger(limit) || limit < 0) throw new Fault('log.query', `a page of ${limit} events can't be read`, 'give a limit of 0 or more');
    if (types === undefined || session !== undefined || action !== undefined) return this.#page(query, types ?? null).map(({ event }) => event);
    // One walk per type, then merged: a rare type is found without reading what lies between.
    const rows = types.flatMap((type) => this.#page(query, [type]));
    rows.sort((a, b) => (query.newestFirst === true ? b.seq - a.seq : a.seq - b.seq));
    return rows.slice(0, limit).map(({ event }) => event);
  }

  #page({ after, before, limit, newestFirst, session, action }: EventQuery, types: readonly EventType[] | null): { seq: number; event: LogEvent }[] {
    const where: string[] = ['seq > ?', 'seq < ?'];
    const values: SQLInputValue[] = [after ?? -1, before ?? Number.MAX_SAFE_INTEGER];
    if (session !== undefined) {
      where.push('session = ?');
      values.push(session);
    }
    if (action !== undefined) {
      where.push('action = ?');
      values.push(action);
    }
    if (types !== null) {
      where.push(types.length === 1 ? 'type = ?' : `type IN (${types.map(() => '?').join(', ')})`);
      values.push(...types);
    }
    const index = action !== undefined ? 'INDEXED BY events_action' : session !== undefined ? 'INDEXED BY events_session' : types !== null ? 'INDEXED BY events_type' : '';
    const order = newestFirst === true ? 'DESC' : 'ASC';
    const rows = this.#statement(`SELECT seq, leaf FROM events ${index} WHERE ${where.join(' AND ')} ORDER BY seq ${order} LIMIT ?`).all(...values, limit);
    return rows.map((row) => ({ seq: Number(row['seq']), event: parseLeaf(String(row['leaf'])) }));
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

/** A leaf that this product wrote. Whether it is what was written is for the tree to say. */
export function parseLeaf(leaf: string): LogEvent {
  return JSON.parse(leaf) as LogEvent;
}
