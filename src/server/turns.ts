// Carries turns on in the background: what a person says here, and sessions whose waiting action was answered, by
// whichever process. A bounded number at once; one that another living process holds is left to it. Silence and
// expiry wake nobody, and nothing is taken up by itself at start-up.
import type { DatabaseSync } from 'node:sqlite';
import { findAction, openActions } from '../approvals/actions.ts';
import type { Answerer } from '../approvals/answer.ts';
import { carryOn } from '../loop/desk.ts';
import { isHeld, readSession } from '../loop/session.ts';
import type { Rewound, Target } from '../loop/rewind.ts';
import { say, sayAgain } from '../loop/turn.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { WorkPath } from '../model/action.ts';
import type { LogEvent } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Live } from '../model/live.ts';

/** Turns at once. Local models answer one or two requests at a time. */
const MOST = 8;
/** Milliseconds between looks at a session that another process holds. */
const LOOK = 200;

export class Turns {
  readonly #workbench: Workbench;
  readonly #hear: (live: Live) => void;
  readonly #complain: (words: string) => void;
  readonly #stop = new AbortController();
  readonly #running = new Map<Id, Promise<void>>();
  /** Answered, but held by another process or waiting for room. */
  readonly #waiting = new Set<Id>();
  /** To be taken up on the person's word; if another process was quicker, what is proposed in it is still to be carried out. */
  readonly #wanted = new Set<Id>();
  #timer: NodeJS.Timeout | undefined;

  constructor(workbench: Workbench, hear: (live: Live) => void, complain: (words: string) => void) {
    this.#workbench = workbench;
    this.#hear = hear;
    this.#complain = complain;
  }

  /** Resolves when the person's words are on record; the turn goes on. Throws `session.busy`, `session.waits`, `turn.many`, `file.*`. */
  say(session: Id, text: string, files: readonly WorkPath[] = []): Promise<void> {
    return this.#accept(session, () => say(this.#workbench, session, text, this.#watch(), false, files));
  }

  /** The same, after the conversation was taken back to before a message. Throws `session.message` and `session.moved` too. */
  async sayAgain(session: Id, target: Target, by: Answerer, text: string, files: readonly WorkPath[]): Promise<Rewound> {
    const told: Rewound[] = [];
    await this.#accept(session, () => sayAgain(this.#workbench, session, target, by, text, files, this.#watch(), (rewound) => void told.push(rewound)));
    const [rewound] = told;
    if (rewound === undefined) throw new Fault('session.busy', `session ${session} was not taken back`, 'look at it again');
    return rewound;
  }

  async #accept(session: Id, speak: () => Promise<unknown>): Promise<void> {
    this.checkFree(session);
    const { turn: before } = readSession(this.#workbench.log.store.db, session);
    const heard = new AbortController();
    let accepted = false;
    const recorded = this.#recorded(session, before, heard.signal).then(() => (accepted = true));
    const turn = this.#run(session, speak);
    const watched = turn.catch((error: unknown) => {
      if (!accepted) throw error;
      this.#complain(`session ${session}: ${wordsOf(error)}`);
    });
    await Promise.race([recorded, watched]).finally(() => heard.abort());
  }

  /** Take an unfinished turn up again, on the person's word. Throws `session.busy`, `turn.many`. */
  resume(session: Id): void {
    this.checkFree(session);
    this.#wanted.add(session);
    this.#inBackground(session);
  }

  /** Does nobody carry it on, in this process or another? */
  isFree(session: Id): boolean {
    return !this.#running.has(session) && !isHeld(readSession(this.#workbench.log.store.db, session));
  }

