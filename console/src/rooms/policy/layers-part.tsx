// Rules of your own in files: where they lie, and what workspaces bring, which you may trust after reading it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Badge, type BadgeTone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { RowLine, Rows, Section } from '../../parts/rows.tsx';
import { Path } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import { Problems } from './alarm-part.tsx';
import type { FileRule, LayersAnswer, Problem, WorkspaceLayer } from './layers-answer.ts';
import { fileRule, RuleRow } from './rule-row.tsx';
import { TrustDialog } from './trust-dialog.tsx';
import css from './policy.module.css';

const STATES: { readonly [state in WorkspaceLayer['state']]: { readonly badge: string; readonly tone: BadgeTone; readonly words: string } } = {
  trusted: { badge: 'trusted', tone: 'good', words: 'Its own rules, which you trust, hold here.' },
  changed: { badge: 'changed since', tone: 'warning', words: 'What lies there is not what you trusted. What you trusted goes on holding.' },
  untrusted: { badge: 'not trusted', tone: 'warning', words: 'It brings rules, which do not hold until you trust them. They can only forbid or ask.' },
};
const FOLDERS = { person: 'Yours', machine: 'The machine’s' } as const;

export function LayersPart({ layers: { folders, rules, problems, workspaces } }: { readonly layers: LayersAnswer }): ReactNode {
  return (
    <Section title="Rules in files" words="Cedar, in files that you write. Yours and the machine’s hold at once; those of a workspace once you trust them.">
      <Rows label="Folders of rules">
        {folders.toReversed().map(({ layer, path }) => {
          const own = rules.filter((rule) => rule.layer === layer);
          return (
            <RowLine key={layer} name={FOLDERS[layer]} side={<span className={css['quiet']}>{own.length === 0 ? 'no rules' : countWords(own.length, 'rule')}</span>}>
              <p><Path path={path} /></p>
              {[...filesOf(own)].map(([file, count]) => <p key={file}><Path path={file.startsWith(`${path}/`) ? file.slice(path.length + 1) : file} />: {countWords(count, 'rule')}</p>)}
            </RowLine>
          );
        })}
      </Rows>
      {workspaces.map((one) => <OfWorkspace key={one.workspace} layer={one} elsewhere={problems} />)}
    </Section>
  );
}

function filesOf(rules: readonly FileRule[]): ReadonlyMap<string, number> {
  const files = new Map<string, number>();
  for (const { file } of rules) files.set(file, (files.get(file) ?? 0) + 1);
  return files;
}

function OfWorkspace({ layer: { workspace, root, state, rules, offered, problems: all, broken }, elsewhere }: { readonly layer: WorkspaceLayer; readonly elsewhere: readonly Problem[] }): ReactNode {
  const [reading, setReading] = useState(false);
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const tell = useTell();
  const untrust = useMutation({
    mutationFn: () => ask('DELETE', `/api/workspaces/${workspace}/rules`),
    onSuccess: () => {
      tell.done('Its rules hold no more.');
      void client.invalidateQueries({ queryKey: ['policy'] });
    },
    onError: tell.failed,
  });
  const { badge, tone, words } = STATES[state];
  // Those of the person's own files stand above all else already.
  const problems = all.filter(({ file, line, words: said }) => !elsewhere.some((one) => one.file === file && one.line === line && one.words === said));
  const canTrust = offered.length > 0 && all.length === 0;
  return (
    <section className={css['workspace']} aria-label={`Rules of ${visible(root)}`}>
      <header className={css['heading']}>
        <h3><Path path={root} /></h3><Badge tone={broken ? 'danger' : tone}>{broken ? 'not on record' : badge}</Badge>
        <span className={css['acts']}>
          <Button tone={canTrust ? 'plain' : 'bare'} onClick={() => setReading(true)}>{canTrust ? (state === 'changed' ? 'See what changed…' : 'Read and trust…') : 'Read them…'}</Button>
          {state === 'untrusted' ? null : <Button tone="bare" busy={untrust.isPending} onClick={() => setAsking(true)}>Trust them no more…</Button>}
        </span>
      </header>
      <p>{broken ? 'What you trusted is not on record any more: nothing may be done here.' : words}</p>
      {state === 'changed' && offered.length === 0 && all.length === 0 ? <p>There are no rules there any more.</p> : null}
      {problems.length === 0 || broken ? null : <><p className={css['note']}>What lies there can’t be trusted as it is:</p><Problems problems={problems} /></>}
      {offered.length > 0 && all.length > problems.length ? <p className={css['note']}>It can be trusted once your own rules are mended.</p> : null}
      {rules.length === 0 ? null : <ul className={css['list']} aria-label="Rules that hold here">{rules.map((rule) => <RuleRow key={rule.id} badged rule={fileRule(rule)} />)}</ul>}
      {offered.length === 0 ? null : (
        <>
          {state === 'changed' ? <p className={css['quiet']}>There now, and not holding:</p> : null}
          <ul className={css['list']} aria-label="Rules that lie there">{offered.map((rule) => <RuleRow key={`${rule.file} ${rule.line}`} badged rule={fileRule(rule)} />)}</ul>
        </>
      )}
      {reading ? <TrustDialog workspace={workspace} root={root} onClose={() => setReading(false)} /> : null}
      <Confirm open={asking} onClose={() => setAsking(false)} title="Trust its rules no more?" yes="Trust them no more" onYes={() => untrust.mutate()}>
        <p>What they forbid or ask about is then decided without them.</p>
      </Confirm>
    </section>
  );
}
