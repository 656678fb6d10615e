// The server: the workbench's functions over HTTP, on 127.0.0.1 only. One per home. It also hears the log, so that
// what is answered at any door is carried on, and ends what waited too long.
import { setTimeout as pause } from 'node:timers/promises';
import { expire } from '../approvals/answer.ts';
import { recover } from '../approvals/recover.ts';
import { endServices } from '../loop/services.ts';
import type { Workbench } from '../loop/workbench.ts';
import { wordsOf } from '../model/fault.ts';
import { Aside } from './aside.ts';
import { Attempts } from './attempts.ts';
import { Credentials } from './credentials.ts';
import { Door } from './door.ts';
import { LIMITS } from './limits.ts';
import { listen, type Listening } from './listen.ts';
import { News } from './news.ts';
import { Opened } from './opened.ts';
import { builtConsole, openPages } from './pages.ts';
import { Presents } from './present.ts';
import { linkTo } from './routes/sign-in.ts';
import { ROUTES } from './routes/table.ts';
import { announce, claimServer, findServer, resign, urlOf } from './running.ts';
import { lastSeen, Streams } from './streams.ts';
import { Turns } from './turns.ts';

export { findServer } from './running.ts';

/** Free of the ports that model servers and their pages use. */
export const DEFAULT_PORT = 4717;

export interface ServeOptions {
  /** 0: any free one. */
  readonly port?: number;
  /** Folder of the console's files; absent: the built one. */
  readonly console?: string;
}

export interface Served {
  readonly url: string;
  readonly port: number;
  /** A fresh sign-in link: works once, within ten minutes. */
  link(): Promise<string>;
  /** Cancels what it carries on, ends all connections, closes what was opened through it. The workbench stays open. */
  close(): Promise<void>;
}

/** Milliseconds between looks for what waited too long, and after a failure to hear the log. */
const SWEEP = 60_000;
const AGAIN = 1_000;

/** Throws `server.running`, `server.port` or `server.console`. */
export async function serve(workbench: Workbench, options: ServeOptions = {}): Promise<Served> {
  const { log, clock, home } = workbench;
  const credentials = new Credentials(log, clock);
  const pages = openPages(options.console ?? builtConsole());
  await claimServer(log.store);
  try {
    await credentials.keepFile(home.state);
    const streams = new Streams(log, LIMITS.streams, (id) => credentials.isStillGood(id));
    const news = new News((pieces) => streams.tell(pieces));
    const presents = new Presents();
    const turns = new Turns(workbench, (live) => {
      presents.hear(live);
      news.hear(live);
    }, complain);
    const opened = new Opened();
    const aside = new Aside(log);
    const attempts = new Attempts(LIMITS.wrongs);
    const countWrong = (): boolean => attempts.wrong();
    let port = 0;
    const door = new Door({
      port: () => port,
      limits: LIMITS,
      routes: ROUTES,
      pages,
      identify: (token) => credentials.identify(token),
      countWrong,
      call: (credential) => ({ workbench, turns, presents, opened, aside, credentials, port, routes: ROUTES, credential, countWrong, endStreams: (id) => streams.end(id) }),
      stream: (request, response, credential, after) => streams.open(response, credential.id, lastSeen(request) ?? after),
      complain,
    });
    const stop = new AbortController();
    const work: Promise<void>[] = [];
    const close = async (listening: Listening | null): Promise<void> => {
      stop.abort();
      streams.close();
      await listening?.close();
      await turns.close();
      await opened.close();
      await aside.close();
      news.flush();
      await Promise.all(work);
      resign(log.store);
    };
    try {
      const listening = await listen(options.port ?? DEFAULT_PORT, LIMITS, (request, response, proven) => door.serve(request, response, proven));
      port = listening.port;
      announce(log.store, port);
      work.push(hear(workbench, stop.signal, turns, news, streams, aside), sweep(workbench, stop.signal));
      return { url: urlOf(port), port, link: async () => linkTo(port, await credentials.makeLink()), close: () => close(listening) };
    } catch (error) {
      await close(null);
      throw error;
    }
  } catch (error) {
    resign(log.store);
    throw error;
  }
}

/** A fresh sign-in link to the server that runs for this home, as `Served.link` gives; null when none answers requests. */
export async function linkToRunning({ log, clock, home }: Workbench): Promise<string | null> {
  const running = findServer(home);
  return running === null ? null : linkTo(running.port, await new Credentials(log, clock).makeLink());
}

/** The log wakes whoever waits for it: turns, readers of the event stream, and services that a stop concerns. */
async function hear(workbench: Workbench, signal: AbortSignal, turns: Turns, news: News, streams: Streams, aside: Aside): Promise<void> {
  const { log } = workbench;
  let last = log.size() - 1;
  while (!signal.aborted) {
    try {
      for await (const event of log.follow(last, signal)) {
        last = event.seq;
        turns.heard(event);
        const { body } = event;
        if (body.type === 'stop.asked' || body.type === 'cancel.asked') endServices(workbench, body).catch((error: unknown) => complain(`services can't be stopped: ${wordsOf(error)}`));
        news.flush(); // What was said before it was recorded comes before the record.
        streams.grew();
        aside.grew();
      }
    } catch (error) {
      complain(`the log can't be followed: ${wordsOf(error)}`);
      await sleep(AGAIN, signal);
    }
  }
}

/** Silence is no: what waited too long ends, and wakes nobody. */
async function sweep({ log, clock, hands }: Workbench, signal: AbortSignal): Promise<void> {
  for (;;) {
    await expire(log, clock.now()).catch((error: unknown) => complain(`what waited too long can't be ended: ${wordsOf(error)}`));
    await recover(log, await hands.rehearsals.recover(), hands).catch((error: unknown) => complain(`what a killed process left can't be ended: ${wordsOf(error)}`));
    await sleep(SWEEP, signal);
    if (signal.aborted) return;
  }
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  // Aborted: that's an end like any other.
  return pause(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** To whoever runs the server: stderr, one line, no stack. */
function complain(words: string): void {
  process.stderr.write(`pwb: ${words}\n`);
}
