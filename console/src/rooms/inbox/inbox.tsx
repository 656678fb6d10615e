// What waits for your word, from every door: a list, and the card that is looked at. The place in the list is in the URL.
import { ArrowLeft } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { useInbox, type InboxAnswer } from '../../api/inbox.ts';
import { CardById, useCardAhead } from '../../card/index.ts';
import { Button } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Empty, Fault, Loading, Room } from '../../parts/room.tsx';
import { Drawn, Path } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import { NARROW, useMedia } from '../../parts/media.ts';
import { Batch } from './batch.tsx';
import { groupsOf, inOrder } from './groups.ts';
import { InboxList, short } from './list.tsx';
import css from './inbox.module.css';

export default function Inbox(): ReactNode {
  const { data, error, refetch } = useInbox();
  return (
    <Room title="Inbox" bare actions={data === undefined || data.count === 0 ? null : <span>{countWords(data.count, 'action waits', 'actions wait')} for your word</span>}>
      {data !== undefined ? <Reading inbox={data} /> : error !== null ? <Fault error={error} again={() => void refetch()} /> : <Loading />}
    </Room>
  );
}

function Reading({ inbox }: { readonly inbox: InboxAnswer }): ReactNode {
  const [path, go] = useLocation();
  const narrow = useMedia(NARROW);
  const named = /^\/inbox\/([0-9a-z]{10})$/.exec(path)?.[1] ?? null;
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set());
  const [review, setReview] = useState<readonly string[] | null>(null);
  const reader = useRef<HTMLDivElement>(null);
  const groups = useMemo(() => groupsOf(inbox), [inbox]);
  const all = useMemo(() => inOrder(groups, inbox), [groups, inbox]);
  // Of what comes while one is looked at, nothing takes its place.
  const [stays, setStays] = useState<string | null>(null);
  const first = all.some(({ id }) => id === stays) ? stays : (all[0]?.id ?? null);
  if (first !== stays) setStays(first);
  const at = named ?? (narrow ? null : first);
  const index = all.findIndex(({ id }) => id === at);
  const open = (id: string | null): void => {
    setReview(null);
    go(id === null ? '/inbox' : `/inbox/${id}`, { replace: !narrow });
  };
  const step = (by: number): void => {
    const next = all[Math.min(Math.max(index + by, 0), all.length - 1)];
    if (next !== undefined) open(next.id);
  };
  const pick = (ids: readonly string[], on: boolean): void => setPicked((before) => {
    const next = new Set(before);
    for (const id of ids) if (on) next.add(id); else next.delete(id);
    return next;
  });
  const waiting = new Map(all.map((one) => [one.id, one]));
  const chosen = all.filter(({ id }) => picked.has(id)).map(({ id }) => id);
  // One that was answered leaves the review; what stays is in the order of the list.
  const reviewed = review?.filter((id) => waiting.has(id)) ?? null;
  useEffect(() => {
    reader.current?.scrollTo({ top: 0 });
  }, [at, review]);
  // What had the focus went with the card that was answered: what is read next has it (the heading, where nothing is left), once its dialog has let go of it.
  const [handed, setHanded] = useState(0);
  useEffect(() => {
    if (handed === 0) return undefined;
    const timer = setTimeout(() => document.activeElement === document.body && (reader.current ?? document.getElementById('room-title'))?.focus({ preventScroll: true }), 100);
    return () => clearTimeout(timer);
  }, [handed]);
  const closeReview = (): void => {
    setReview(null);
    setPicked(new Set());
  };
  useCardAhead(all[index + 1]?.id ?? null);
  // The next one in the list takes the place of what was answered here.
  const answered = (): void => {
    const next = all[index + 1] ?? all[index - 1];
    open(next === undefined || narrow ? null : next.id);
    setHanded((count) => count + 1);
  };
  useKeys('Inbox', [
    { keys: 'j', words: 'Next', run: () => step(1) },
    { keys: 'k', words: 'Before', run: () => step(-1) },
    { keys: 'x', words: 'Select', run: () => at !== null && pick([at], !picked.has(at)) },
    ...(chosen.length > 1 ? [{ keys: 'r', words: 'Review what is selected as one', run: () => setReview(chosen) }] : []),
    ...(review !== null || narrow ? [{ keys: 'Escape', words: 'Back', run: () => (review !== null ? setReview(null) : open(null)) }] : []),
  ]);
  const nothing = all.length + inbox.unreadable.length + inbox.unknown.length === 0;
  if (nothing && named === null) return <Empty heading="Nothing waits for your word">Actions that need your yes come here: from conversations, commands and drafts, whichever door they came through. Ask for something in <Link href="/work">Work</Link>.</Empty>;
  const current = at === null ? undefined : waiting.get(at);
  const stranded = inbox.stranded.some(({ id }) => id === at);
  return (
    <div className={css['inbox']} data-open={at !== null || reviewed !== null}>
      <InboxList inbox={inbox} groups={groups} at={reviewed === null ? at : null} picked={picked} onOpen={open} onPick={pick} onReview={setReview} />
      <div ref={reader} className={css['reader']} role="region" aria-label="Card" tabIndex={0}>
        {narrow ? <div className={css['back']}><Button tone="bare" onClick={() => open(null)}><ArrowLeft aria-hidden="true" size={16} />All that waits</Button></div> : null}
        {chosen.length < 2 || reviewed !== null ? null : <div className={css['back']}><Button keys="r" onClick={() => setReview(chosen)}>Review {chosen.length} selected as one</Button> <Button tone="bare" onClick={() => setPicked(new Set())}>Select none</Button></div>}
        {reviewed !== null ? (
          reviewed.length === 0 ? <Empty heading="All of them are answered"><Button onClick={() => setReview(null)}>Back to the inbox</Button></Empty> : <Batch key={review?.join(' ')} ids={reviewed} onClose={closeReview} onDone={() => { closeReview(); open(null); }} />
        ) : at !== null ? (
          <>
            {current === undefined ? null : <p className={css['where']}><Link href={`/work/${current.session}`}>{current.title === '' ? 'its conversation' : <Drawn text={short(current.title)} />}</Link><span>in <Path path={current.root} /></span></p>}
            <CardById key={at} id={at} stranded={stranded} {...(current === undefined ? {} : { onAnswered: answered })} />
          </>
        ) : <Empty heading="Choose one at the side" />}
      </div>
    </div>
  );
}
