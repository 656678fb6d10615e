// The list of the inbox: what waits by conversation and answer, what was cut off, what can't be shown, what isn't known.
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import type { InboxAnswer, Waiting } from '../../api/inbox.ts';
import { Button } from '../../parts/button.tsx';
import { Drawn, Path, Said } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import type { Group } from './groups.ts';
import css from './inbox.module.css';

interface ListProps {
  readonly inbox: InboxAnswer;
  readonly groups: readonly Group[];
  readonly at: string | null;
  readonly picked: ReadonlySet<string>;
  readonly onOpen: (id: string) => void;
  readonly onPick: (ids: readonly string[], pick: boolean) => void;
  readonly onReview: (ids: readonly string[]) => void;
}

export function InboxList({ inbox, groups, at, picked, onOpen, onPick, onReview }: ListProps): ReactNode {
  const shown = inbox.waiting.length + inbox.unreadable.length;
  return (
    <nav className={css['list']} aria-label="What waits">
      {groups.map((group) => (
        <section key={group.key} aria-label={group.title === '' ? visible(short(group.root)) : short(group.title)}>
          <div className={css['group']}>
            {group.title === '' ? <Path path={group.root} /> : <Drawn text={short(group.title)} />}
            {group.waiting.length < 2 ? null : <Button tone="bare" onClick={() => onReview(group.waiting.map(({ id }) => id))}>Review {group.waiting.length} as one</Button>}
          </div>
          <ul>{group.waiting.map((one) => <Item key={one.id} one={one} at={at === one.id} picked={picked.has(one.id)} onOpen={onOpen} onPick={(pick) => onPick([one.id], pick)} />)}</ul>
        </section>
      ))}
      {inbox.count > shown ? <p className={css['odd']}>{inbox.count - shown} more wait; they come as these are answered.</p> : null}
      {inbox.stranded.length === 0 ? null : (
        <section aria-label="Cut off after your yes">
          <div className={css['group']}>Cut off after your yes</div>
          <ul>{inbox.stranded.map((one) => <Item key={one.id} one={one} at={at === one.id} onOpen={onOpen} />)}</ul>
        </section>
      )}
      {inbox.unreadable.length === 0 ? null : (
        <section aria-label="Can’t be shown">
          <div className={css['group']}>Can’t be shown, only denied</div>
          {inbox.unreadable.map(({ id, words }) => <Unreadable key={id} id={id} words={words} />)}
        </section>
      )}
      {inbox.unknown.length === 0 ? null : (
        <section aria-label="Not known after a crash">
          <div className={css['group']}>Not known after a crash</div>
          {inbox.unknown.map(({ id, session, words }) => (
            <div key={id} className={css['odd']}>
              <Said text={words} />
              <p className={css['facts']}><Button onClick={() => onOpen(id)}>Look at its card</Button> <Link href={`/work/${session}`}>Go to its conversation</Link></p>
            </div>
          ))}
        </section>
      )}
    </nav>
  );
}

interface ItemProps {
  readonly one: Waiting;
  readonly at: boolean;
  readonly picked?: boolean;
  readonly onOpen: (id: string) => void;
  readonly onPick?: (pick: boolean) => void;
}

function Item({ one: { id, heading, does, limits, conflicts, outside, proposed }, at, picked, onOpen, onPick }: ItemProps): ReactNode {
  const item = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (at) item.current?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const title = short(heading);
  return (
    <li ref={item} className={css['item']} data-at={at}>
      {onPick === undefined ? <span /> : <input type="checkbox" aria-label={`Select: ${title}`} checked={picked === true} onChange={({ target }) => onPick(target.checked)} />}
      <button type="button" aria-current={at} onClick={() => onOpen(id)}>
        <span className={css['name']}><Drawn text={title} /></span>
        <span className={css['facts']}><span>{does}</span>{conflicts === 0 ? null : <strong>{conflicts} {conflicts === 1 ? 'clash' : 'clashes'}</strong>}{limits.length === 0 ? null : <strong>met a limit</strong>}{outside ? <strong>words from outside</strong> : null}<Time time={proposed} /></span>
      </button>
    </li>
  );
}

function Unreadable({ id, words }: { readonly id: string; readonly words: string }): ReactNode {
  const tell = useTell();
  const deny = useMutation({ mutationFn: () => ask('POST', `/api/actions/${id}/deny`, { why: '' }), onError: tell.failed });
  return (
    <div className={css['odd']}>
      <Drawn text={words} />
      <Button tone="danger" busy={deny.isPending} onClick={() => deny.mutate()}>Deny</Button>
    </div>
  );
}

export function short(text: string): string {
  return text.length <= 160 ? text : `${text.slice(0, 160).toWellFormed()}…`;
}
