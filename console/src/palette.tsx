// The palette: a few letters to any room or conversation.
import { useQuery } from '@tanstack/react-query';
import { Search } from 'lucide-react';
import { useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { ask } from './api/ask.ts';
import type { SessionLine } from './api/types.ts';
import { Button } from './parts/button.tsx';
import { Dialog } from './parts/dialog.tsx';
import { useKeys } from './parts/keys.ts';
import { Said } from './parts/text.tsx';
import { PLACES } from './shell.tsx';
import css from './palette.module.css';

interface Target {
  readonly to: string;
  readonly kind: string;
  readonly name: string;
}

export function Palette(): ReactNode {
  const [open, setOpen] = useState(false);
  useKeys('Everywhere', [{ keys: 'Mod+k', words: 'Go to a room or a conversation', always: true, run: () => setOpen(true) }]);
  return (
    <>
      <Button tone="bare" keys="Ctrl K" className={css['opener']} onClick={() => setOpen(true)}><Search aria-hidden="true" size={16} />Go to…</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Go to">{open ? <Finder close={() => setOpen(false)} /> : null}</Dialog>
    </>
  );
}

function Finder({ close }: { readonly close: () => void }): ReactNode {
  const [, go] = useLocation();
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const { data } = useQuery({ queryKey: ['sessions', words], queryFn: ({ signal }) => ask<{ readonly sessions: readonly SessionLine[] }>('GET', `/api/sessions?limit=20${words === '' ? '' : `&q=${encodeURIComponent(words)}`}`, undefined, signal) });
  const wanted = words.toLowerCase();
  const targets: readonly Target[] = [
    ...PLACES.filter(({ name }) => name.toLowerCase().includes(wanted)).map(({ path, name }) => ({ to: path, kind: 'Room', name })),
    ...(data?.sessions ?? []).map(({ id, title, root }) => ({ to: `/work/${id}`, kind: 'Conversation', name: title === '' ? root : title })),
  ];
  const choose = (target: Target | undefined): void => {
    if (target === undefined) return;
    close();
    go(target.to);
  };
  const press = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && targets.length > 0) {
      event.preventDefault();
      setAt((at + step + targets.length) % targets.length);
    } else if (event.key === 'Enter') {
      event.preventDefault();
      choose(targets[at]);
    }
  };
  return (
    <div className={css['finder']}>
      <input className={css['input']} role="combobox" aria-expanded="true" aria-controls={list} aria-activedescendant={targets[at] === undefined ? undefined : `${list}-${at}`} aria-label="Room or conversation" autoComplete="off" autoFocus value={words} onChange={(event) => { setWords(event.target.value); setAt(0); }} onKeyDown={press} />
      <ul id={list} role="listbox" aria-label="Results" className={css['list']}>
        {targets.map((target, index) => (
          <li key={target.to} id={`${list}-${index}`} role="option" aria-selected={index === at} className={css['target']} onMouseMove={() => setAt(index)} onClick={() => choose(target)}>
            <Said text={target.name} />
            <span>{target.kind}</span>
          </li>
        ))}
        {targets.length === 0 ? <li role="option" aria-selected="false" aria-disabled="true" className={css['target']}>Nothing by these words.</li> : null}
      </ul>
    </div>
  );
}
