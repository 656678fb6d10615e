// One rule in a line: what it says, whose it is and how often it decided; a click shows its text, and behind another one
// the examples that it was checked with.
import { useState, type ReactNode } from 'react';
import { partsOf } from '../../../../src/model/rule-text.ts';
import { visible } from '../../../../src/model/visible.ts';
import { Badge } from '../../parts/badge.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import { Path } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import type { FileRule } from './layers-answer.ts';
import { VERDICTS, type Rule, type Verdict } from './policy-answer.ts';
import css from './policy.module.css';

export type Whose = 'yours' | 'machine' | 'workspace' | 'profile' | 'guard' | 'question';

/** A rule, whoever's it is. Its words are drawn. */
export interface OneRule {
  readonly id: string;
  readonly verdict: Verdict;
  readonly whose: Whose;
  /** In a sentence. */
  readonly says: string;
  /** Where it stands. */
  readonly place: string | null;
  readonly used: number;
  /** Cedar; null: it is in code, and `says` is all of it. */
  readonly text: string | null;
}

const WHOSE: { readonly [whose in Whose]: string } = { yours: 'yours', machine: 'the machine’s', workspace: 'a workspace’s', profile: 'built in', guard: 'guard', question: 'where no rule lets it go' };

/** Of the built-in ones. Those in code say when they speak. */
export function builtInRule({ id, verdict, group, reason, text, file, line, used }: Rule): OneRule {
  const inCode = group === 'guard' || group === 'question';
  const when = text.replace(/^[^,]*, when /, '').replace(/ and no rule lets it go$/, '');
  const whose = group === 'always' ? 'yours' : group;
  return { id, verdict, whose, says: inCode ? `${when.charAt(0).toUpperCase()}${when.slice(1)}.` : reason, place: file === null ? null : `${file}:${line ?? 0}`, used, text: inCode ? null : text };
}

export function fileRule({ id, verdict, layer, reason, text, file, line, used }: FileRule): OneRule {
  return { id, verdict, whose: layer === 'person' ? 'yours' : layer, says: visible(reason), place: `${file}:${line}`, used, text: visible(text, '\n\t') };
}

/** @param badged its verdict stands in the line, as it is not said above. */
export function RuleRow({ rule: { id, verdict, whose, says, place, used, text }, badged = false }: { readonly rule: OneRule; readonly badged?: boolean }): ReactNode {
  const [open, setOpen] = useState(false);
  const own = whose === 'yours' || whose === 'machine' || whose === 'workspace';
  return (
    <li className={css['rule']}>
      <details onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>
          <code className={css['id']}>{id}</code>
          <span className={css['says']}>{badged ? <Badge tone={VERDICTS[verdict].tone}>{VERDICTS[verdict].words}</Badge> : null}<Ticks text={says} /></span>
          <span className={css['meta']}>{own && !badged ? <Badge>{WHOSE[whose]}</Badge> : null}{used === 0 ? '' : countWords(used, 'time')}</span>
        </summary>
        {open ? (
          <div className={css['inside']}>
            <p className={css['quiet']}>{WHOSE[whose]}{place === null ? '' : <>, <Path path={place} /></>}, {used === 0 ? 'never used' : `decided ${countWords(used, 'time')}`}</p>
            {text === null ? null : <RuleText text={text} />}
          </div>
        ) : null}
      </details>
    </li>
  );
}

/** A rule in Cedar. @param text drawn. */
export function RuleText({ text }: { readonly text: string }): ReactNode {
  const { rule, matches, differs } = partsOf(text);
  return (
    <>
      <pre className={css['cedar']} dir="ltr">{rule}</pre>
      {matches.length + differs.length === 0 ? null : (
        <details className={css['examples']}>
          <summary>The examples that it was checked with</summary>
          <dl>
            <div><dt>It speaks of</dt>{matches.map((one) => <dd key={one}><code>{one}</code></dd>)}</div>
            <div><dt>and not of</dt>{differs.map((one) => <dd key={one}><code>{one}</code></dd>)}</div>
          </dl>
        </details>
      )}
    </>
  );
}
