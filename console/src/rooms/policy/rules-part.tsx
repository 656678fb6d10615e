// The rules that you made by saying Always…, as text; each can be taken away.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { RowLine, Rows, Section } from '../../parts/rows.tsx';
import { Drawn, Path } from '../../parts/text.tsx';
import { countWords, Time } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import { VERDICTS, type Rule } from './policy-answer.ts';
import css from './policy.module.css';

export function RulesPart({ rules }: { readonly rules: readonly Rule[] }): ReactNode {
  const yours = rules.filter(({ group }) => group === 'always');
  return (
    <div id="your-rules">
      <Section title="Your rules" words="Made on a card, by Always…: from then on what is just like it goes without asking. They never outdo what is denied or what asks for a graver reason.">
        {yours.length === 0 ? <p>None. Everything that asks, asks you.</p> : <Rows label="Your rules">{yours.map((rule) => <Line key={rule.id} rule={rule} />)}</Rows>}
      </Section>
    </div>
  );
}

function Line({ rule }: { readonly rule: Rule }): ReactNode {
  const { id, verdict, text, cedar, used, made, from, root, note } = rule;
  const word = VERDICTS[verdict];
  return (
    <RowLine name={<code id={id}>{id}</code>} marks={<><Badge tone={word.tone}>{word.words}</Badge>{note === null ? null : <Badge tone="warning">no hold</Badge>}</>} side={<><span className={css['quiet']}>{used === 0 ? 'never used' : `decided ${countWords(used, 'time')}`}</span><Remove rule={rule} /></>}>
      <pre className={css['text']}><bdi>{text}</bdi></pre>
      {cedar === null ? null : <details><summary>The rule itself</summary><pre className={css['text']}><bdi>{cedar}</bdi></pre></details>}
      {note === null ? null : <p className={css['note']}><Drawn text={note} /></p>}
      <p>
        {made === null ? null : <>Made <Time time={made} /></>}
        {from === null ? null : <> from <Link href={`/inbox/${from}`}>this action</Link></>}
        {root === null ? null : <> · <Path path={root} /></>}
      </p>
    </RowLine>
  );
}

function Remove({ rule: { id, text } }: { readonly rule: Rule }): ReactNode {
  const [asking, setAsking] = useState(false);
  const client = useQueryClient();
  const tell = useTell();
  const remove = useMutation({
    mutationFn: () => ask('DELETE', `/api/policy/rules/${id}`),
    onSuccess: () => {
      tell.done('The rule is gone. It is asked again.');
      void client.invalidateQueries({ queryKey: ['policy'] });
    },
    onError: tell.failed,
  });
  return (
    <>
      <Button tone="bare" busy={remove.isPending} onClick={() => setAsking(true)}>Remove…</Button>
      <Confirm open={asking} onClose={() => setAsking(false)} title="Take this rule away?" yes="Take it away" onYes={() => remove.mutate()}>
        <pre className={css['text']}><bdi>{text}</bdi></pre>
        <p>What it let go without asking is asked about again. What has landed stays.</p>
      </Confirm>
    </>
  );
}
