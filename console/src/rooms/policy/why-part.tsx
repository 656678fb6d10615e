// Why an action was decided as it was, from the record: the rules with their text of then, what they judged, and what
// would have to be different. It judges nothing anew.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { Section } from '../../parts/rows.tsx';
import { Drawn } from '../../parts/text.tsx';
import { Time } from '../../parts/time.tsx';
import { VERDICTS, type Verdict } from './policy-answer.ts';
import { RuleText } from './rule-row.tsx';
import css from './policy.module.css';

interface Stage {
  readonly seq: number;
  readonly time: string;
  readonly stage: 'rehearse' | 'land';
  readonly verdict: Verdict;
  readonly profile: string;
  readonly reason: string;
  readonly rules: readonly { readonly id: string; readonly origin: string; readonly text: string | null; readonly of: 'then' | 'today'; readonly note: string | null }[];
  readonly facts: readonly { readonly name: string; readonly value: string | number | boolean | readonly string[]; readonly used: boolean }[] | null;
  readonly recorded: boolean;
  readonly obstacles: readonly string[];
  readonly answer: { readonly answer: 'invoke' | 'deny' | 'edit'; readonly time: string; readonly why: string } | null;
}

interface Why {
  readonly heading: string;
  readonly stages: readonly Stage[];
}

const STAGES = { rehearse: 'To try it in a copy', land: 'To let it land' } as const;
const ORIGINS: { readonly [origin: string]: string } = {
  guard: 'a guard, which no rule loosens', question: 'a question, asked where no rule lets it go', 'built-in': 'built in', machine: 'the machine’s', person: 'yours', workspace: 'the workspace’s', standing: 'yours, said with Always…', house: 'the house itself', unknown: 'not known any more',
};
const ANSWERS = { invoke: 'You said yes', deny: 'You said no', edit: 'You changed it' } as const;

export function WhyPart({ action }: { readonly action: string }): ReactNode {
  const { data, error, refetch } = useQuery({ queryKey: ['policy', 'why', action], queryFn: ({ signal }) => ask<Why>('GET', `/api/actions/${action}/why`, undefined, signal) });
  return (
    <Section title="Why it was decided so" words="From the record, as it was then." actions={<Link href="/policy">Close</Link>}>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Reading the record" /> : (
        <>
          <p><Link href={`/inbox/${action}`}><Drawn text={data.heading} /></Link></p>
          {data.stages.length === 0 ? <p>Nothing was decided on it yet.</p> : <ol className={css['stages']} aria-label="What was decided">{data.stages.map((stage) => <One key={stage.seq} stage={stage} />)}</ol>}
        </>
      )}
    </Section>
  );
}

/** Those in code are words. */
function isCedar(text: string): boolean {
  return /\b(?:permit|forbid)\s*\(/.test(text);
}

function One({ stage: { time, stage, verdict, reason, profile, rules, facts, recorded, obstacles, answer } }: { readonly stage: Stage }): ReactNode {
  return (
    <li className={css['why']}>
      <p className={css['stage']}><strong>{STAGES[stage]}</strong><Badge tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].words}</Badge><span className={css['quiet']}><Time time={time} />, profile <Drawn text={profile} /></span></p>
      <p><Drawn text={reason} /></p>
      {rules.map(({ id, origin, text, of, note }) => (
        <div key={id}>
          <p className={css['quiet']}>By <code><Drawn text={id} /></code>, {ORIGINS[origin] ?? origin}{of === 'then' ? ', as it was then' : ''}</p>
          {text === null ? null : isCedar(text) ? <details><summary>The rule itself</summary><RuleText text={text} /></details> : <p>It <Drawn text={text} />.</p>}
          {note === null ? null : <p className={css['note']}><Drawn text={note} /></p>}
        </div>
      ))}
      {answer === null ? null : <p><strong>{ANSWERS[answer.answer]}</strong>, <Time time={answer.time} />{answer.why === '' ? null : <>: <Drawn text={answer.why} /></>}</p>}
      {obstacles.length === 0 ? null : <div><p>For it to go without asking:</p><ul>{obstacles.map((one) => <li key={one}><Drawn text={one} /></li>)}</ul></div>}
      {facts === null ? <p className={css['note']}>What it judged was erased.</p> : facts.length === 0 ? null : (
        <details>
          <summary>What it judged{recorded ? '' : ' (derived today, as it was not on record then)'}</summary>
          <ul>{facts.toSorted((a, b) => Number(b.used) - Number(a.used)).map(({ name, value, used }) => <li key={name} className={used ? '' : css['quiet']}><code>{name}</code> = <Drawn text={typeof value === 'object' ? (value.length === 0 ? 'none' : value.join(', ')) : String(value)} /></li>)}</ul>
        </details>
      )}
    </li>
  );
}
