// Hearing of new events: our own commits at once, those of other processes by SQLite's data_version.
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { LogEvent } from '../model/event.ts';
import type { EventReader } from './query.ts';

/** Milliseconds between looks at what other processes did. */
const LOOK = 50;
const PAGE = 256;

export class Bell {
  readonly #version: StatementSync;
  readonly #waiting = new Set<() => void>();
  #own = 0;
  #closed = false;

  constructor(db: DatabaseSync) {
    this.#version = db.prepare('PRAGMA data_version');
  }

  /** We committed. */
  ring(): void {
    this.#own += 1;
    this.#wake();
  }

  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Every event after seq `after`, in order, as they come; ends when the signal aborts or the log is closed. */
  async *follow(reader: EventReader, after: number, signal: AbortSignal): AsyncGenerator<LogEvent> {
    let last = after;
    while (!signal.aborted && !this.#closed) {
      // Taken before reading, so that what lands in between wakes us again.
      const seen = this.#state();
      const page = reader.events({ after: last, limit: PAGE });
      for (const event of page) {
        last = event.seq;
        yield event;
        if (signal.aborted) return;
      }
      if (page.length < PAGE) await this.#wait(seen, signal);
    }
  }

  async #wait(seen: string, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && !this.#closed && this.#state() === seen) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          signal.removeEventListener('abort', wake);
          resolve();
        };
        const timer = setTimeout(wake, LOOK);
        this.#waiting.add(wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    }
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }

  #state(): string {
    return `${this.#own} ${String(this.#version.get()?.['data_version'])}`;
  }
}
