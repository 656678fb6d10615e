// A session as a person reads it, a page at a time from its end: the events of the session that say something, walked
// along their index. Nothing is kept in memory, and a page costs the same however long the session is.
import type { Log } from '../audit/log.ts';
import type { EventType, LogEvent } from '../model/event.ts';
import { labelOf, saidFirst } from '../audit/context.ts';
import { actionItem, endItem, messageItem, noticeItem, type MessageItem, type ThreadItem } from './thread-item.ts';
import type { SessionRow } from './session.ts';

export interface ThreadPage {
  /** Oldest first. */
  readonly items: readonly ThreadItem[];
  /** There are older ones. */
  readonly more: boolean;
}

const TOLD: readonly EventType[] = ['message.added', 'action.proposed', 'turn.ended', 'context.compacted', 'session.rewound', 'session.changed'];
/** Events read at once. */
const PAGE = 200;

/** The last `limit` items before seq `before`. */
export function threadPage(log: Log, session: SessionRow, before: number, limit: number): ThreadPage {
  const gone = rewoundIn(log, session);
  const items: ThreadItem[] = [];
  for (let at = before; items.length <= limit; ) {
    const events = log.events({ session: session.id, types: TOLD, before: at, limit: PAGE, newestFirst: true });
    for (const event of events) {
      if (items.length > limit) break;
      const item = itemOf(log, session, event, !gone.some(({ from, to }) => event.seq >= from && event.seq < to));
      if (item !== null) items.push(item);
    }
    const last = events.at(-1);
    if (last === undefined || events.length < PAGE) break;
    at = last.seq;
  }
  return { items: items.slice(0, limit).toReversed(), more: items.length > limit };
}

/** What of the record isn't of the conversation any more: from the message that was taken back, up to the taking back. */
function rewoundIn(log: Log, { id, epoch }: SessionRow): readonly { readonly from: number; readonly to: number }[] {
  // Every one made a new epoch.
  if (epoch === 0) return [];
  return log.events({ session: id, types: ['session.rewound'], limit: epoch }).flatMap(({ seq, body }) => (body.type === 'session.rewound' ? [{ from: body.from, to: seq }] : []));
}

function itemOf(log: Log, session: SessionRow, event: LogEvent, current: boolean): ThreadItem | null {
  const { seq, time, body } = event;
  const placed = { seq, time, current };
  switch (body.type) {
    case 'message.added':
      return body.role === 'user' || body.role === 'assistant' ? saidItem(log, session, event, placed, body) : null;
    case 'action.proposed':
      return actionItem(log, placed, body);
    case 'turn.ended':
      return endItem(log, event, placed, body, endBefore(log, session, seq));
    case 'context.compacted':
    case 'session.rewound':
    case 'session.changed':
      return noticeItem(log, event, placed);
    default:
      return null;
  }
}

function saidItem(log: Log, session: SessionRow, event: LogEvent, placed: Parameters<typeof messageItem>[2], body: Parameters<typeof messageItem>[3]): MessageItem | null {
  const { db } = log.store;
  const digest = event.payloads['message']?.digest ?? '';
  // Carried over into a new epoch: it was said before.
  if (body.epoch > 0 && saidFirst(db, digest) !== event.seq) return null;
  return messageItem(log, event, placed, body, labelOf(db, session.id, body.epoch, body.index), placeOf(log, session, digest, body));
}

/** What was carried over stands where it stood or further up front. */
function placeOf(log: Log, { id, epoch }: SessionRow, digest: string, { epoch: said, index }: Parameters<typeof messageItem>[3]): number | null {
  if (said === epoch) return index;
  const row = log.store.db.prepare('SELECT idx FROM messages WHERE session = ? AND epoch = ? AND idx <= ? AND digest = ? LIMIT 1').get(id, epoch, index, digest);
  return row === undefined ? null : Number(row['idx']);
}

/** The end of the turn before, without a walk over what lies between. */
function endBefore(log: Log, { id }: SessionRow, seq: number): number {
  const row = log.store.db.prepare(`SELECT seq FROM events INDEXED BY events_session WHERE session = ? AND seq < ? AND type = 'turn.ended' ORDER BY seq DESC LIMIT 1`).get(id, seq);
  return row === undefined ? -1 : Number(row['seq']);
}
