// Search in the log: an index that follows it in small batches and answers questions by words and filters, newest first.
// Never on the path of an action: nobody waits for it, and what it lacks or loses is built again from the log.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ActionKind } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { isBroken, openSearchFile, removeSearchFile, searchFileId, searchPath } from './search-file.ts';
import { expressionOf, type Question } from './search-question.ts';
import type { LogSource, SourceRow } from './search-source.ts';
import { searchableOf } from './search-words.ts';
import { storageFault } from '../storage/storage-fault.ts';

export type { Filter, Question } from './search-question.ts';
export { FOUND_WITHIN } from './search-source.ts';

/** A piece of an excerpt; `hit`: it is what was looked for. */
export interface Piece {
  readonly text: string;
  readonly hit: boolean;
}

export interface Hit {
  readonly seq: number;
  /** Around the first place where it was found; null without words. As it was said: to be drawn with care. */
  readonly excerpt: readonly Piece[] | null;
}

export interface Found {
  readonly hits: readonly Hit[];
  /** There may be more before this seq; null: there are not. */
  readonly next: number | null;
  /** Events in the log, and how many of them can be found. */
  readonly size: number;
  readonly indexed: number;
}

export interface Occurring {
  readonly tools: readonly string[];
  readonly kinds: readonly ActionKind[];
}

export const ACTION_KINDS = ['infer', 'read', 'write', 'run', 'fetch', 'commit', 'undo', 'service'] as const satisfies readonly ActionKind[];

/** Milliseconds that another process' batch may keep us waiting. */
const WAIT = 5000;
/** Events in one batch, between two looks at the clock. */
const BATCH = 512;
const LOOK_EVERY = 16;
/** Tokens of an excerpt, and the marks around a hit: characters that no indexed text has. */
const EXCERPT = 24;
const [OPEN, CLOSE] = ['\u0001', '\u0002'];

interface Opened {
  readonly db: DatabaseSync;
  readonly file: string;
  readonly insert: StatementSync;
  readonly mark: StatementSync;
  readonly moveMark: StatementSync;
  readonly tool: StatementSync;
}

export class Search {
  readonly #source: LogSource;
  readonly #state: string;
  #opened: Opened | null = null;

  constructor(source: LogSource, state: string) {
    this.#source = source;
    this.#state = state;
  }

  /**
   * Takes in what the log has more, for so many milliseconds at most, or until nothing is left; at least a few events.
   * True when there is more. Throws `storage.*`.
   */
  catchUp(milliseconds: number): boolean {
    const until = performance.now() + milliseconds;
    for (;;) {
      const left = this.#safely((opened) => this.#batch(opened, until));
      if (!left || performance.now() >= until) return left;
    }
  }