  /** Hears the log: an answer, from any door, carries its session on. */
  heard({ body }: LogEvent): void {
    const answered = body.type === 'action.answered' || (body.type === 'action.ended' && body.why === 'person');
    const row = answered ? findAction(this.#workbench.log.store.db, body.action) : undefined;
    if (row !== undefined) this.#considerSafely(row.session);
  }

  /** Cancels what runs and waits for it to be on record. */
  async close(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await Promise.allSettled(this.#running.values());
  }

  #watch(): { signal: AbortSignal; hear: (live: Live) => void } {
    return { signal: this.#stop.signal, hear: this.#hear };
  }

  /** Throws `session.unknown`, `session.busy`, `turn.many`. */
  checkFree(session: Id): void {
    if (!this.isFree(session)) throw new Fault('session.busy', `session ${session} is being worked on`, 'wait for it, or cancel it');
    this.checkRoom();
  }

  /** Throws `turn.many`. */
  checkRoom(): void {
    if (this.#running.size >= MOST || this.#stop.signal.aborted) throw new Fault('turn.many', `${MOST} turns are being carried on already`, 'wait for one of them to end');
  }

  #consider(session: Id): void {
    this.#waiting.delete(session);
    // Its own end considers it again, so an answer in the meantime isn't missed.
    if (this.#stop.signal.aborted || this.#running.has(session)) return;
    const { db } = this.#workbench.log.store;
    if (!isAnswered(db, session) && !(this.#wanted.has(session) && isProposed(db, session))) return;
    if (this.#running.size < MOST && !isHeld(readSession(db, session))) this.#inBackground(session);
    else this.#lookAgain(session);
  }

  #lookAgain(session: Id): void {
    this.#waiting.add(session);
    if (this.#stop.signal.aborted) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      for (const id of [...this.#waiting]) this.#considerSafely(id);
    }, LOOK);
  }

  #inBackground(session: Id): void {
    // A fault is told and not tried again by itself: the person sees the session and can resume it.
    this.#run(session, async () => {
      const rest = await carryOn(this.#workbench, session, this.#watch());
      if (rest === null) this.#waiting.add(session);
      else this.#wanted.delete(session);
    }).catch((error: unknown) => {
      this.#wanted.delete(session);
      this.#complain(`session ${session}: ${wordsOf(error)}`);
    });
  }

  #run(session: Id, work: () => Promise<unknown>): Promise<void> {
    const run = work().then(() => undefined);
    this.#running.set(session, this.#afterwards(session, run));
    return run;
  }

  /** Never rejects: whoever began the work hears of its failure. */
  async #afterwards(session: Id, run: Promise<void>): Promise<void> {
    const well = await run.then(() => true, () => false);
    this.#running.delete(session);
    if (this.#waiting.has(session)) this.#lookAgain(session);
    else if (well) this.#considerSafely(session);
  }

  #considerSafely(session: Id): void {
    try {
      this.#consider(session);
    } catch (error) {
      this.#complain(`session ${session}: ${wordsOf(error)}`);
    }
  }

  /** Of a later turn: what is carried over into a new context isn't what was said just now. */
  async #recorded(session: Id, before: number, signal: AbortSignal): Promise<void> {
    const { log } = this.#workbench;
    for await (const { body } of log.follow(log.size() - 1, signal)) {
      if (body.type === 'message.added' && body.session === session && body.role === 'user' && body.turn > before) return;
    }
  }
}

/**
 * Has a person answered something in an open session that can go on now? What is behind a proposal that still waits
 * can't; what merely expired, was cancelled or was cut by a crash doesn't count.
 */
export function isAnswered(db: DatabaseSync, session: Id): boolean {
  const found = db
    .prepare(
      `SELECT 1 FROM actions AS answered JOIN sessions ON sessions.id = answered.session
       WHERE answered.session = ? AND sessions.state = 'open' AND answered.heard = 0
         AND (answered.state = 'answered' OR (answered.state = 'ended' AND answered.why = 'person'))
         AND NOT EXISTS (
           SELECT 1 FROM actions AS before WHERE before.session = answered.session AND before.state = 'pending'
             AND (before.seq, before.rowid) < (answered.seq, answered.rowid))
       LIMIT 1`,
    )
    .get(session);
  return found !== undefined;
}

/** Does a person's own action wait to be judged, with nothing before it? */
function isProposed(db: DatabaseSync, session: Id): boolean {
  const [first] = openActions(db, session);
  return first?.state === 'proposed' && first.by === 'person';
}
