// Step two: a folder of the person's own to work in. It can wait: the practice task has one of its own.
import { useState, type ReactNode } from 'react';
import { Button } from '../../parts/button.tsx';
import { Fault } from '../../parts/room.tsx';
import { Path } from '../../parts/text.tsx';
import { FolderBrowser } from '../workspaces/folder-browser.tsx';
import { useAddWorkspace, useWorkspaces } from '../workspaces/use-workspaces.ts';
import css from './start.module.css';

export function FolderStep({ practiceRoot }: { readonly practiceRoot: string }): ReactNode {
  const { data } = useWorkspaces();
  /** Null: not opened yet. Once it is closed the keyboard goes on at what opened it. */
  const [open, setOpen] = useState<boolean | null>(null);
  const add = useAddWorkspace(() => setOpen(false));
  const own = (data ?? []).filter(({ root }) => root !== practiceRoot);
  return (
    <>
      <p>Actions reach only folders that you name; nothing outside of them is ever changed. {own.length === 0 ? 'Choose one project, or do that later: the practice task has a folder of its own.' : null}</p>
      {own.length === 0 ? null : <ul className={css['own']} aria-label="Your workspaces">{own.map(({ id, root }) => <li key={id}><Path path={root} /></li>)}</ul>}
      {open === true ? (
        <>
          <FolderBrowser yes="Use this folder" busy={add.isPending} onChoose={(path) => add.mutate(path)} />
          <p><Button tone="bare" onClick={() => setOpen(false)}>Not now</Button></p>
        </>
      ) : <p><Button autoFocus={open === false} onClick={() => setOpen(true)}>{own.length === 0 ? 'Choose a folder…' : 'Another one…'}</Button></p>}
      {add.error === null ? null : <Fault error={add.error} />}
    </>
  );
}
