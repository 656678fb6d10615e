// The log as people read it: pages of lines, newest first, by any combination of filters and words. What the log's own
// indexes answer is read from them; everything else is asked of the search, which may still be catching up and says so.
import type { Log } from '../audit/log.ts';
import type { Found, Piece, Question } from '../audit/search.ts';
import type { LogEvent } from '../model/event.ts';
import { visible } from '../model/visible.ts';
import { lineOf, type TimelineLine } from './timeline-line.ts';

export type { TimelineLine } from './timeline-line.ts';

export interface FoundLine extends TimelineLine {
  /** Where the words were found, in order; drawn, new lines as spaces. Null without words. */
  readonly found: readonly Piece[] | null;
}

export interface TimelinePage {
  /** Events in the log, and how many of them can be found: fewer while the search catches up. */
  readonly size: number;
  readonly indexed: number;
  readonly lines: readonly FoundLine[];
  /** `before` of the next page; null: this was the last. */
  readonly next: number | null;
}

/** @param find asks the search. Throws `log.query`. */
export async function timelinePage(log: Log, question: Question, find: (question: Question) => Promise<Found>): Promise<TimelinePage> {
  if (!isPlain(question)) {
    const { hits, next, size, indexed } = await find(question);
    const lines = hits.flatMap(({ seq, excerpt }) => {
      const [event] = log.events({ after: seq - 1, limit: 1 });
      return event === undefined ? [] : [{ ...lineOf(log, event), found: excerpt === null ? null : excerpt.map(drawn) }];
    });
    return { size, indexed, lines, next };
  }
  const size = log.size();
  const events = pageOf(log, question);
  const lines = events.slice(0, question.limit).map((event) => ({ ...lineOf(log, event), found: null }));
  return { size, indexed: size, lines, next: events.length > question.limit ? (lines.at(-1)?.seq ?? null) : null };
}

/** One more than the page holds, to know whether there are more. */
function pageOf(log: Log, { limit, after, before, session, action }: Question): readonly LogEvent[] {
  return log.events({
    limit: limit + 1, newestFirst: true,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    ...(session === undefined ? {} : { session }),
    ...(action === undefined ? {} : { action }),
  });
}

/** True for what needs no index but the log's own. */
function isPlain({ limit: _limit, after: _after, before: _before, session: _session, action: _action, q, main, ...rest }: Question): boolean {
  return (q === undefined || q.trim() === '') && main !== true && Object.values(rest).every((value) => value === undefined);
}

function drawn({ text, hit }: Piece): Piece {
  return { text: visible(text.replaceAll(/[\n\t]+/g, ' ')), hit };
}
