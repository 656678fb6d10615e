// Step three: the practice task. A file is mended for real: it waits for the person's Invoke, and can be undone after.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { ask } from '../../api/ask.ts';
import { useInbox } from '../../api/inbox.ts';
import { CardById } from '../../card/index.ts';
import { Button } from '../../parts/button.tsx';
import { Fault } from '../../parts/room.tsx';
import { Block, Drawn } from '../../parts/text.tsx';
import type { FirstRun } from './first-run.ts';
import { WayBack } from './way-back.tsx';
import css from './start.module.css';

interface Item {
  readonly item: 'message' | 'action' | 'end' | 'notice';
  readonly seq: number;
  readonly id?: string;
  readonly role?: 'user' | 'assistant';
  readonly text?: string | null;
  readonly heading?: string;
  readonly kind?: string;
  readonly words?: string | null;
  readonly outcome?: string | null;
  readonly into?: string | null;
  readonly why?: string;
}

interface Thread {
  readonly session: { readonly held: boolean; readonly state: 'idle' | 'open'; readonly waiting: readonly string[] };
  readonly items: readonly Item[];
}

export function PracticeStep({ practice, model }: { readonly practice: FirstRun['practice']; readonly model: string | null }): ReactNode {
  const client = useQueryClient();
  const begin = useMutation({
    mutationFn: () => ask<{ readonly session: string }>('POST', '/api/first-run/practice', model === null ? {} : { model }),
    onSuccess: () => void client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'first-run' || first === 'sessions' || first === 'thread' }),
  });
  const session = begin.data?.session ?? practice.session;
  return (
    <>
      <p>A small folder with a misspelled note is laid out. The model mends it; what it would change is tried in a copy first and shown to you, and nothing lands before you say so.</p>
      <p><Button busy={begin.isPending} disabled={model === null} onClick={() => begin.mutate()}>{session === null ? 'Begin the practice task' : 'Begin anew'}</Button></p>
      {begin.error === null ? null : <Fault error={begin.error} />}
      {session === null ? null : <Task key={session} session={session} isFresh={begin.isSuccess} />}
    </>
  );
}

function Task({ session, isFresh }: { readonly session: string; readonly isFresh: boolean }): ReactNode {
  const now = useRef<HTMLParagraphElement>(null);
  const { data, error, refetch } = useQuery({ queryKey: ['thread', session, 'start'], queryFn: ({ signal }) => ask<Thread>('GET', `/api/sessions/${session}/thread?limit=100`, undefined, signal) });
  const { data: inbox } = useInbox();
  const waits = (data?.session.waiting.length ?? 0) > 0;
  // What the person came for is brought before their eyes.
  useEffect(() => {
    if (isFresh && waits) now.current?.scrollIntoView({ block: 'start', behavior: 'smooth' });
  }, [isFresh, waits]);
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  if (data === undefined) return <p className={css['quiet']} role="status">Getting the task…</p>;
  const { session: { held, state, waiting }, items } = data;
  const asked = items.find(({ role }) => role === 'user');
  const acted = items.filter(({ item, kind }) => item === 'action' && kind !== 'infer' && kind !== 'read');
  const failed = items.filter(({ item, kind, outcome }) => item === 'action' && kind === 'infer' && (outcome === 'failed' || outcome === 'refused')).at(-1);
  const landed = acted.filter(({ outcome, into }) => outcome === 'done' && into === 'workspace');
  const next = waiting[0] ?? inbox?.waiting.find((one) => one.session === session)?.id ?? null;
  const end = items.filter(({ item }) => item === 'end').at(-1);
  return (
    <div className={css['task']}>
      {typeof asked?.text === 'string' ? <Block text={asked.text} label="What was asked" /> : null}
      <ol className={css['acts']} aria-label="What it did so far">
        {items.filter(({ item, kind }) => item === 'action' && kind !== 'infer').filter(({ id }) => id !== next).map(({ seq, heading, outcome }) => <li key={seq}><Drawn text={heading ?? ''} />{outcome === null || outcome === undefined ? '' : ` · ${outcome}`}</li>)}
      </ol>
      <p ref={now} className={css['now']} role="status" data-waits={next !== null}>
        {next !== null ? 'This waits for your word. Look at what it does; then invoke it.' : held ? 'The model is at work…' : state === 'open' ? 'Resting.' : landed.length > 0 ? 'Done. What you invoked is in the folder now, and on record.' : 'The task has ended.'}
      </p>
      {failed === undefined || next !== null || held ? null : <p className={css['quiet']}>The model did not answer: {typeof failed.words === 'string' ? <Drawn text={failed.words} /> : 'see Work'}. The practice model always does.</p>}
      {end === undefined || held || next !== null || typeof end.words !== 'string' ? null : <p className={css['quiet']}><Drawn text={end.words} /></p>}
      {next === null ? null : <CardById key={next} id={next} compact />}
      {landed.length === 0 ? null : <WayBack actions={landed.flatMap(({ id, heading }) => (id === undefined ? [] : [{ id, heading: heading ?? '' }]))} />}
      <p><Link href={`/work/${session}`}>The whole conversation</Link> · <Link href={`/timeline?session=${session}`}>All of it on record</Link></p>
    </div>
  );
}
