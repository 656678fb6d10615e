// Rules of your own in files: what holds and where it stands, all that is wrong with it, and what workspaces bring, which
// you may trust after reading it.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { RowLine, Rows, Section } from '../../parts/rows.tsx';
import { Block, Path, Said } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import { VERDICTS, type Verdict } from './policy-answer.ts';
import css from './policy.module.css';

interface Rule {
  readonly id: string;
  readonly layer: 'machine' | 'person' | 'workspace';
  readonly file: string;
  readonly line: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly text: string;
  readonly used: number;
}

interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly words: string;
  readonly hint: string;
}

interface WorkspaceLayer {
  readonly workspace: string;
  readonly root: string;
  readonly state: 'untrusted' | 'trusted' | 'changed';
  readonly digest: string;
  readonly rules: readonly Rule[];
  readonly offered: readonly Rule[];
  readonly problems: readonly Problem[];
  readonly broken: boolean;
}

interface LayersAnswer {
  readonly holds: boolean;
  readonly folders: readonly { readonly layer: string; readonly path: string }[];
  readonly rules: readonly Rule[];
  readonly problems: readonly Problem[];
  readonly workspaces: readonly WorkspaceLayer[];
}

const WHOSE = { machine: 'the machine', person: 'yours', workspace: 'this workspace' } as const;
const STATES = {
  trusted: 'Its own rules, which you trust.',
  changed: 'What lies there is not what you trusted. What you trusted goes on holding.',
  untrusted: 'It brings rules, which do not hold until you trust them. They can only forbid or ask.',
} as const;

export function LayersPart(): ReactNode {
  const { data } = useQuery({ queryKey: ['policy', 'layers'], queryFn: ({ signal }) => ask<LayersAnswer>('GET', '/api/policy/layers', undefined, signal), staleTime: 3000 });
  if (data === undefined) return null;
  const { holds, folders, rules, problems, workspaces } = data;
  return (
    <Section title="Rules in files" words={<>Cedar, in files that you write: {folders.toReversed().map(({ layer, path }, at) => <span key={layer}>{at > 0 ? ', the machine’s in ' : 'yours in '}<Path path={path} /></span>)}.</>}>
      {holds ? null : <p role="alert" className={css['note']}>Nothing may be done until these files are mended.</p>}
      <Problems problems={problems} />
      {rules.length === 0 ? null : <RuleRows label="Rules in files" rules={rules} />}
      {workspaces.map((one) => <OfWorkspace key={one.workspace} layer={one} />)}
    </Section>
  );
}

function RuleRows({ label, rules }: { readonly label: string; readonly rules: readonly Rule[] }): ReactNode {
  return (
    <Rows label={label}>
      {rules.map(({ id, layer, file, line, verdict, reason, text, used }) => (
        <RowLine key={`${file} ${id}`} name={<code>{id}</code>} marks={<Badge tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].words}</Badge>} side={<span className={css['quiet']}>{used === 0 ? 'never used' : `decided ${countWords(used, 'time')}`}</span>}>
          <p><Said text={reason} /></p>
          <Block text={text} />
          <p className={css['quiet']}>{WHOSE[layer]}, <Path path={file} />, line {line}</p>
        </RowLine>
      ))}
    </Rows>
  );
}

function Problems({ problems }: { readonly problems: readonly Problem[] }): ReactNode {
  if (problems.length === 0) return null;
  return (
    <ul>
      {problems.map(({ file, line, words, hint }, at) => <li key={at} className={css['note']}><Path path={file} />{line === null ? '' : `:${line}`}: <Said text={words} /> → <Said text={hint} /></li>)}
    </ul>
  );
}

function OfWorkspace({ layer: { workspace, root, state, digest, rules, offered, problems, broken } }: { readonly layer: WorkspaceLayer }): ReactNode {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const tell = useTell();
  const again = (): void => void client.invalidateQueries({ queryKey: ['policy'] });
  const trust = useMutation({ mutationFn: () => ask('POST', `/api/workspaces/${workspace}/rules`, { digest }), onSuccess: () => (tell.done('These rules hold there now.'), again()), onError: tell.failed });
  const untrust = useMutation({ mutationFn: () => ask('DELETE', `/api/workspaces/${workspace}/rules`), onSuccess: () => (tell.done('Its rules hold no more.'), again()), onError: tell.failed });
  return (
    <section aria-label={`Rules of ${root}`}>
      <h3><Path path={root} /></h3>
      <p>{broken ? 'What you trusted is not on record any more: nothing may be done here.' : STATES[state]}</p>
      <Problems problems={problems} />
      {rules.length === 0 ? null : <RuleRows label="That hold" rules={rules} />}
      {offered.length === 0 ? null : <><h4>There now</h4><RuleRows label="There now" rules={offered} /></>}
      {state === 'trusted' || offered.length === 0 || problems.length > 0 ? null : <Button busy={trust.isPending} onClick={() => trust.mutate()}>Trust these rules</Button>}
      {state === 'untrusted' ? null : <Button tone="bare" busy={untrust.isPending} onClick={() => setAsking(true)}>Trust them no more…</Button>}
      <Confirm open={asking} onClose={() => setAsking(false)} title="Trust its rules no more?" yes="Trust them no more" onYes={() => untrust.mutate()}>
        <p>What they forbid or ask about is then decided without them.</p>
      </Confirm>
    </section>
  );
}
