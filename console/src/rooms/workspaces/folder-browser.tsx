// Chooses a folder of this machine: by going through folders, or by writing its path. The server lists folders only,
// follows no link, and says which can't be a workspace and why.
import { useQuery } from '@tanstack/react-query';
import { CornerLeftUp, Folder } from 'lucide-react';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button, IconButton } from '../../parts/button.tsx';
import { CheckField, TextField } from '../../parts/field.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { Drawn, Path } from '../../parts/text.tsx';
import css from './folder-browser.module.css';

interface FoldersAnswer {
  readonly path: string;
  readonly parent: string | null;
  readonly workspace: string | null;
  /** Why this folder can't be a workspace. */
  readonly refused: string | null;
  readonly folders: readonly { readonly name: string; readonly path: string; readonly workspace: string | null }[];
  readonly words: string | null;
}

interface BrowserProps {
  /** What choosing does, in a word or two. */
  readonly yes: string;
  readonly busy: boolean;
  readonly onChoose: (path: string, workspace: string | null) => void;
}

export function FolderBrowser({ yes, busy, onChoose }: BrowserProps): ReactNode {
  const [path, setPath] = useState<string | null>(null);
  const [typed, setTyped] = useState('');
  const [hidden, setHidden] = useState(false);
  const list = useRef<HTMLUListElement>(null);
  const wasGone = useRef(true);
  const typing = useRef(false);
  const { data, error, isPlaceholderData, refetch } = useQuery({
    queryKey: ['folders', path, hidden],
    queryFn: ({ signal }) => ask<FoldersAnswer>('GET', `/api/folders?${new URLSearchParams({ ...(path === null ? {} : { path }), hidden: String(hidden) })}`, undefined, signal),
    placeholderData: (before) => before,
    staleTime: 2000,
  });
  const here = data?.path;
  useEffect(() => {
    if (here === undefined) return;
    // Who wrote a path before the first list came goes on writing it.
    if (path === null && typing.current) return;
    setTyped(here);
    // What was pressed to come here is gone: the keyboard goes on at the first folder.
    if (wasGone.current) list.current?.querySelector('button')?.focus();
    wasGone.current = false;
  }, [here, path]);
  const go = (to: string): void => {
    wasGone.current = true;
    setPath(to);
  };
  return (
    <div className={css['browser']}>
      <form className={css['path']} onSubmit={(event) => { event.preventDefault(); setPath(typed.trim()); }}>
        <IconButton label="The folder above" icon={<CornerLeftUp />} disabled={data?.parent === null || data === undefined} onClick={() => data?.parent === null || data === undefined || go(data.parent)} />
        <div className={css['typed']}><TextField quiet label="Path of a folder" value={typed} onChange={(event) => { typing.current = true; setTyped(event.target.value); }} /></div>
        <Button submit disabled={typed.trim() === '' || typed.trim() === here}>Go</Button>
      </form>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : null}
      {data === undefined ? (error === null ? <Loading what="Reading the folder" /> : null) : (
        <>
          <ul ref={list} className={css['folders']} data-stale={isPlaceholderData} aria-label={`Folders in ${visible(data.path)}`}>
            {data.folders.map((folder) => (
              <li key={folder.path}>
                <button type="button" className={css['folder']} onClick={() => go(folder.path)}>
                  <Folder aria-hidden="true" size={16} /><Path path={folder.name} />{folder.workspace === null ? null : <Badge>workspace</Badge>}
                </button>
              </li>
            ))}
            {data.folders.length === 0 ? <li className={css['none']}>No folders in here.</li> : null}
          </ul>
          {data.words === null ? null : <p className={css['quiet']}><Drawn text={data.words} /></p>}
          <div className={css['foot']}>
            <CheckField label="Hidden ones too" checked={hidden} onChange={(event) => setHidden(event.target.checked)} />
            <Button busy={busy} disabled={data.refused !== null || isPlaceholderData || error !== null} onClick={() => onChoose(data.path, data.workspace)}>{yes}</Button>
          </div>
          <p className={css['quiet']} role="status">{data.refused === null ? <>Chosen: <Path path={data.path} /></> : `Not this one: ${visible(data.refused)}.`}</p>
        </>
      )}
    </div>
  );
}
