// A copy of everything to keep elsewhere, and the way back from one. What is given back is checked whole and laid
// ready; it takes its place at the next start, and what was there before is kept.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState, type ReactNode } from 'react';
import { ask, sendFile } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Download } from '../../parts/download.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { Section } from '../../parts/rows.tsx';
import { Said } from '../../parts/text.tsx';
import { countWords, exact, sizeWords } from '../../parts/time.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import { useTell } from '../../parts/toast.tsx';
import css from './health.module.css';

interface Restore {
  readonly staged: { readonly made: string; readonly staged: string; readonly version: string; readonly events: number; readonly root: string; readonly bytes: number } | null;
  readonly words: string;
}

export function BackupPart(): ReactNode {
  return (
    <>
      <Section title="Backup" words="One file with the record, the key that signs it, drafts, what undo needs, and settings. It holds what you and the models said: keep it where only you can read it.">
        <p><Download href="/api/backup">Download a backup</Download></p>
      </Section>
      <RestorePart />
    </>
  );
}

function RestorePart(): ReactNode {
  const client = useQueryClient();
  const tell = useTell();
  const field = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File | null>(null);
  const [asking, setAsking] = useState(false);
  const { data, error, refetch } = useQuery({ queryKey: ['restore'], queryFn: ({ signal }) => ask<Restore>('GET', '/api/restore', undefined, signal) });
  const put = (now: Restore): void => void client.setQueryData(['restore'], now);
  const send = useMutation({ mutationFn: (chosen: File) => sendFile<Restore>('/api/restore', chosen), onSuccess: put });
  const discard = useMutation({ mutationFn: () => ask<Restore>('DELETE', '/api/restore'), onSuccess: (now) => { put(now); tell.done('Taken back. Everything stays as it is.'); }, onError: tell.failed });
  const choose = (chosen: File | null): void => {
    setFile(chosen);
    send.reset();
    setAsking(chosen !== null);
  };
  return (
    <Section title="Restore" words="From such a file. It is checked to the last byte first, and nothing changes before the next start.">
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading /> : data.staged === null ? (
        <>
          <label className={css['file']}>
            <span className="visually-hidden">Backup file</span>
            <input ref={field} type="file" accept=".tar,application/x-tar" disabled={send.isPending} onChange={(event) => choose(event.target.files?.[0] ?? null)} />
          </label>
          {send.isPending ? <p role="status">Sending and checking <Said text={file?.name ?? ''} /> ({sizeWords(file?.size ?? 0)})…</p> : null}
          {send.error === null ? null : <Fault error={send.error} />}
        </>
      ) : (
        <div className={css['staged']} role="status">
          <p><strong>A backup lies ready.</strong> Made {exact(data.staged.made)} by version <Said text={data.staged.version} />; {countWords(data.staged.events, 'event')}, {sizeWords(data.staged.bytes)}.</p>
          <p className={css['root']}><code>{data.staged.root}</code></p>
          <p><Ticks text={data.words} /></p>
          <p><Button tone="danger" busy={discard.isPending} onClick={() => discard.mutate()}>Take it back</Button></p>
        </div>
      )}
      <Confirm open={asking} onClose={() => { setAsking(false); if (field.current !== null && !send.isPending) field.current.value = ''; }} title="Restore from this file?" yes="Check it and lay it ready" onYes={() => file !== null && send.mutate(file)}>
        <p><Said text={file?.name ?? ''} />, {sizeWords(file?.size ?? 0)}. It is sent to this machine’s workbench only, and checked whole.</p>
        <p>At the next start it takes the place of all that is here now: the record, drafts, settings. What is here now is kept beside it. Your project folders are not touched.</p>
      </Confirm>
    </Section>
  );
}
