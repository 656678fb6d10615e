// What would hold the server up is done aside, each in a thread of its own: the search, begun when it is first needed and
// kept, and a check of the whole log, one at a time. Nothing here is waited for by an action.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { removeStrays, type VerifyReport } from '../audit/check.ts';
import type { Log } from '../audit/log.ts';
import type { Found, Occurring, Question } from '../audit/search.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Asked, AsideWork, Told } from './aside-thread.ts';

export interface Progress {
  readonly running: boolean;
  /** Rows of the store, looked at and in all. */
  readonly done: number;
  readonly of: number;
}

/** Milliseconds after the log grew until the search looks: what comes together is taken in together, and a thread of some 25 MB isn't begun in a hurry. */
const SOON = 400;
const LATER = 10_000;
/** Bytes ×2^20 that a thread may use. */
const MEMORY = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 16 };

interface Waiting {
  readonly resolve: (told: Told) => void;
  readonly reject: (error: unknown) => void;
}

export class Aside {
  readonly #log: Log;
  #search: Worker | null = null;
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #timer: NodeJS.Timeout | undefined;
  #check: { readonly thread: Worker; readonly report: Promise<VerifyReport> } | null = null;
  #progress: Progress = { running: false, done: 0, of: 0 };
  #closed = false;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Throws `log.query`, `storage.*`, `search.*`. */
  async find(question: Question): Promise<Found> {
    const told = await this.#ask({ asks: 'find', id: (this.#last += 1), question });
    if (told.tells !== 'found') throw broken('it answered something else');
    return told.found;
  }

  /** What occurs in the log and can be filtered by. */
  async occurring(): Promise<Occurring> {
    const told = await this.#ask({ asks: 'occurring', id: (this.#last += 1) });
    if (told.tells !== 'occurring') throw broken('it answered something else');
    return told.occurring;
  }

  /** The log grew: the search takes that in before anybody asks. */
  grew(): void {
    if (this.#closed) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#post({ asks: 'follow' });
    }, this.#search === null ? LATER : SOON).unref();
  }

  /** Whoever asks while it is being checked gets that same answer. Throws `search.*`, `storage.*`. */
  verify(): Promise<VerifyReport> {
    if (this.#check !== null) return this.#check.report;
    if (this.#closed) return Promise.reject(ending());
    const thread = this.#thread(this.#log.vkey());
    this.#progress = { running: true, done: 0, of: 0 };
    const report = new Promise<VerifyReport>((resolve, reject) => {
      thread.on('message', (told: Told) => {
        if (told.tells === 'progress') this.#progress = { running: true, done: told.done, of: told.of };
        else if (told.tells === 'report') resolve(told.report);
        else if (told.tells === 'fault') reject(new Fault(told.code, told.words, told.hint));
      });
      thread.on('error', (error) => reject(broken(wordsOf(error))));
      thread.on('exit', () => reject(this.#closed ? ending() : broken('it ended before it was done')));
    }).then(async (one) => {
      await removeStrays(this.#log.store);
      return one;
    }).finally(() => {
      this.#check = null;
      this.#progress = { running: false, done: 0, of: 0 };
    });
    this.#check = { thread, report };
    return report;
  }

  progress(): Progress {
    return this.#progress;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#search?.terminate();
    const check = this.#check;
    await check?.thread.terminate();
    // Whoever waits for it was told.
    await check?.report.catch(() => undefined);
  }

  #ask(asked: Exclude<Asked, { readonly asks: 'follow' }>): Promise<Told> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(asked.id, { resolve, reject });
      this.#post(asked);
    });
  }

  #post(asked: Asked): void {
    if (this.#closed) return this.#end(ending());
    this.#search ??= this.#open();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    this.#search.postMessage(asked);
  }

  #open(): Worker {
    const thread = this.#thread(null);
    thread.on('message', (told: Told) => {
      if (told.tells === 'progress' || told.tells === 'report') return;
      const waiting = this.#waiting.get(told.id);
      this.#waiting.delete(told.id);
      if (told.tells === 'fault') waiting?.reject(new Fault(told.code, told.words, told.hint));
      else waiting?.resolve(told);
    });
    // The next question begins it anew.
    const gone = (words: string): void => {
      if (this.#search === thread) this.#search = null;
      this.#end(this.#closed ? ending() : broken(words));
    };
    thread.on('error', (error) => gone(wordsOf(error)));
    thread.on('exit', () => gone('it ended'));
    return thread;
  }

  #end(fault: Fault): void {
    for (const { reject } of this.#waiting.values()) reject(fault);
    this.#waiting.clear();
  }

  #thread(vkey: string | null): Worker {
    const { path, home } = this.#log.store;
    const work: AsideWork = { state: home.state, path, vkey };
    const thread = new Worker(threadFile(), { workerData: work, execArgv: [], env: {}, resourceLimits: MEMORY });
    thread.unref();
    return thread;
  }
}

/** The source in a checkout; in the bundle an entry of its own, whose parts stand one folder below. */
function threadFile(): string {
  if (import.meta.filename.endsWith('.ts')) return join(import.meta.dirname, 'aside-thread.ts');
  const near = join(import.meta.dirname, 'aside-thread.mjs');
  return existsSync(near) ? near : join(dirname(import.meta.dirname), 'aside-thread.mjs');
}

function ending(): Fault {
  return new Fault('search.closed', 'the server is ending', 'ask again when it runs');
}

function broken(words: string): Fault {
  return new Fault('search.broken', `the thread beside the server broke: ${words}`, 'try again; if it stays so, see `pwb doctor`');
}
