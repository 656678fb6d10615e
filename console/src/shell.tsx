// The house around the rooms: the rail, what waits, whether the server answers, and the way to stop everything.
import { Tooltip } from '@base-ui/react/tooltip';
import { Activity, Cpu, Folder, HeartPulse, History, Inbox, Layers, Menu, MessageSquare, Scale, Settings } from 'lucide-react';
import { lazy, Suspense, useEffect, useState, type ComponentType, type LazyExoticComponent, type ReactNode } from 'react';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useInbox } from './api/inbox.ts';
import { isConnected, subscribe } from './api/stream.ts';
import { KeyList } from './key-list.tsx';
import { useNotifications } from './notify.ts';
import { Palette } from './palette.tsx';
import { IconButton } from './parts/button.tsx';
import { Catch } from './parts/fallen.tsx';
import { useKeys } from './parts/keys.ts';
import { Empty, Loading, Room, setWaiting } from './parts/room.tsx';
import { countWords } from './parts/time.tsx';
import { Toasts } from './parts/toast.tsx';
import { StopEverything } from './stop.tsx';
import css from './shell.module.css';

interface Place {
  readonly path: string;
  readonly name: string;
  /** After `g`. */
  readonly key: string;
  readonly icon: ComponentType;
  readonly room: LazyExoticComponent<ComponentType>;
}

export const PLACES: readonly Place[] = [
  { path: '/work', name: 'Work', key: 'w', icon: MessageSquare, room: lazy(() => import('./rooms/work/work.tsx')) },
  { path: '/inbox', name: 'Inbox', key: 'i', icon: Inbox, room: lazy(() => import('./rooms/inbox/inbox.tsx')) },
  { path: '/drafts', name: 'Drafts', key: 'd', icon: Layers, room: lazy(() => import('./rooms/drafts/drafts.tsx')) },
  { path: '/timeline', name: 'Timeline', key: 't', icon: History, room: lazy(() => import('./rooms/timeline/timeline.tsx')) },
  { path: '/models', name: 'Models', key: 'm', icon: Cpu, room: lazy(() => import('./rooms/models/models.tsx')) },
  { path: '/workspaces', name: 'Workspaces', key: 'f', icon: Folder, room: lazy(() => import('./rooms/workspaces/workspaces.tsx')) },
  { path: '/policy', name: 'Policy', key: 'p', icon: Scale, room: lazy(() => import('./rooms/policy/policy.tsx')) },
  { path: '/health', name: 'Health', key: 'h', icon: HeartPulse, room: lazy(() => import('./rooms/health/health.tsx')) },
  { path: '/settings', name: 'Settings', key: 's', icon: Settings, room: lazy(() => import('./rooms/settings/settings.tsx')) },
];
const Start = lazy(() => import('./rooms/start/start.tsx'));
const Home = lazy(() => import('./rooms/start/home.tsx'));

export function Shell(): ReactNode {
  const [path, go] = useLocation();
  const [folded, setFolded] = useState(true);
  const connected = useConnected();
  const { data: inbox } = useInbox();
  const count = inbox?.count ?? 0;
  useEffect(() => setWaiting(count), [count]);
  useNotifications(inbox);
  useEffect(() => setFolded(true), [path]);
  useKeys('Go to', [...PLACES.map(({ key, name, path: to }) => ({ keys: `g ${key}`, words: name, run: () => go(to) })), { keys: 'g a', words: 'First steps', run: () => go('/start') }]);
  return (
    <Tooltip.Provider delay={500}>
      <a className={css['skip']} href="#room">Skip to the room</a>
      <div className={css['shell']}>
        <header className={css['bar']}>
          <IconButton label={folded ? 'Open the menu' : 'Close the menu'} icon={<Menu />} aria-expanded={!folded} aria-controls="rail" onClick={() => setFolded(!folded)} />
          <strong>ProWorkBench</strong>
          {count === 0 ? null : <Link href="/inbox" className={css['waits']}>{count} waiting</Link>}
          <span className={css['bar-stop']}><StopEverything short /></span>
        </header>
        <nav id="rail" className={css['rail']} aria-label="Rooms" data-folded={folded}>
          <p className={css['name']}>ProWorkBench</p>
          <ul>
            {PLACES.map(({ path: to, name, icon: Icon, key }) => (
              <li key={to}>
                <Link href={to} className={css['link']} aria-current={path === to || path.startsWith(`${to}/`) ? 'page' : undefined} title={`${name} (g ${key})`}>
                  <Icon aria-hidden="true" />
                  <span>{name}</span>
                  {to === '/inbox' && count > 0 ? <span className={css['count']} aria-label={`${count} waiting`}>{count}</span> : null}
                </Link>
              </li>
            ))}
          </ul>
          <div className={css['foot']}>
            <Palette />
            <KeyList />
            <p className={css['state']} role="status" data-connected={connected}><Activity aria-hidden="true" />{connected ? 'Connected' : 'No answer. Trying again…'}</p>
            <StopEverything />
          </div>
        </nav>
        <main id="room" className={css['main']} tabIndex={-1}>
          {/* It stands there before it says something: else a screen reader wouldn't hear it. */}
          <div role="status">
            {connected ? null : <p className={css['gone']}>The workbench does not answer. What you see may be old; it goes on by itself when the server is back (<code>pwb start</code>).</p>}
            <p className="visually-hidden">{count === 0 ? '' : `In the inbox: ${countWords(count, 'action')}`}</p>
          </div>
          <div className={css['room']}>
            <Catch place={path}><Suspense fallback={<Loading />}>
              <Switch>
                <Route path="/"><Home /></Route>
                <Route path="/start/*?"><Start /></Route>
                {PLACES.map(({ path: at, room: Here }) => <Route key={at} path={`${at}/*?`}><Here /></Route>)}
                <Route><Room title="Not here"><Empty heading="There is no such room">Choose one at the side.</Empty></Room></Route>
              </Switch>
            </Suspense></Catch>
          </div>
        </main>
      </div>
      <Toasts />
    </Tooltip.Provider>
  );
}

/** False only after a moment without the stream, so that a change of tabs or a reload doesn't flash. */
function useConnected(): boolean {
  const [is, setIs] = useState(true);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const hear = (now: boolean): void => {
      if (now) {
        clearTimeout(timer);
        timer = undefined;
        setIs(true);
      } else {
        // Each further try that fails says so again: the moment counts from the first.
        timer ??= setTimeout(() => setIs(false), 1500);
      }
    };
    hear(isConnected());
    const end = subscribe((news) => news.kind === 'state' && hear(news.connected));
    return () => {
      clearTimeout(timer);
      end();
    };
  }, []);
  return is;
}
