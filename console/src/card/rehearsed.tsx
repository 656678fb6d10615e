// How a command went in its copy of the world, and what it said there.
import type { ReactNode } from 'react';
import type { Card } from '../api/types.ts';
import { Said } from '../parts/text.tsx';
import { durationWords } from '../parts/time.tsx';
import { LongText } from './long-text.tsx';
import css from './card.module.css';

const LIMITS: { readonly [limit: string]: string } = {
  time: 'it took too long', output: 'it printed too much', processes: 'it started too many processes', memory: 'it took too much memory', disk: 'it wrote too much', cancelled: 'it was cancelled',
};

export function Rehearsed({ rehearsal: { exit, signal, limits, duration, output } }: { readonly rehearsal: NonNullable<Card['rehearsal']> }): ReactNode {
  const well = exit === 0 && limits.length === 0;
  return (
    <div className={css['part']} data-tone={well ? 'quiet' : 'warning'}>
      <p className={css['part-heading']}>
        {well ? '' : '! '}Rehearsed in a copy: {signal === null || signal === '' ? (exit === null ? 'no exit code' : `exit ${exit}`) : <>ended by <Said text={signal} /></>}
        {limits.map((limit) => `, ${LIMITS[limit] ?? limit}`).join('')}, {durationWords(duration)}{output.trim() === '' ? ', no output' : ''}
      </p>
      {output.trim() === '' ? null : <LongText text={output.replace(/\n+$/, '')} label="Output of the rehearsal" last />}
    </div>
  );
}
