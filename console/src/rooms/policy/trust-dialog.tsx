// The rules of a workspace, word for word, before they hold: what is new, what is not what was trusted, what is gone.
// INVARIANT: the digest that is sent came in one answer with the words that stand here.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useMemo, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { useSettled } from '../../card/settle.ts';
import { Badge, type BadgeTone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { Block, Path } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import { visible } from '../../../../src/model/visible.ts';
import { Problems } from './alarm-part.tsx';
import type { Problem } from './layers-answer.ts';
import css from './policy.module.css';

const Diff = lazy(async () => ({ default: (await import('../../parts/diff.tsx')).Diff }));

interface TextFile {
  readonly file: string;
  readonly trusted: string | null;
  readonly now: string | null;
}

interface RulesText {
  readonly state: 'none' | 'untrusted' | 'trusted' | 'changed';
  readonly digest: string;
  readonly files: readonly TextFile[];
  readonly problems: readonly Problem[];
}

export function TrustDialog({ workspace, root, onClose }: { readonly workspace: string; readonly root: string; readonly onClose: () => void }): ReactNode {
  const client = useQueryClient();
  const tell = useTell();
  // It isn't read anew under a reader's eyes but after a break in the connection: other words then take no yes for a moment.
  const { data, error, refetch } = useQuery({ queryKey: ['rules-text', workspace], queryFn: ({ signal }) => ask<RulesText>('GET', `/api/workspaces/${workspace}/rules`, undefined, signal), gcTime: 0, refetchOnWindowFocus: false, refetchOnReconnect: false });
  const settled = useSettled(data === undefined ? null : `trust ${data.digest}`);
  const trust = useMutation({
    mutationFn: (digest: string) => ask('POST', `/api/workspaces/${workspace}/rules`, { digest }),
    onSuccess: () => {
      tell.done('These rules hold there now.');
      void client.invalidateQueries({ queryKey: ['policy'] });
      onClose();
    },
  });
  const offered = data !== undefined && (data.state === 'untrusted' || data.state === 'changed') && data.problems.length === 0 && data.files.some(({ now }) => now !== null);
  const again = (): void => {
    trust.reset();
    void refetch();
  };
  return (
    <Dialog open onClose={onClose} title={offered ? 'Trust these rules?' : 'Its rules, word for word'} wide>
      <div className={css['make']}>
        <p>{offered ? <>These very words then hold in <Path path={root} />, whatever lies there later. They can only forbid or ask, and let nothing go.</> : <>In <Path path={root} />.</>}</p>
        {error !== null ? <Fault error={error} again={again} /> : data === undefined ? <Loading what="Reading its rules" /> : (
          <>
            <Problems problems={data.problems} />
            {data.files.map((one) => <OneFile key={one.file} file={one} first={data.state === 'untrusted'} />)}
          </>
        )}
        {trust.error === null ? null : <Fault error={trust.error} again={again} />}
        <p className={css['buttons']}>
          <Button onClick={onClose}>{offered ? 'Not now' : 'Close'}</Button>
          {offered ? <Button tone="yes" busy={trust.isPending} aria-disabled={!settled || trust.error !== null} onClick={() => settled && trust.error === null && trust.mutate(data.digest)}>Trust exactly these words</Button> : null}
        </p>
      </div>
    </Dialog>
  );
}

type Sort = 'new' | 'changed' | 'gone' | 'same';
const SORTS: { readonly [sort in Sort]: { readonly words: string; readonly tone: BadgeTone } } = {
  new: { words: 'new', tone: 'warning' }, changed: { words: 'changed since you trusted it', tone: 'warning' }, gone: { words: 'gone since you trusted it', tone: 'warning' }, same: { words: 'as you trusted it', tone: 'good' },
};

function OneFile({ file: { file, trusted, now }, first }: { readonly file: TextFile; readonly first: boolean }): ReactNode {
  const sort: Sort = trusted === null ? 'new' : now === null ? 'gone' : now === trusted ? 'same' : 'changed';
  const source = useMemo(() => ({ before: trusted, after: now, hunks: [] }), [trusted, now]);
  const name = visible(file);
  return (
    <section className={css['file']} aria-label={name}>
      <header className={css['heading']}><h3><Path path={file} /></h3>{first ? null : <Badge tone={SORTS[sort].tone}>{SORTS[sort].words}</Badge>}</header>
      {sort === 'new' || sort === 'same' ? <Block text={now ?? ''} label={`Text of ${name}`} /> : <Suspense fallback={<Loading what="Comparing" />}><Diff label={name} source={source} /></Suspense>}
    </section>
  );
}
