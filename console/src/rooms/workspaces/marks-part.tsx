// Which files of a workspace are from outside: by a mark, each with the action that wrote it and what that had read, and
// by their names. Trusting some of them takes their marks away; a person only can, and is told what it means.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { TextField } from '../../parts/field.tsx';
import { Fault } from '../../parts/room.tsx';
import { Path, Said } from '../../parts/text.tsx';
import { countWords, Time } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import css from './marks.module.css';

interface Mark {
  readonly path: string;
  readonly integrity: 'person' | 'workspace' | 'outside';
  readonly secrecy: 'open' | 'private' | 'secret';
  /** The session in whose draft it is so. */
  readonly draft: string | null;
  readonly action: string;
  readonly since: string;
  /** Null: erased. */
  readonly sources: readonly string[] | null;
}

interface Labels {
  readonly rules: readonly string[];
  readonly marks: readonly Mark[];
  readonly more: boolean;
}

/** Lines at first, and sources of a line. */
const FEW = 20;
const FEW_SOURCES = 3;

export function MarksPart({ workspace }: { readonly workspace: string }): ReactNode {
  const { data, error, refetch } = useQuery({ queryKey: ['labels', workspace], queryFn: ({ signal }) => ask<Labels>('GET', `/api/labels?workspace=${workspace}`, undefined, signal), staleTime: 3000 });
  const [open, setOpen] = useState(false);
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  if (data === undefined) return <p>…</p>;
  const { rules, marks, more } = data;
  const files = new Set(marks.map(({ path }) => path)).size;
  return (
    <details className={css['marks']} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{files === 0 ? 'No file is marked as from outside' : `${countWords(files, 'file')}${more ? ' or more' : ''} marked as from outside`}</summary>
      {open ? <Marked workspace={workspace} marks={marks} more={more} rules={rules} /> : null}
    </details>
  );
}

function Marked({ workspace, marks, more, rules }: Labels & { readonly workspace: string }): ReactNode {
  const [words, setWords] = useState('');
  const [most, setMost] = useState(FEW);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const wanted = words.trim().toLowerCase();
  const found = marks.filter(({ path, sources }) => `${path} ${sources?.join(' ') ?? ''}`.toLowerCase().includes(wanted));
  const shown = found.slice(0, most);
  const can = [...new Set(found.filter(({ draft }) => draft === null).map(({ path }) => path))];
  const picked = [...chosen].filter((path) => marks.some((mark) => mark.path === path && mark.draft === null));
  const choose = (paths: readonly string[], on: boolean): void => setChosen((before) => new Set(on ? [...before, ...paths] : [...before].filter((path) => !paths.includes(path))));
  return (
    <div className={css['inside']}>
      <p>What such a file says counts as somebody else’s words: after a model has read it, less goes without asking. A mark comes with what an action wrote after something from outside had been read.</p>
      {marks.length <= FEW ? null : <TextField quiet label="Find a file" type="search" placeholder="Find a file" value={words} onChange={(event) => setWords(event.target.value)} />}
      {marks.length === 0 ? null : shown.length === 0 ? <p role="status">No marked file has these words.</p> : (
        <ul className={css['list']} aria-label="Marked files">{shown.map((mark) => <OneMark key={`${mark.path} ${mark.action} ${mark.draft ?? ''} ${mark.integrity} ${mark.secrecy}`} mark={mark} chosen={chosen.has(mark.path)} onChoose={(on) => choose([mark.path], on)} />)}</ul>
      )}
      {found.length > most ? <p><Button tone="bare" onClick={() => setMost(most + 200)}>Show more of {(found.length - most).toLocaleString('en')}</Button></p> : null}
      {more ? <p>There are more than stand here: trust some of these, or a whole folder with <code>pwb label trust</code>.</p> : null}
      {can.length === 0 ? null : (
        <p className={css['acts']}>
          <Trust workspace={workspace} paths={picked} onTrusted={() => setChosen(new Set())} />
          {can.length < 2 ? null : <Button tone="bare" onClick={() => choose(can, picked.length < can.length)}>{picked.length < can.length ? `Choose all ${can.length.toLocaleString('en')}` : 'Choose none'}</Button>}
        </p>
      )}
      <p>From outside by their names: {rules.map((rule, at) => <span key={at}>{at > 0 ? ', ' : ''}<code><Said text={rule} /></code></span>)}. <Link href="/settings">Change them in the settings</Link></p>
    </div>
  );
}

