// One line of the Timeline: when, who, what, how it went.
import { memo, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Drawn } from '../../parts/text.tsx';
import { exact } from '../../parts/time.tsx';
import { WHO, type Line } from './lines.ts';
import css from './row.module.css';

interface RowProps {
  readonly line: Line;
  readonly search: string;
  /** The one that the keys are at, and the one that is open. */
  readonly isCurrent: boolean;
  readonly isOpen: boolean;
  readonly onFocus: (seq: number) => void;
}

/** Drawn anew only when it changed: many are on screen while the list moves. */
export const Row = memo(function Row({ line, search, isCurrent, isOpen, onFocus }: RowProps): ReactNode {
  const { seq, time, who, words, tone, found } = line;
  const state = stateOf(line);
  return (
    <Link href={`/timeline/${seq}${search}`} className={css['row']} data-tone={tone} data-main={line.main} aria-current={isOpen ? 'true' : undefined} tabIndex={isCurrent ? 0 : -1} data-seq={seq} onFocus={() => onFocus(seq)}>
      <time className={css['time']} dateTime={time} title={exact(time)}>{shortTime(time)}</time>
      <span className={css['who']} data-who={who}>{WHO[who]}</span>
      <span className={css['words']}><Drawn text={words} /></span>
      <span className={css['state']} data-tone={state?.tone}>{state?.words}</span>
      {found === null ? null : <span className={css['found']}><Found text={found} /></span>}
    </Link>
  );
});

/** The excerpt, with what was searched for marked. Drawn by the server. */
function Found({ text }: { readonly text: string }): ReactNode {
  return <bdi>{text.split(/[\u2068\u2069]/).map((part, index) => (index % 2 === 1 ? <mark key={index} className={css['hit']}>{part}</mark> : part))}</bdi>;
}

function stateOf({ outcome, verdict }: Line): { readonly words: string; readonly tone: 'plain' | 'good' | 'bad' | 'warn' } | null {
  switch (outcome) {
    case 'done':
      return { words: 'done', tone: 'good' };
    case 'failed':
      return { words: 'failed', tone: 'bad' };
    case 'refused':
      return { words: 'refused', tone: 'plain' };
    case 'unknown':
      return { words: 'unknown', tone: 'warn' };
    case null:
      break;
  }
  if (verdict === 'ask') return { words: 'asks', tone: 'plain' };
  if (verdict === 'deny') return { words: 'denied', tone: 'bad' };
  return verdict === 'allow' ? { words: 'allowed', tone: 'plain' } : null;
}

/** Today: the time of day; else with the day before it. */
function shortTime(time: string): string {
  const full = exact(time);
  return full.slice(0, 10) === exact(new Date().toISOString()).slice(0, 10) ? full.slice(11) : full.slice(5, 16);
}
