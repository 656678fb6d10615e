// The conversations at the left: found by words, told apart by how it stands with them, renamed where they stand.
import { Pencil, Plus } from 'lucide-react';
import { useDeferredValue, useRef, useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { Badge } from '../../parts/badge.tsx';
import { Button, IconButton } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault, Loading } from '../../parts/room.tsx';
import { Said } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { visible } from '../../../../src/model/visible.ts';
import { useSessions, type FoundSession } from './data.ts';
import { standingOf, type Standing } from './items.ts';
import { TitleEdit } from './title-edit.tsx';
import css from './sessions.module.css';

const PAGE = 60;

export function Sessions({ current }: { readonly current: string | undefined }): ReactNode {
  const [words, setWords] = useState('');
  const [limit, setLimit] = useState(PAGE);
  const field = useRef<HTMLInputElement>(null);
  const [, go] = useLocation();
  const { data, error, refetch } = useSessions(useDeferredValue(words.trim()), limit);
  const list = data?.sessions ?? [];
  const step = (by: 1 | -1): void => {
    const at = list.findIndex(({ id }) => id === current);
    const next = list[at === -1 ? 0 : at + by];
    if (next !== undefined) go(`/work/${next.id}`);
  };
  useKeys('Conversations', [
    { keys: 'n', words: 'New conversation', run: () => go('/work/new') },
    { keys: '/', words: 'Search conversations', run: () => field.current?.focus() },
    { keys: ']', words: 'Next conversation', run: () => step(1) },
    { keys: '[', words: 'Conversation before', run: () => step(-1) },
  ]);
  return (
    <nav className={css['side']} aria-label="Conversations">
      <div className={css['top']}>
        <input ref={field} className={css['search']} type="search" placeholder="Search" aria-label="Search titles and what was said" autoComplete="off" value={words} onChange={(event) => { setWords(event.target.value); setLimit(PAGE); }} />
        <IconButton label="New conversation (n)" icon={<Plus />} onClick={() => go('/work/new')} />
      </div>
      <div className={css['scroll']}>
        {data === undefined && error !== null ? <Fault error={error} again={() => void refetch()} /> : null}
        {data === undefined && error === null ? <Loading /> : null}
        <ul className={css['list']}>
          {list.map((session) => <SessionItem key={session.id} session={session} current={session.id === current} />)}
        </ul>
        {data !== undefined && list.length === 0 ? <p className={css['none']}>{words === '' ? 'No conversations yet. The first begins with what you say.' : 'None has these words in its title or in what was said.'}</p> : null}
        {list.length >= limit && limit < 500 ? <Button tone="bare" onClick={() => setLimit(Math.min(500, limit * 3))}>Show more</Button> : null}
        {data?.whole === false && words !== '' ? <p className={css['none']}>Older conversations were not looked through. Another word may find it.</p> : null}
      </div>
      <p className="visually-hidden" role="status">{words === '' || data === undefined ? '' : `${list.length} found`}</p>
    </nav>
  );
}

function SessionItem({ session, current }: { readonly session: FoundSession; readonly current: boolean }): ReactNode {
  const [renaming, setRenaming] = useState(false);
  const { id, title, root, used, found } = session;
  if (renaming) return <li className={css['item']}><TitleEdit session={session} onEnd={() => setRenaming(false)} /></li>;
  return (
    <li className={css['item']} data-current={current}>
      <Link href={`/work/${id}`} className={css['link']} aria-current={current ? 'page' : undefined} onDoubleClick={() => setRenaming(true)}>
        <span className={css['title']}>{title === '' ? 'Without a title' : <Said text={title} />}</span>
        <span className={css['under']}>
          <StandingBadge standing={standingOf(session)} />
          <span className={css['root']}>{visible(root.split('/').at(-1) ?? root)}</span>
          <Time time={used} />
        </span>
        {typeof found === 'string' ? <span className={css['found']}><Said text={found} /></span> : null}
      </Link>
      <IconButton label={`Rename ${visible(title).slice(0, 60)}`} icon={<Pencil />} className={css['pencil']} onClick={() => setRenaming(true)} />
    </li>
  );
}

export function StandingBadge({ standing }: { readonly standing: Standing }): ReactNode {
  switch (standing) {
    case 'waiting':
      return <Badge tone="accent">waits for you</Badge>;
    case 'running':
      return <span className={css['running']}><span className={css['dot']} aria-hidden="true" />working</span>;
    case 'cut':
      return <Badge tone="warning">cut off</Badge>;
    case 'idle':
      return null;
  }
}
