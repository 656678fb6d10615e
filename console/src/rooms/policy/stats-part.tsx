// How often you are asked, how you answer, and which rules would have spared you the most of it. Figures from the record;
// the only thing that changes anything here is the making of a rule, which shows its text first.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { useSettled } from '../../card/settle.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { SelectField } from '../../parts/field.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { RowLine, Rows, Section } from '../../parts/rows.tsx';
import { Drawn, Said } from '../../parts/text.tsx';
import { countWords, durationWords } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import css from './policy.module.css';

interface Share {
  readonly prompts: number;
  readonly yes: number;
  readonly no: number;
}

interface Stats {
  readonly tasks: number;
  readonly tasksWithoutPrompt: number;
  readonly prompts: number;
  readonly typedPrompts: number;
  readonly answers: { readonly yes: number; readonly no: number; readonly changed: number; readonly open: number };
  readonly time: { readonly median: number | null; readonly ninetieth: number | null };
  readonly streaks: { readonly longest: number; readonly current: number; readonly quick: number; readonly longestQuick: number; readonly quickMs: number };
  readonly rules: readonly (Share & { readonly rule: string })[];
  readonly kinds: readonly (Share & { readonly kind: string })[];
}

interface Saving {
  readonly action: string;
  readonly offer: string;
  readonly scope: string;
  readonly text: string;
  readonly cedar: string;
  readonly broad: string | null;
  readonly saved: number;
}

const SPANS = [{ value: '7', label: 'last 7 days' }, { value: '30', label: 'last 30 days' }, { value: '90', label: 'last 90 days' }, { value: '0', label: 'all of the record' }];
const FEW = 6;

export function StatsPart(): ReactNode {
  const [days, setDays] = useState('30');
  const { data, error, refetch } = useQuery({ queryKey: ['policy', 'stats', days], queryFn: ({ signal }) => ask<Stats>('GET', `/api/policy/stats?days=${days}`, undefined, signal), staleTime: 30_000 });
  return (
    <Section title="How often you are asked" words="The fewer needless questions there are, the better each one is read." actions={<SelectField quiet label="Time" choices={SPANS} value={days} onChange={(event) => setDays(event.target.value)} />}>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Counting" /> : <Figures stats={data} />}
      {data === undefined || data.answers.yes === 0 ? null : <SavingsPart days={days} />}
    </Section>
  );
}

function Figures({ stats: { tasks, tasksWithoutPrompt, prompts, typedPrompts, answers, time, streaks, rules, kinds } }: { readonly stats: Stats }): ReactNode {
  if (prompts + typedPrompts === 0) return <p>{tasks === 0 ? 'Nothing was asked of a model in this time.' : `You were not asked once, in ${countWords(tasks, 'task')}.`}</p>;
  return (
    <>
      <dl className={css['figures']}>
        <Figure name="Prompts a task" value={tasks === 0 ? '–' : (prompts / tasks).toFixed(2)} words={`${prompts.toLocaleString('en')} in ${countWords(tasks, 'task')}${typedPrompts === 0 ? '' : `; ${typedPrompts} more about what you typed`}`} />
        <Figure name="Tasks without one" value={tasks === 0 ? '–' : `${Math.round((100 * tasksWithoutPrompt) / tasks)} %`} words={`${tasksWithoutPrompt.toLocaleString('en')} of ${tasks.toLocaleString('en')}`} />
        <Figure name="Time to answer" value={time.median === null ? '–' : durationWords(time.median)} words={time.ninetieth === null ? 'nothing was answered' : `half of them; nine of ten within ${durationWords(time.ninetieth)}`} />
        <Figure name="Your answers" value={`${answers.yes.toLocaleString('en')} yes`} words={`${answers.no} no, ${answers.changed} changed, ${answers.open} without an answer`} />
        <Figure name="Yeses in a row" value={String(streaks.current)} words={`now; ${streaks.longest} at most`} />
        <Figure name="Quick yeses" value={String(streaks.quick)} words={`within ${streaks.quickMs / 1000} s; ${streaks.longestQuick} in a row at most`} />
      </dl>
      <h3>What asks</h3>
      <Rows label="Prompts by rule">{rules.slice(0, FEW).map(({ rule, prompts: count, yes, no }) => <RowLine key={rule} name={<code><Said text={rule} /></code>} side={<span className={css['quiet']}>{countWords(count, 'time')}, {yes} yes, {no} no</span>} />)}</Rows>
      <p className={css['quiet']}>By kind: {kinds.map(({ kind, prompts: count }) => `${kind} ${count}`).join(', ')}</p>
    </>
  );
}

function Figure({ name, value, words }: { readonly name: string; readonly value: string; readonly words: string }): ReactNode {
  return <div><dt>{name}</dt><dd><strong>{value}</strong><span className={css['quiet']}>{words}</span></dd></div>;
}

function SavingsPart({ days }: { readonly days: string }): ReactNode {
  const { data, error, refetch } = useQuery({ queryKey: ['policy', 'savings', days], queryFn: ({ signal }) => ask<{ readonly savings: readonly Saving[] }>('GET', `/api/policy/savings?days=${days}`, undefined, signal), staleTime: 60_000 });
  const [chosen, setChosen] = useState<Saving | null>(null);
  return (
    <>
      <h3>Rules that would have spared you the most</h3>
      <p className={css['quiet']}>Made of what you said yes to, and tried on the record: none of them would have let through what was denied.</p>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Trying rules on the record" /> : data.savings.length === 0 ? <p>None that would have spared you two prompts or more.</p> : (
        <Rows label="Rules that would have spared you the most">
          {data.savings.map((saving) => (
            <RowLine key={saving.offer} name={<Drawn text={saving.scope} />} side={<><span className={css['quiet']}>{countWords(saving.saved, 'prompt')} fewer</span><Button tone="bare" onClick={() => setChosen(saving)}>Always…</Button></>}>
              {saving.broad === null ? null : <p className={css['note']}>Broad: <Drawn text={saving.broad} /></p>}
            </RowLine>
          ))}
        </Rows>
      )}
      {chosen === null ? null : <Make saving={chosen} onClose={() => setChosen(null)} />}
    </>
  );
}

function Make({ saving: { action, offer, text, cedar, broad }, onClose }: { readonly saving: Saving; readonly onClose: () => void }): ReactNode {
  const client = useQueryClient();
  const tell = useTell();
  const settled = useSettled(`saving ${offer}`);
  const make = useMutation({
    mutationFn: () => ask('POST', '/api/policy/rules', { action, offer }),
    onSuccess: () => {
      tell.done('The rule holds from now on. It can be taken away below.');
      void client.invalidateQueries({ queryKey: ['policy'] });
      onClose();
    },
  });
  return (
    <Dialog open onClose={onClose} title="Always: make this rule" wide>
      <div className={css['make']}>
        <p>What is just like it goes without asking from now on. What is denied stays denied, and what waits still needs its own answer.</p>
        {broad === null ? null : <p className={css['note']}>Broad: <Drawn text={broad} /></p>}
        <pre className={css['text']}><bdi>{text}</bdi></pre>
        <details><summary>The rule itself</summary><pre className={css['text']}><bdi>{cedar}</bdi></pre></details>
        {make.error === null ? null : <Fault error={make.error} />}
        <p className={css['buttons']}><Button onClick={onClose}>Not now</Button><Button tone="yes" busy={make.isPending} aria-disabled={!settled} onClick={() => settled && make.mutate()}>Make the rule</Button></p>
      </div>
    </Dialog>
  );
}
