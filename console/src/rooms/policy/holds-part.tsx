// All that holds at one look: what goes without asking, what asks and what is refused, by whosoever's rule.
import { useState, type ReactNode } from 'react';
import { Badge } from '../../parts/badge.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { Section } from '../../parts/rows.tsx';
import { countWords } from '../../parts/time.tsx';
import type { LayersAnswer } from './layers-answer.ts';
import { VERDICTS, type Rule, type Verdict } from './policy-answer.ts';
import { builtInRule, fileRule, RuleRow, type OneRule, type Whose } from './rule-row.tsx';
import css from './policy.module.css';

const GROUPS: readonly { readonly verdict: Verdict; readonly title: string; readonly words: string }[] = [
  { verdict: 'allow', title: 'Goes without asking', words: 'where nothing below asks or refuses' },
  { verdict: 'ask', title: 'Asks you', words: 'and so does all that no rule speaks of' },
  { verdict: 'deny', title: 'Is refused', words: 'whatever else speaks for it' },
];
const CHOICES: readonly { readonly value: '' | Whose; readonly label: string }[] = [
  { value: '', label: 'all rules' }, { value: 'yours', label: 'yours, in files' }, { value: 'machine', label: 'the machine’s' }, { value: 'workspace', label: 'of workspaces' },
  { value: 'profile', label: 'of the profile' }, { value: 'guard', label: 'guards, which no rule loosens' }, { value: 'question', label: 'where no rule lets it go' },
];
/** One's own first: those are what a person may have forgotten. */
const FIRST: readonly Whose[] = ['yours', 'machine', 'workspace', 'profile', 'guard', 'question'];

export function HoldsPart({ profile, rules, layers }: { readonly profile: string; readonly rules: readonly Rule[]; readonly layers: LayersAnswer | undefined }): ReactNode {
  const [words, setWords] = useState('');
  const [whose, setWhose] = useState('');
  const wanted = words.trim().toLowerCase();
  const always = rules.filter(({ group, note }) => group === 'always' && note === null).length;
  const all = [
    ...(layers === undefined ? [] : [...layers.rules, ...layers.workspaces.flatMap((one) => one.rules)].map(fileRule)),
    ...rules.filter(({ group }) => group !== 'always').map(builtInRule),
  ].toSorted((a, b) => FIRST.indexOf(a.whose) - FIRST.indexOf(b.whose));
  const fits = (rule: OneRule): boolean => (whose === '' || rule.whose === whose) && `${rule.id} ${rule.says} ${rule.text ?? ''} ${rule.place ?? ''}`.toLowerCase().includes(wanted);
  const shown = all.filter(fits);
  const present = CHOICES.filter(({ value }) => value === '' || all.some((rule) => rule.whose === value));
  const narrowed = whose !== '' || wanted !== '';
  return (
    <Section title="What holds" words={<>Under the profile <strong>{profile}</strong>. Of all rules that match, the strictest word holds: refused before asks before goes.</>}>
      <div className={css['find']}>
        <TextField quiet label="Find a rule" type="search" placeholder="Find a rule" value={words} onChange={(event) => setWords(event.target.value)} />
        <SelectField quiet label="Whose rules" choices={present} value={whose} onChange={(event) => setWhose(event.target.value)} />
      </div>
      {shown.length === 0 ? <p role="status">No rule has these words.</p> : GROUPS.map(({ verdict, title, words: about }) => {
        const group = shown.filter((rule) => rule.verdict === verdict);
        if (group.length === 0) return null;
        return (
          <section key={verdict} className={css['group']} aria-label={title}>
            <header className={css['heading']}><h3>{title}</h3><Badge tone={VERDICTS[verdict].tone}>{group.length}</Badge><span className={css['quiet']}>{about}</span></header>
            <ul className={css['list']}>
              {group.map((rule) => <RuleRow key={`${rule.place ?? ''} ${rule.id}`} rule={rule} />)}
              {verdict === 'allow' && always > 0 && !narrowed ? <li className={css['also']}>And what you said Always… to: <a href="#your-rules">{countWords(always, 'rule')}</a></li> : null}
            </ul>
          </section>
        );
      })}
    </Section>
  );
}
