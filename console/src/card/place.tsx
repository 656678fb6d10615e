// The place in what an action read where a value was found: the lines around it, with exactly its bytes marked.
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { excerptOf, type Bytes, type ExcerptLine } from '../../../src/approvals/source-words.ts';
import { titleOf } from '../../../src/approvals/title.ts';
import { Refused } from '../api/ask.ts';
import type { Card } from '../api/types.ts';
import { Fault, Loading } from '../parts/room.tsx';
import { Said } from '../parts/text.tsx';
import { Time } from '../parts/time.tsx';
import { useCard } from './by-id.tsx';
import { LongText } from './long-text.tsx';
import css from './origins.module.css';

/** @param bytes null: all of it is meant. */
export function Place({ of, bytes }: { readonly of: string; readonly bytes: Bytes | null }): ReactNode {
  const { data, error, refetch } = useCard(of);
  if (error instanceof Refused && (error.status === 410 || error.code === 'action.erased')) return <p className={css['note']}>What it was has been erased.</p>;
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  if (data === undefined) return <Loading what="Reading it" />;
  return (
    <div className={css['place']}>
      <p className={css['note']}><Said text={short(titleOf(data.card.action))} mono />, <Time time={data.card.proposed} /> <Link className={css['link']} href={`/inbox/${of}`}>its card</Link></p>
      <Read card={data.card} bytes={bytes} />
    </div>
  );
}

function Read({ card: { action, result }, bytes }: { readonly card: Card; readonly bytes: Bytes | null }): ReactNode {
  if (result === null || result === '') return <p className={css['note']}>It has no result on record.</p>;
  const found = bytes === null ? null : excerptOf(result, bytes, action);
  if (found === null) return <LongText text={result} label="What was read" />;
  return (
    <>
      {found.above === 0 ? null : <p className={css['note']}>{linesWords(found.above)} above</p>}
      <ol className={css['lines']} aria-label="The place where it was found">{found.lines.map((line, at) => <Line key={at} line={line} />)}</ol>
      {found.below === 0 ? null : <p className={css['note']}>{linesWords(found.below)} below</p>}
    </>
  );
}

function Line({ line: { number, before, marked, after } }: { readonly line: ExcerptLine }): ReactNode {
  return (
    <li data-marked={marked !== ''}>
      <span className={css['number']}>{number ?? ''}</span>
      <code dir="ltr">{before}{marked === '' ? null : <mark>{marked}</mark>}{after}</code>
    </li>
  );
}

const linesWords = (count: number): string => `${count.toLocaleString('en')} ${count === 1 ? 'line' : 'lines'}`;
const short = (title: string): string => (title.length <= 200 ? title : `${title.slice(0, 200).toWellFormed()}…`);
