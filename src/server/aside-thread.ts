// A thread beside the server, for what would hold it up: it keeps the search's index and answers from it, or checks the
// whole log once. It reads the store and writes nothing but the index.
import { DatabaseSync } from 'node:sqlite';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { checkSnapshot, type VerifyReport } from '../audit/check.ts';
import { Search, type Found, type Occurring, type Question } from '../audit/search.ts';
import { LogSource } from '../audit/search-source.ts';
import { Fault, wordsOf, type FaultCode } from '../model/fault.ts';
import { Blobs } from '../storage/blobs.ts';

export interface AsideWork {
  readonly state: string;
  /** The store's file. */
  readonly path: string;
  /** With the log's key: check it, then end. Without: search. */
  readonly vkey: string | null;
}

export type Asked =
  | { readonly asks: 'find'; readonly id: number; readonly question: Question }
  | { readonly asks: 'occurring'; readonly id: number }
  /** The log has more. */
  | { readonly asks: 'follow' };

export type Told =
  | { readonly tells: 'found'; readonly id: number; readonly found: Found }
  | { readonly tells: 'occurring'; readonly id: number; readonly occurring: Occurring }
  | { readonly tells: 'fault'; readonly id: number; readonly code: FaultCode; readonly words: string; readonly hint: string }
  | { readonly tells: 'progress'; readonly done: number; readonly of: number }
  | { readonly tells: 'report'; readonly report: VerifyReport };

/** Milliseconds of one batch, before a question is answered and while nobody asks, and between two. */
const FIRST = 80;
const BATCH = 40;
const REST = 4;
/** Milliseconds until a failure to follow the log is tried again. */
const AGAIN = 5000;

const port = parentPort;
const given: AsideWork | null = workerData;
if (!isMainThread && port !== null && given !== null) work(given, port);

function work({ state, path, vkey }: AsideWork, to: NonNullable<typeof port>): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  const tell = (told: Told): void => to.postMessage(told);
  const db = new DatabaseSync(path, { readOnly: true, timeout: 5000 });
  if (vkey !== null) {
    const check = checkSnapshot({ path, blobs: new Blobs(state), db }, vkey, undefined, (done, of) => tell({ tells: 'progress', done, of }));
    check.then((report) => tell({ tells: 'report', report }), (error: unknown) => tell(faultOf(0, error))).finally(() => db.close());
    return;
  }
  const search = new Search(new LogSource(db, state), state);
  let timer: NodeJS.Timeout | undefined;
  const follow = (wait: number): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      try {
        if (search.catchUp(BATCH)) follow(REST);
      } catch {
        // Whoever asks is told what is wrong; until then the log is the record, and the index can wait.
        follow(AGAIN);
      }
    }, wait);
  };
  to.on('message', (asked: Asked) => {
    if (asked.asks === 'follow') return follow(0);
    try {
      if (search.catchUp(FIRST)) follow(REST);
      if (asked.asks === 'find') tell({ tells: 'found', id: asked.id, found: search.ask(asked.question) });
      else tell({ tells: 'occurring', id: asked.id, occurring: search.occurring() });
    } catch (error) {
      tell(faultOf(asked.id, error));
    }
  });
}

function faultOf(id: number, error: unknown): Told {
  if (error instanceof Fault) return { tells: 'fault', id, code: error.code, words: error.message, hint: error.hint ?? '' };
  return { tells: 'fault', id, code: 'search.fault', words: `the search broke: ${wordsOf(error)}`, hint: 'try again; the index can be removed (search.db) and is built anew' };
}
