// The frame of a room: a heading, what can be done at the top, and the states that every room has: loading, failed, empty.
import { useEffect, type ReactNode } from 'react';
import { faultOf } from '../api/ask.ts';
import { Button } from './button.tsx';
import css from './room.module.css';

interface RoomProps {
  readonly title: string;
  readonly actions?: ReactNode;
  /** No padding and no scrolling of its own: the room lays itself out. */
  readonly bare?: boolean;
  /** Its heading is for screen readers only: what is in it has headings enough. */
  readonly unheaded?: boolean;
  readonly children: ReactNode;
}

export function Room({ title, actions, bare = false, unheaded = false, children }: RoomProps): ReactNode {
  useTitle(title);
  return (
    <section className={css['room']} aria-labelledby="room-title">
      <header className={unheaded ? 'visually-hidden' : css['head']}>
        <h1 id="room-title" tabIndex={-1}>{title}</h1>
        <div className={css['actions']}>{actions}</div>
      </header>
      <div className={bare ? css['bare'] : css['body']}>{children}</div>
    </section>
  );
}

let title = 'ProWorkBench';
let waiting = 0;

function useTitle(room: string): void {
  useEffect(() => {
    title = `${room} – ProWorkBench`;
    showTitle();
  }, [room]);
}

/** How many wait for the person stands first in the page's title. */
export function setWaiting(count: number): void {
  waiting = count;
  showTitle();
}

function showTitle(): void {
  document.title = waiting === 0 ? title : `(${waiting}) ${title}`;
}

/** What went wrong and the next step; can be tried again where that makes sense. */
export function Fault({ error, again }: { readonly error: unknown; readonly again?: () => void }): ReactNode {
  const { words, hint } = faultOf(error);
  return (
    <div className={css['fault']} role="alert">
      <p>{words}</p>
      <p className={css['quiet']}>Next: {hint}.</p>
      {again === undefined ? null : <Button onClick={again}>Try again</Button>}
    </div>
  );
}

export function Loading({ what = 'Loading' }: { readonly what?: string }): ReactNode {
  return <p className={css['loading']} role="status">{what}…</p>;
}

/** Nothing is here: says what would be, and how it comes. */
export function Empty({ heading, children }: { readonly heading: string; readonly children?: ReactNode }): ReactNode {
  return (
    <div className={css['empty']}>
      <h2>{heading}</h2>
      <div className={css['quiet']}>{children}</div>
    </div>
  );
}
