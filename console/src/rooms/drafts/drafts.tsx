// Drafts: what was accepted and tried, and the workspace does not have yet. The list, or one of them to be reviewed.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { ask } from '../../api/ask.ts';
import { Empty, Fault, Loading, Room } from '../../parts/room.tsx';
import { Path, Said } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import { Review } from './review.tsx';
import css from './drafts.module.css';

interface DraftLine {
  readonly session: string;
  readonly root: string;
  readonly title: string;
  readonly actions: readonly string[];
}

export default function Drafts(): ReactNode {
  const [path] = useLocation();
  const session = /^\/drafts\/([0-9a-z]{10})$/.exec(path)?.[1];
  return session === undefined ? <List /> : <Review key={session} session={session} />;
}

function List(): ReactNode {
  const { data, error, refetch } = useQuery({ queryKey: ['drafts'], queryFn: ({ signal }) => ask<{ readonly drafts: readonly DraftLine[] }>('GET', '/api/drafts', undefined, signal) });
  return (
    <Room title="Drafts">
      {data === undefined ? (error === null ? <Loading /> : <Fault error={error} again={() => void refetch()} />) : data.drafts.length === 0 ? (
        <Empty heading="No draft holds anything">In the profile <em>draft</em>, what actions do piles up here, tried but not landed, until you commit it. A conversation’s profile is chosen in <Link href="/work">Work</Link>, the one for all under <Link href="/policy">Policy</Link>.</Empty>
      ) : (
        <ul className={css['list']}>
          {data.drafts.map(({ session, root, title, actions }) => (
            <li key={session}>
              <Link href={`/drafts/${session}`}>
                <span>{title === '' ? 'Commands of yours' : <Said text={title.slice(0, 160)} />}</span>
                <span className={css['facts']}><Path path={root} /> <span>{countWords(actions.length, 'action')}</span></span>
              </Link>
            </li>
          ))}
        </ul>
      )}
    </Room>
  );
}
