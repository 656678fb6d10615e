// Asks the rules what they would say: to an action of the past, or to one that is only imagined. Nothing is proposed,
// tried or put on record by it.
import { useMutation } from '@tanstack/react-query';
import { useState, type FormEvent, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextArea, TextField } from '../../parts/field.tsx';
import { Fault } from '../../parts/room.tsx';
import { Section } from '../../parts/rows.tsx';
import { Drawn } from '../../parts/text.tsx';
import { useWorkspaces } from '../workspaces/use-workspaces.ts';
import { readChanges, TOOLS } from './imagined.ts';
import { VERDICTS, type Verdict } from './policy-answer.ts';
import css from './policy.module.css';

interface Judged {
  readonly stages: readonly { readonly stage: 'rehearse' | 'land'; readonly verdict: Verdict; readonly rules: readonly string[]; readonly reason: string }[];
  /** Why the stage of landing can't be told. */
  readonly words?: string | null;
}

const STAGES = { rehearse: 'To try it in a copy', land: 'To let it land' } as const;

export function TestPart({ profiles, past }: { readonly profiles: readonly string[]; readonly past: string }): ReactNode {
  const { data: workspaces = [] } = useWorkspaces();
  const [kind, setKind] = useState(past === '' ? 'imagined' : 'past');
  const [action, setAction] = useState(past);
  const [workspace, setWorkspace] = useState('');
  const [tool, setTool] = useState(TOOLS[0]?.name ?? '');
  const [args, setArgs] = useState(TOOLS[0]?.example ?? '');
  const [changes, setChanges] = useState('');
  const [profile, setProfile] = useState('');
  const test = useMutation({ mutationFn: (body: object) => ask<Judged>('POST', '/api/policy/test', body) });
  const chosen = workspace === '' ? (workspaces[0]?.id ?? '') : workspace;
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    const under = profile === '' ? {} : { profile };
    const listed = readChanges(changes);
    test.mutate(kind === 'past' ? { action: action.trim(), ...under } : { workspace: chosen, tool: tool.trim(), arguments: args, ...(listed.length === 0 ? {} : { changes: listed }), ...under });
  };
  const pick = (name: string): void => {
    const known = TOOLS.find((one) => one.name === name);
    // An example that was not touched gives way to that of the other tool.
    if (known !== undefined && (args === '' || TOOLS.some(({ example }) => example === args))) setArgs(known.example);
    setTool(name);
  };
  return (
    <Section title="Try the rules" words="What they would say today. It changes nothing and proposes nothing.">
      <form className={css['test']} onSubmit={submit}>
        <div className={css['pair']}>
          <SelectField label="What" choices={[{ value: 'imagined', label: 'An imagined action of a model' }, { value: 'past', label: 'An action of the past' }]} value={kind} onChange={(event) => { setKind(event.target.value); test.reset(); }} />
          <SelectField label="Under the profile" choices={[{ value: '', label: 'that holds now' }, ...profiles.map((name) => ({ value: name, label: name }))]} value={profile} onChange={(event) => setProfile(event.target.value)} />
        </div>
        {kind === 'past' ? <TextField label="Action" required words="Its id, ten characters, as in the address of its card." pattern="\s*[0-9a-z]{10}\s*" value={action} onChange={(event) => setAction(event.target.value)} /> : (
          <>
            <div className={css['pair']}>
              <SelectField label="Workspace" choices={workspaces.map(({ id, root }) => ({ value: id, label: visible(root) }))} value={chosen} onChange={(event) => setWorkspace(event.target.value)} {...(workspaces.length === 0 ? { words: 'None yet: add one in Workspaces.' } : {})} />
              <SelectField label="Tool" choices={TOOLS.map(({ name }) => ({ value: name, label: name }))} value={tool} onChange={(event) => pick(event.target.value)} />
            </div>
            <TextArea label="Arguments" words="As JSON, just as a model would say them." required rows={4} value={args} onChange={(event) => setArgs(event.target.value)} />
            <TextArea label="What it would change" words="Of a command: one on each line, as “changed src/a.ts”, “created b.txt” or “deleted c”. Left empty, it isn’t known; a file tool says it by itself." rows={2} value={changes} onChange={(event) => setChanges(event.target.value)} />
          </>
        )}
        <p><Button submit busy={test.isPending} disabled={kind === 'imagined' && chosen === ''}>Try</Button></p>
      </form>
      {test.error === null ? null : <Fault error={test.error} />}
      <div role="status">{test.data === undefined ? null : <Answer judged={test.data} />}</div>
    </Section>
  );
}

function Answer({ judged: { stages, words } }: { readonly judged: Judged }): ReactNode {
  return (
    <ol className={css['stages']} aria-label="What the rules say">
      {stages.map(({ stage, verdict, rules, reason }) => (
        <li key={stage}>
          <p className={css['stage']}><strong>{STAGES[stage]}</strong><Badge tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].words}</Badge></p>
          <p><Drawn text={reason} /></p>
          <p className={css['quiet']}>{rules.length === 0 ? 'By no rule: where none fits, it asks.' : rules.map((rule, index) => <span key={rule}>{index === 0 ? 'By ' : ', '}<code>{rule}</code></span>)}</p>
        </li>
      ))}
      {words === null || words === undefined ? null : <li><p className={css['quiet']}><Drawn text={words} /></p></li>}
    </ol>
  );
}