function OneMark({ mark: { path, integrity, secrecy, draft, action, since, sources }, chosen, onChoose }: { readonly mark: Mark; readonly chosen: boolean; readonly onChoose: (on: boolean) => void }): ReactNode {
  const name = path === '.' ? 'the whole workspace' : visible(path);
  return (
    <li className={css['mark']}>
      {draft === null ? <input type="checkbox" checked={chosen} onChange={(event) => onChoose(event.target.checked)} aria-label={`Choose ${name}`} /> : <span />}
      <div>
        <p className={css['name']}>
          {path === '.' ? <strong>{name}</strong> : <Path path={path} />}
          {integrity === 'outside' ? <Badge tone="warning">outside</Badge> : null}{secrecy === 'secret' ? <Badge tone="warning">secret</Badge> : null}
          {draft === null ? null : <Badge><Link href={`/drafts/${draft}`}>in a draft</Link></Badge>}
        </p>
        <p>
          <Link href={`/inbox/${action}`}>Written</Link> <Time time={since} />, after {sources === null ? 'something that was erased' : sources.slice(0, FEW_SOURCES).map((source, at) => <span key={source}>{at > 0 ? ', ' : ''}<Said text={source} mono /></span>)}
          {sources !== null && sources.length > FEW_SOURCES ? ` and ${sources.length - FEW_SOURCES} more` : ''}
        </p>
      </div>
    </li>
  );
}

/** What is trusted is trusted with all below it. */
function isBelow(path: string, over: string): boolean {
  return over === '.' || path.startsWith(`${over}/`);
}

function Trust({ workspace, paths, onTrusted }: { readonly workspace: string; readonly paths: readonly string[]; readonly onTrusted: () => void }): ReactNode {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const tell = useTell();
  const trust = useMutation({
    mutationFn: (wanted: readonly string[]) => ask<{ readonly trusted: readonly string[] }>('POST', '/api/labels/trust', { workspace, paths: wanted }),
    onSuccess: ({ trusted }) => {
      tell.done(`${countWords(trusted.length, 'file')} trusted: ${trusted.length === 1 ? 'its words count' : 'their words count'} as the workspace’s own.`);
      onTrusted();
      void client.invalidateQueries({ queryKey: ['labels', workspace] });
    },
    onError: tell.failed,
  });
  const whole = paths.includes('.');
  return (
    <>
      <Button busy={trust.isPending} disabled={paths.length === 0} onClick={() => setAsking(true)}>{paths.length === 0 ? 'Trust chosen files…' : paths.length === 1 ? 'Trust this file…' : `Trust these ${paths.length.toLocaleString('en')} files…`}</Button>
      <Confirm open={asking} onClose={() => setAsking(false)} title={whole ? 'Trust the whole workspace?' : paths.length === 1 ? 'Trust this file?' : `Trust these ${paths.length.toLocaleString('en')} files?`} yes="Trust what is in them" onYes={() => trust.mutate(paths.filter((path) => !paths.some((over) => over !== path && isBelow(path, over))))}>
        <ul className={css['paths']}>{paths.slice(0, FEW).map((path) => <li key={path}>{path === '.' ? 'all that is marked in it' : <Path path={path} />}</li>)}{paths.length > FEW ? <li>and {(paths.length - FEW).toLocaleString('en')} more</li> : null}</ul>
        <p>What is in them now counts as the workspace’s own from here on, and as no secret: after a model has read it, you are asked no more than if you had written it. Look at it first: whoever wrote the pages or mails behind them may have put words for your model in there.</p>
        <p>It is put on record and can’t be taken back. What an action from outside writes there later is marked anew.</p>
      </Confirm>
    </>
  );
}
