// Work: conversations at the left, one of them in the middle with what it does in place. Narrow: one at a time.
import type { ReactNode } from 'react';
import { useRoute } from 'wouter';
import { Room } from '../../parts/room.tsx';
import { Conversation } from './conversation.tsx';
import { NewSession } from './new-session.tsx';
import { Sessions } from './sessions.tsx';
import css from './work.module.css';

export default function Work(): ReactNode {
  const [, params] = useRoute('/work/:session');
  const at = params?.session;
  const session = at === 'new' ? undefined : at;
  return (
    <Room title="Work" bare unheaded>
      <div className={css['work']} data-open={at !== undefined}>
        <Sessions current={session} />
        <div className={css['pane']}>
          {session === undefined ? <NewSession focus={at === 'new'} /> : <Conversation key={session} id={session} />}
        </div>
      </div>
    </Room>
  );
}
