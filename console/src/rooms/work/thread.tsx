// The conversation: messages, actions and ends of turns in the order of the record. It stays at its end while it
// grows, and reads older pages when the person goes up.
import { ArrowDown } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Button } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault } from '../../parts/room.tsx';
import { Said } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import type { SessionLine } from '../../api/types.ts';
import { ActionLine } from './action-line.tsx';
import { Folded } from './folded.tsx';
import { lastSaid, standingOf, type Item, type MessageItem, type Thread } from './items.ts';
import { Message } from './message.tsx';
import { Speaking } from './speaking.tsx';
import { useStick } from './stick.ts';
import { TurnEnd } from './turn-end.tsx';
import css from './thread.module.css';

interface ThreadViewProps {
  readonly thread: Thread;
  readonly loading: boolean;
  readonly failed: unknown;
  readonly onOlder: () => Promise<void>;
  /** Nothing runs and nothing waits: it can be spoken to. */
  readonly free: boolean;
  readonly onSaidAnew: (session: SessionLine) => void;
  readonly onRetry: (message: MessageItem) => void;
  readonly onRetryLast: () => void;
  readonly onGoOn: () => void;
}

export function ThreadView(props: ThreadViewProps): ReactNode {
  const { thread: { session, now, items, more }, loading, failed, onOlder } = props;
  const rows = useMemo(() => rowsOf(items), [items]);
  const first = items[0]?.seq;
  const last = items.at(-1)?.seq ?? 0;
  const { scroller, content, away, toEnd } = useStick(first);
  const top = useRef<HTMLDivElement>(null);
  const older = useRef(onOlder);
  useEffect(() => {
    older.current = onOlder;
  });
  const look = more && !loading && failed === null;
  useEffect(() => {
    const mark = top.current;
    if (mark === null || !look) return;
    const seen = new IntersectionObserver(([entry]) => entry?.isIntersecting === true && void older.current(), { root: scroller.current, rootMargin: '600px 0px 0px' });
    seen.observe(mark);
    return () => seen.disconnect();
    // Looked at anew when a page came: its end may be in view still.
  }, [look, first, scroller]);
  const asked = lastSaid(items);
  const spoken = asked?.seq;
  // Who speaks wants to see the answer.
  useEffect(toEnd, [spoken, toEnd]);
  // What was said when the person had gone up to read.
  const [seenLast, setSeenLast] = useState(last);
  if (!away && seenLast !== last) setSeenLast(last);
  useKeys('Conversation', [
    { keys: 'End', words: 'To the newest', run: toEnd },
    { keys: 'w', words: 'To what waits for you', run: () => toWaiting(scroller.current) },
  ]);
  return (
    <div className={css['frame']}>
      <div ref={scroller} className={css['scroll']} role="region" aria-label="What was said and done" tabIndex={0}>
        <div ref={content} className={css['content']}>
          <div ref={top} className={css['top']}>
            {loading ? <p className={css['quiet']} role="status">Loading what was before…</p> : null}
            {failed === null ? null : <Fault error={failed} again={() => void onOlder()} />}
            {!more && items.length > 0 ? <p className={css['quiet']}>The conversation begins here.</p> : null}
          </div>
          {rows.map((row, index) => 'away' in row
            ? <TakenBack key={`away-${row.away[0]?.seq ?? 0}`} items={row.away} {...props} />
            : <One key={`${row.item}-${row.seq}`} item={row} isLast={row === items.at(-1)} follows={followsOne(rows, index)} {...props} />)}
          <Speaking
            key={session.id}
            session={session.id}
            last={items.findLast(({ item }) => item === 'message')?.seq ?? 0}
            now={now}
            asked={asked === undefined ? 0 : Date.parse(asked.time)}
            working={standingOf(session) === 'running' && !items.some((item) => item.item === 'action' && item.kind !== 'infer' && item.state !== 'ended')}
          />
        </div>
      </div>
      {away ? <Button className={css['below']} onClick={toEnd}><ArrowDown size={14} aria-hidden="true" />{last > seenLast ? 'New below' : 'To the newest'}</Button> : null}
    </div>
  );
}

/** The card's own keys hold while the focus is in it. */
function toWaiting(scroller: HTMLElement | null): void {
  const card = scroller?.querySelector('[data-waiting]');
  card?.scrollIntoView({ block: 'start' });
  card?.querySelector<HTMLElement>('button')?.focus({ preventScroll: true });
}

type Row = Item | { readonly away: readonly Item[] };

/** What was taken back stands folded where it was. */
function rowsOf(items: readonly Item[]): readonly Row[] {
  const rows: Row[] = [];
  let away: Item[] = [];
  for (const [index, item] of items.entries()) {
    const next = items[index + 1];
    // The end of the turn says the same, with the next step.
    if (item.item === 'action' && item.kind === 'infer' && item.state === 'ended' && next?.item === 'end' && next.why !== 'answered') continue;
    // A file that the person attached was read for them: the message below names it.
    if (item.item === 'action' && item.kind === 'read' && item.by === 'person' && item.outcome === 'done' && leadsToFiles(items, index)) continue;
    if (!item.current) {
      away.push(item);
      continue;
    }
    if (away.length > 0) rows.push({ away });
    away = [];
    rows.push(item);
  }
  return away.length === 0 ? rows : [...rows, { away }];
}

function leadsToFiles(items: readonly Item[], index: number): boolean {
  const next = items.slice(index, index + 40).find((item) => item.item !== 'action' || item.kind !== 'read');
  return next?.item === 'message' && next.role === 'user' && next.files.length > 0;
}

/** Did the model say something before in the same turn, in words? */
function followsOne(rows: readonly Row[], index: number): boolean {
  for (let at = index - 1; at >= 0; at--) {
    const row = rows[at];
    if (row === undefined || 'away' in row || row.item === 'end') return false;
    if (row.item === 'message') {
      if (row.role === 'user') return false;
      if (row.text !== '' || (row.reasoning ?? '') !== '') return true;
    }
  }
  return false;
}

function TakenBack({ items, ...props }: ThreadViewProps & { readonly items: readonly Item[] }): ReactNode {
  const said = items.filter(({ item }) => item === 'message').length;
  const done = items.filter((item) => item.item === 'action' && item.outcome === 'done' && (item.changed ?? 0) > 0).length;
  return (
    <Folded className={css['away']} summary={<>Taken back: {countWords(said, 'message')}{done === 0 ? '' : `. ${countWords(done, 'action')} that changed files stayed done`}</>}>
      {() => <div className={css['away-inside']}>{items.map((item, index) => <One key={`${item.item}-${item.seq}`} item={item} isLast={false} follows={followsOne(items, index)} {...props} />)}</div>}
    </Folded>
  );
}

function One({ item, isLast, follows, thread, free, onSaidAnew, onRetry, onRetryLast, onGoOn }: ThreadViewProps & { readonly item: Item; readonly isLast: boolean; readonly follows: boolean }): ReactNode {
  switch (item.item) {
    case 'message':
      return <Message message={item} session={thread.session.id} follows={follows} free={free} onSaidAnew={onSaidAnew} onRetry={onRetry} />;
    case 'action':
      return <ActionLine action={item} />;
    case 'end':
      return <TurnEnd end={item} onRetry={isLast && free ? onRetryLast : undefined} onGoOn={isLast && free ? onGoOn : undefined} />;
    case 'notice':
      return <p className={css['notice']}><Said text={item.words} /></p>;
  }
}