  /** Throws `log.query` for what is no question, `storage.*`. */
  ask(question: Question): Found {
    const { finds, match } = expressionOf(question);
    return this.#safely(({ db, mark }) => {
      const indexed = Number(mark.get()?.['size']);
      const size = Math.max(this.#source.size(), indexed);
      if (!finds) return { hits: [], next: null, size, indexed };
      const [hits, more] = this.#hits(db, match, question, indexed);
      return { hits, next: more ? (hits.at(-1)?.seq ?? null) : null, size, indexed };
    });
  }

  /** What occurs: tools by their names, and kinds of actions. */
  occurring(): Occurring {
    return this.#safely(({ db }) => {
      const first = db.prepare('SELECT 1 FROM found WHERE found MATCH ? LIMIT 1');
      return {
        tools: db.prepare('SELECT name FROM tools ORDER BY name').all().map(({ name }) => String(name)),
        kinds: ACTION_KINDS.filter((kind) => first.get(expressionOf({ kind, limit: 1 }).match) !== undefined),
      };
    });
  }

  close(): void {
    this.#opened?.db.close();
    this.#opened = null;
  }

  #hits(db: DatabaseSync, match: string | null, question: Question, indexed: number): readonly [Hit[], boolean] {
    const words = question.q !== undefined && question.q.trim() !== '';
    const excerpt = words ? `snippet(found, 0, '${OPEN}', '${CLOSE}', '…', ${EXCERPT})` : 'NULL';
    const select = db.prepare(`SELECT rowid AS seq, ${excerpt} AS excerpt FROM found WHERE ${match === null ? '' : 'found MATCH ? AND '}rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT ?`);
    const hits: Hit[] = [];
    const wanted = question.limit + 1;
    for (const [from, to] of this.#ranges(question, indexed)) {
      const rows = select.all(...(match === null ? [] : [match]), from, to, wanted - hits.length);
      for (const row of rows) hits.push({ seq: Number(row['seq']), excerpt: typeof row['excerpt'] === 'string' ? piecesOf(row['excerpt']) : null });
      if (hits.length >= wanted) break;
    }
    return [hits.slice(0, question.limit), hits.length >= wanted];
  }

  /** Where in the log a question looks, newest first: times never go back within a stretch, so each gives one range. */
  #ranges({ after, before, from, to }: Question, indexed: number): (readonly [number, number])[] {
    const least = (after ?? -1) + 1;
    const most = Math.min(before ?? indexed, indexed);
    if (from === undefined && to === undefined) return least < most ? [[least, most]] : [];
    const starts = [0, ...this.#source.jumps()].filter((seq) => seq < indexed);
    const ranges = starts.map((start, at) => {
      const end = starts[at + 1] ?? indexed;
      const first = from === undefined ? start : this.#firstAt(from, start, end);
      const last = to === undefined ? end : this.#firstAt(to, start, end);
      return [Math.max(first, least), Math.min(last, most)] as const;
    });
    return ranges.filter(([first, last]) => first < last).reverse();
  }

  /** The first seq from `start` on, before `end`, whose time is not before `time`. */
  #firstAt(time: number, start: number, end: number): number {
    let [low, high] = [start, end];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      const [row] = this.#source.rows(middle, 1);
      if (row !== undefined && Date.parse(row.event.time) < time) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** One transaction. True when there is more. */
  #batch({ db, insert, mark, moveMark, tool }: Opened, until: number): boolean {
    db.exec('BEGIN IMMEDIATE');
    try {
      // INVARIANT: the log is read after the lock is held, so that an erasure, which waits for the lock, sees what we took in.
      const before = mark.get();
      const from = Number(before?.['size']);
      const [last] = from === 0 ? [] : this.#source.rows(from - 1, 1);
      if (from > 0 && last?.hash !== before?.['hash']) throw Object.assign(new Error('it is of another log'), { errcode: 11 });
      const rows = this.#source.rows(from, BATCH);
      let done = 0;
      for (const row of rows) {
        this.#take(row, insert, tool);
        done += 1;
        if (done % LOOK_EVERY === 0 && performance.now() >= until) break;
      }
      const end = rows[done - 1];
      if (end !== undefined) moveMark.run(end.seq + 1, end.hash);
      db.exec('COMMIT');
      return done < rows.length || rows.length === BATCH;
    } catch (error) {
      if (db.isTransaction) db.exec('ROLLBACK');
      this.#source.forget();
      throw error;
    }
  }

  #take(row: SourceRow, insert: StatementSync, tool: StatementSync): void {
    const { words, keys } = searchableOf(row, this.#source);
    insert.run(row.seq, words, keys);
    const { body } = row.event;
    if (body.type !== 'action.proposed') return;
    const name = this.#source.factsOf(body.action, row.seq)?.tool ?? '';
    if (/^[\w.:/-]{1,100}$/.test(name)) tool.run(name);
  }

  /** With the file that is there now. One that is no good is made anew, once; another process may have done so too. */
  #safely<T>(use: (opened: Opened) => T): T {
    try {
      try {
        return use(this.#open());
      } catch (error) {
        if (!isBroken(error)) throw error;
        this.close();
        removeSearchFile(this.#state);
        return use(this.#open());
      }
    } catch (error) {
      this.close();
      if (error instanceof Fault) throw error;
      throw storageFault(error, searchPath(this.#state));
    }
  }

  #open(): Opened {
    if (this.#opened !== null && this.#opened.file === searchFileId(this.#state)) return this.#opened;
    this.close();
    const db = openSearchFile(this.#state, WAIT);
    this.#source.forget();
    this.#opened = {
      db,
      file: searchFileId(this.#state),
      insert: db.prepare('INSERT INTO found (rowid, words, keys) VALUES (?, ?, ?)'),
      mark: db.prepare('SELECT size, hash FROM mark WHERE id = 1'),
      moveMark: db.prepare('UPDATE mark SET size = ?, hash = ? WHERE id = 1'),
      tool: db.prepare('INSERT OR IGNORE INTO tools (name) VALUES (?)'),
    };
    return this.#opened;
  }
}

function piecesOf(text: string): Piece[] {
  return text.split(OPEN ?? '').flatMap((part, at) => {
    if (at === 0) return [{ text: part, hit: false }];
    const [hit = '', rest = ''] = part.split(CLOSE ?? '');
    return [{ text: hit, hit: true }, { text: rest, hit: false }];
  }).filter(({ text: one }) => one !== '');
}
