// The actions that a draft is made of, oldest first; each leads to its card, and can be taken out with all that rests on it.
import { Trash2 } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { CardById } from '../../card/index.ts';
import { IconButton } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Drawn } from '../../parts/text.tsx';
import type { Draft } from './draft.ts';
import css from './drafts.module.css';

interface MakersProps {
  readonly actions: Draft['actions'];
  readonly onOpen: (id: string) => void;
  readonly onDrop: (id: string) => void;
}

export function Makers({ actions, onOpen, onDrop }: MakersProps): ReactNode {
  const [all, setAll] = useState(false);
  const some = all ? actions : actions.slice(-8);
  return (
    <section className={css['makers']} aria-label="Actions in this draft">
      <h2>Made by {actions.length === 1 ? 'one action' : `${actions.length} actions`}</h2>
      {some.length === actions.length ? null : <button type="button" className={css['link']} onClick={() => setAll(true)}>Show the {actions.length - some.length} before these</button>}
      <ol>
        {some.map(({ id, text }) => (
          <li key={id}>
            <button type="button" className={css['maker']} onClick={() => onOpen(id)}>{text === null ? '(erased)' : <Drawn text={firstLine(text)} />}</button>
            <IconButton label="Drop this action and what rests on it" icon={<Trash2 />} onClick={() => onDrop(id)} />
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Of one path. */
export function MakersOf({ ids, actions, onOpen }: { readonly ids: readonly string[]; readonly actions: Draft['actions']; readonly onOpen: (id: string) => void }): ReactNode {
  if (ids.length === 0) return null;
  return (
    <span className={css['by']}>
      by {ids.slice(-3).map((id) => <button key={id} type="button" className={css['link']} onClick={() => onOpen(id)}><Drawn text={nameOf(actions, id)} /></button>)}
      {ids.length > 3 ? ` and ${ids.length - 3} before` : ''}
    </span>
  );
}

export function CardDialog({ id, onClose }: { readonly id: string | null; readonly onClose: () => void }): ReactNode {
  return <Dialog open={id !== null} onClose={onClose} title="The action" wide>{id === null ? null : <CardById id={id} />}</Dialog>;
}

function nameOf(actions: Draft['actions'], id: string): string {
  const text = actions.find((one) => one.id === id)?.text;
  const line = text === null || text === undefined ? id : firstLine(text);
  return line.length > 32 ? `${line.slice(0, 32)}…` : line;
}

/** Its kind, and what it is about: of the server's lines, that hold all of it. */
function firstLine(text: string): string {
  const lines = text.split('\n').map((one) => one.trim());
  const kind = /\((\w+)\)$/.exec(lines[0] ?? '')?.[1] ?? lines[0] ?? '';
  const words = lines.flatMap((one) => /^\[\d+\] (.*)/.exec(one)?.[1] ?? []);
  const about = lines.find((one) => one.startsWith('path: '))?.slice(6) ?? (words[1] === '-c' ? words.slice(2) : words).join(' ');
  const line = `${kind} ${about}`;
  return line.length > 160 ? `${line.slice(0, 160)}…` : line;
}
