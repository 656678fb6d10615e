// A conversation's title, changed where it stands: Enter keeps it, Escape leaves it as it was.
import { useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import type { SessionLine } from '../../api/types.ts';
import { useTell } from '../../parts/toast.tsx';
import css from './sessions.module.css';

/** Characters. */
const MOST = 200;

export function TitleEdit({ session, onEnd }: { readonly session: SessionLine; readonly onEnd: () => void }): ReactNode {
  const [title, setTitle] = useState(session.title);
  const client = useQueryClient();
  const tell = useTell();
  const over = useRef(false);
  const end = (keep: boolean): void => {
    if (over.current) return;
    over.current = true;
    onEnd();
    const words = title.trim();
    if (!keep || words === '' || words === session.title) return;
    ask<SessionLine>('POST', `/api/sessions/${session.id}/title`, { title: words }).then(
      () => client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'sessions' || first === 'thread' }),
      (error: unknown) => tell.failed(error),
    );
  };
  return (
    <input
      className={css['rename']}
      aria-label="Title of the conversation"
      autoFocus
      autoComplete="off"
      maxLength={MOST}
      value={title}
      onFocus={(event) => event.target.select()}
      onChange={(event) => setTitle(event.target.value)}
      onBlur={() => end(true)}
      onKeyDown={(event) => {
        if (event.nativeEvent.isComposing) return;
        if (event.key === 'Enter') end(true);
        else if (event.key === 'Escape') end(false);
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    />
  );
}
