// The folders that actions may reach. Which they are is for you to say; a folder itself is never touched by that.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import type { Workspace } from '../../api/types.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Empty, Fault, Loading, Room } from '../../parts/room.tsx';
import { Column, RowLine, Rows } from '../../parts/rows.tsx';
import { Path } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import { FolderBrowser } from './folder-browser.tsx';
import { MarksPart } from './marks-part.tsx';
import { useAddWorkspace, useWorkspaces } from './use-workspaces.ts';

export default function Workspaces(): ReactNode {
  const { data, error, refetch } = useWorkspaces();
  const [adding, setAdding] = useState(false);
  const tell = useTell();
  const add = useAddWorkspace(({ root }) => {
    setAdding(false);
    tell.done(`${visible(root)} is a workspace now.`);
  });
  const open = (): void => {
    add.reset();
    setAdding(true);
  };
  useKeys('Workspaces', [{ keys: 'n', words: 'Add a workspace', run: open }]);
  return (
    <Room title="Workspaces" actions={<Button keys="n" onClick={open}>Add…</Button>}>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading /> : data.length === 0 ? (
        <Empty heading="No workspace yet">
          <p>A workspace is a folder that actions may reach; nothing outside of one is ever changed.</p>
          <p><Button onClick={open}>Add a folder…</Button></p>
        </Empty>
      ) : (
        <Column>
          <p>Actions reach these folders and nothing else. Files with secrets in them stay hidden.</p>
          <Rows label="Workspaces">{data.map((one) => <Line key={one.id} workspace={one} />)}</Rows>
        </Column>
      )}
      <Dialog open={adding} onClose={() => setAdding(false)} title="Add a workspace">
        {adding ? (
          <>
            <FolderBrowser yes="Add this folder" busy={add.isPending} onChoose={(path) => add.mutate(path)} />
            {add.error === null ? null : <Fault error={add.error} />}
          </>
        ) : null}
      </Dialog>
    </Room>
  );
}

function Line({ workspace: { id, root, added } }: { readonly workspace: Workspace }): ReactNode {
  const [asking, setAsking] = useState(false);
  const tell = useTell();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => ask('DELETE', `/api/workspaces/${id}`),
    onSuccess: () => {
      tell.done('It is no longer a workspace. The folder stays as it is.');
      void client.invalidateQueries({ queryKey: ['workspaces'] });
    },
    onError: tell.failed,
  });
  const name = root.slice(root.lastIndexOf('/') + 1);
  return (
    <RowLine
      name={<Path path={name === '' ? root : name} />}
      side={(
        <>
          <Link href={`/work?workspace=${id}`}>Work here</Link>
          <CopyButton text={root} what="the path" />
          <Button tone="bare" busy={remove.isPending} onClick={() => setAsking(true)}>Remove…</Button>
        </>
      )}
    >
      <p><Path path={root} /></p>
      <p>Added <Time time={added} /> · <Link href={`/timeline?path=${encodeURIComponent(root)}`}>What happened in it</Link></p>
      <MarksPart workspace={id} />
      <Confirm open={asking} onClose={() => setAsking(false)} title="Remove this workspace?" yes="Remove" onYes={() => remove.mutate()}>
        <p>Actions no longer reach <Path path={root} />, and rules of yours that were made for it have no hold.</p>
        <p>The folder and all that is in it stay as they are. So does the record, and it can be added again.</p>
      </Confirm>
    </RowLine>
  );
}
