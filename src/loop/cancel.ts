// Hears, while a turn runs, that it should stop: from the watch that was handed in, and from the log, where
// another process puts `cancel` and `stop`.
import type { Log } from '../audit/log.ts';
import type { LogEvent } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';

/** The reason that a signal carries when everything was stopped. */
export const STOPPED = 'stopped';

/**
 * Run `work` with a signal that also fires on a recorded cancel of this session (or one of its actions) or a stop.
 * @param since the size of the log before the lease was taken: whoever saw the lease and cancelled is heard.
 */
export async function withCancel<T>(log: Log, session: Id, since: number, watch: Watch, work: (inner: Watch) => Promise<T>): Promise<T> {
  const heard = new AbortController();
  const done = new AbortController();
  const listening = listen(log, session, since, heard, done.signal);
  try {
    return await work({ signal: AbortSignal.any([watch.signal, heard.signal]), hear: (live) => watch.hear(live) });
  } finally {
    done.abort();
    await listening;
  }
}

async function listen(log: Log, session: Id, since: number, heard: AbortController, done: AbortSignal): Promise<void> {
  for await (const event of log.follow(since - 1, done)) {
    if (concerns(log, session, event)) heard.abort(event.body.type === 'stop.asked' ? STOPPED : undefined);
  }
}

function concerns(log: Log, session: Id, { body }: LogEvent): boolean {
  if (body.type === 'stop.asked') return true;
  if (body.type !== 'cancel.asked') return false;
  if (body.target === session) return true;
  return log.store.db.prepare('SELECT 1 FROM actions WHERE id = ? AND session = ?').get(body.target, session) !== undefined;
}
