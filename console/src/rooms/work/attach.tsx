// Files of the workspace that go with a message: found by a few letters of their names, shown as chips, taken away again.
import { useQuery } from '@tanstack/react-query';
import { FileText, X } from 'lucide-react';
import { useDeferredValue, useId, useState, type KeyboardEvent, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Fault } from '../../parts/room.tsx';
import { Path } from '../../parts/text.tsx';
import { visible } from '../../../../src/model/visible.ts';
import css from './composer.module.css';

/** The server takes no more with one message. */
export const MOST_FILES = 20;

export function FileChips({ files, onRemove }: { readonly files: readonly string[]; readonly onRemove: (path: string) => void }): ReactNode {
  if (files.length === 0) return null;
  return (
    <ul className={css['chips']} aria-label="Files that go with it">
      {files.map((path) => (
        <li key={path} className={css['chip']}>
          <FileText size={14} aria-hidden="true" />
          <Path path={path} />
          <button type="button" aria-label={`Leave out ${visible(path)}`} onClick={() => onRemove(path)}><X size={14} aria-hidden="true" /></button>
        </li>
      ))}
    </ul>
  );
}

interface AttachProps {
  readonly workspace: string;
  readonly files: readonly string[];
  readonly onClose: () => void;
  readonly onChoose: (path: string) => void;
}

export function Attach(props: AttachProps): ReactNode {
  return <Dialog open onClose={props.onClose} title="Attach a file of the workspace"><Finder {...props} /></Dialog>;
}

function Finder({ workspace, files, onClose, onChoose }: AttachProps): ReactNode {
  const [words, setWords] = useState('');
  const [at, setAt] = useState(0);
  const wanted = useDeferredValue(words.trim());
  const list = useId();
  const { data, error, isPlaceholderData } = useQuery({
    queryKey: ['files', workspace, wanted],
    queryFn: ({ signal }) => ask<{ readonly files: readonly { readonly path: string }[]; readonly whole: boolean }>('GET', `/api/workspaces/${workspace}/files?limit=50${wanted === '' ? '' : `&q=${encodeURIComponent(wanted)}`}`, undefined, signal),
    placeholderData: (before) => before,
    // The disk tells nobody: looked at anew each time it is opened.
    staleTime: 0,
    gcTime: 0,
  });
  // Enter takes what these letters find, never what stood there for others.
  const isFresh = !isPlaceholderData && wanted === words.trim();
  const found = (data?.files ?? []).filter(({ path }) => !files.includes(path));
  const choose = (path: string | undefined): void => {
    if (path === undefined || files.length >= MOST_FILES) return;
    onChoose(path);
    onClose();
  };
  const press = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0 && found.length > 0) setAt((at + step + found.length) % found.length);
    else if (event.key === 'Enter') choose(isFresh ? found[at]?.path : undefined);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <input className={css['find']} role="combobox" aria-expanded="true" aria-controls={list} aria-activedescendant={found[at] === undefined ? undefined : `${list}-${at}`} aria-label="Letters of its name or folders" placeholder="Letters of its name or folders" autoComplete="off" spellCheck={false} autoFocus value={words} onChange={(event) => { setWords(event.target.value); setAt(0); }} onKeyDown={press} />
      {error === null ? null : <Fault error={error} />}
      <ul id={list} role="listbox" aria-label="Files" className={css['found']}>
        {found.map(({ path }, index) => (
          <li key={path} ref={index === at ? (line) => line?.scrollIntoView({ block: 'nearest' }) : undefined} id={`${list}-${index}`} role="option" aria-selected={index === at} className={css['file']} onMouseDown={(event) => event.preventDefault()} onClick={() => choose(path)}><Path path={path} /></li>
        ))}
        {data !== undefined && found.length === 0 ? <li role="option" aria-selected="false" aria-disabled="true" className={css['file']}>No file by these letters.</li> : null}
      </ul>
      <p className={css['hint']}>{data?.whole === false ? 'There are more; a few more letters find them. ' : ''}What .gitignore names and what usually holds secrets is left out. The model reads the whole file, and it is on record.</p>
    </>
  );
}
