// What works on this machine and what doesn't, each with its next step; the same as `pwb doctor`.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Badge, type BadgeTone } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault, Loading } from '../../parts/room.tsx';
import { Section } from '../../parts/rows.tsx';
import { Said } from '../../parts/text.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import css from './health.module.css';

interface Check {
  readonly id: string;
  readonly status: 'ok' | 'warn' | 'fail';
  readonly detail: string;
  readonly fix?: string;
}

const STATUS: { readonly [status in Check['status']]: { readonly words: string; readonly tone: BadgeTone } } = {
  fail: { words: 'fails', tone: 'danger' }, warn: { words: 'limited', tone: 'warning' }, ok: { words: 'works', tone: 'good' },
};
const ORDER: readonly Check['status'][] = ['fail', 'warn', 'ok'];

export function ChecksPart(): ReactNode {
  const { data, error, refetch, isFetching } = useQuery({ queryKey: ['doctor'], queryFn: async ({ signal }) => (await ask<{ readonly checks: readonly Check[] }>('GET', '/api/doctor', undefined, signal)).checks, staleTime: 30_000 });
  useKeys('Health', [{ keys: 'r', words: 'Check again', run: () => void refetch() }]);
  const wrong = data?.filter(({ status }) => status !== 'ok').length ?? 0;
  return (
    <Section title="Checks" actions={<Button busy={isFetching} keys="r" onClick={() => void refetch()}>Check again</Button>} words={data === undefined ? undefined : <span role="status">{wrong === 0 ? 'Everything works.' : wrong === 1 ? 'One thing could be better.' : `${wrong} things could be better.`}</span>}>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Checking this machine" /> : (
        <ul className={css['checks']} aria-label="Checks">
          {data.toSorted((a, b) => ORDER.indexOf(a.status) - ORDER.indexOf(b.status)).map(({ id, status, detail, fix }) => (
            <li key={id}>
              <Badge tone={STATUS[status].tone}>{STATUS[status].words}</Badge>
              <strong><Said text={id} /></strong>
              <div>
                <p><Ticks text={visible(detail)} /></p>
                {fix === undefined ? null : <p>Next: <Ticks text={visible(fix)} /></p>}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
