// Checks the whole log before the person's eyes: how far it is, then whether it holds, and the head to be compared
// with one that was kept elsewhere. That alone tells of a log that was cut or rolled back.
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { TextArea } from '../../parts/field.tsx';
import { Fault } from '../../parts/room.tsx';
import { saveFile } from '../../parts/save.ts';
import { Drawn, Said } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import css from './verify.module.css';

interface Report {
  readonly ok: boolean;
  readonly origin: string;
  readonly size: number;
  readonly root: string;
  readonly payloads: number;
  readonly erased: number;
  readonly problems: readonly { readonly code: string; readonly words: string; readonly seq?: number }[];
  readonly notes: readonly string[];
  readonly vkey?: string;
  readonly checkpoint?: string;
  readonly fingerprint?: string;
}

export function Verify({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactNode {
  return <Dialog open={open} onClose={onClose} title="Verify the log" wide>{open ? <Check close={onClose} /> : null}</Dialog>;
}

function Check({ close }: { readonly close: () => void }): ReactNode {
  const { data, error, isFetching, refetch } = useQuery({ queryKey: ['verify'], queryFn: ({ signal }) => ask<Report>('GET', '/api/log/verify', undefined, signal), staleTime: 0, gcTime: 0 });
  const progress = useQuery({
    queryKey: ['verify-progress'],
    queryFn: ({ signal }) => ask<{ readonly running: boolean; readonly done: number; readonly of: number }>('GET', '/api/log/verify/progress', undefined, signal),
    enabled: isFetching, refetchInterval: 300, gcTime: 0, staleTime: 0,
  });
  if (isFetching) {
    const { done, of } = progress.data ?? { done: 0, of: 0 };
    return (
      <div className={css['running']} role="status">
        <p>Checking every event, from the first to the signed head{of === 0 ? '…' : `: ${done.toLocaleString('en')} of ${of.toLocaleString('en')}`}</p>
        <progress aria-label="How far it is" {...(of === 0 ? {} : { value: done, max: of })} />
      </div>
    );
  }
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  return data === undefined ? null : <Result report={data} again={() => void refetch()} close={close} />;
}

function Result({ report, again, close }: { readonly report: Report; readonly again: () => void; readonly close: () => void }): ReactNode {
  const { ok, size, root, payloads, erased, problems, notes, vkey, checkpoint, fingerprint } = report;
  return (
    <div className={css['result']}>
      <p className={css['verdict']} data-ok={ok} role="status">{ok ? `The log holds: ${countWords(size, 'event')}, ${countWords(payloads, 'payload')}${erased === 0 ? '' : `, ${erased.toLocaleString('en')} erased`}.` : `The log does not hold. ${countWords(problems.length, 'problem')}.`}</p>
      {problems.length === 0 ? null : (
        <ul className={css['problems']}>{problems.slice(0, 200).map(({ code, words, seq }, index) => <li key={index}><code>{code}</code> <Said text={words} />{seq === undefined ? null : ` (event ${seq})`}</li>)}</ul>
      )}
      {notes.map((note, index) => <p key={index} className={css['quiet']}><Drawn text={note} /></p>)}
      <dl className={css['facts']}>
        {fingerprint === undefined ? null : <Fact name="Fingerprint of the head" text={fingerprint} large />}
        <Fact name="Root" text={root} />
        {vkey === undefined ? null : <Fact name="Key" text={vkey} />}
      </dl>
      {checkpoint === undefined || checkpoint === '' ? null : <Compare checkpoint={checkpoint} size={size} />}
      <div className={css['buttons']}>
        {checkpoint === undefined || checkpoint === '' ? null : <Button onClick={() => saveFile(`checkpoint-${size}.txt`, checkpoint)}>Keep this checkpoint</Button>}
        <Button tone="bare" onClick={again}>Check again</Button>
        <Button tone="bare" onClick={close}>Close</Button>
      </div>
    </div>
  );
}

function Fact({ name, text, large = false }: { readonly name: string; readonly text: string; readonly large?: boolean }): ReactNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd><code className={large ? css['large'] : undefined}>{text}</code><CopyButton text={text} what={name} /></dd>
    </div>
  );
}

/** Whether a head of the same size, kept before, is this one. Of another size only `pwb log verify --against` can tell. */
function Compare({ checkpoint, size }: { readonly checkpoint: string; readonly size: number }): ReactNode {
  const [kept, setKept] = useState('');
  const [, theirs = '', root = ''] = kept.trim().split('\n');
  const [, , now = ''] = checkpoint.split('\n');
  const words = kept.trim() === '' ? null
    : !/^\d+$/.test(theirs.trim()) || root.trim() === '' ? 'This is no checkpoint: it has an origin, a size and a root, each on a line of its own.'
    : Number(theirs) > size ? `It is of ${countWords(Number(theirs), 'event')}, and this log has only ${size.toLocaleString('en')}: it was cut, or it is another log.`
    : Number(theirs) < size ? `It is of ${countWords(Number(theirs), 'event')}, an earlier head. Put it in a file and run: pwb log verify --against FILE`
    : root.trim() === now.trim() ? 'It is this very head.' : 'It has the same size but another root: one of the two was changed, or it is another log.';
  return (
    <details className={css['compare']}>
      <summary>Compare with one that you kept</summary>
      <TextArea label="The kept checkpoint" quiet rows={4} value={kept} onChange={(event) => setKept(event.target.value)} />
      <p role="status">{words}</p>
    </details>
  );
}
