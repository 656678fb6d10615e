// What the model is saying right now. It draws itself anew, and only itself, and gives way when the message is there.
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { useLive, useRecords } from '../../api/news.ts';
import type { LiveNews, LogEvent } from '../../api/types.ts';
import { Markdown } from '../../parts/markdown.tsx';
import { sizeWords } from '../../parts/time.tsx';
import { visible } from '../../../../src/model/visible.ts';
import { Reasoning } from './message.tsx';
import type { Now } from './items.ts';
import css from './thread.module.css';

interface Said {
  readonly model: string | null;
  readonly text: string;
  readonly reasoning: string;
  readonly calling: { readonly name: string; readonly bytes: number } | null;
  /** Milliseconds since 1970. */
  readonly since: number;
  readonly reasoned: number | null;
  /** The seq of the message that says it, once that is on record. */
  readonly kept: number | null;
  /** The page came when it was speaking already. */
  readonly late: boolean;
}

/** Milliseconds: a page that came so much after the question may have missed words. */
const LATE = 3000;

const START: Said = { model: null, text: '', reasoning: '', calling: null, since: 0, reasoned: null, kept: null, late: true };

function after(said: Said | null, live: LiveNews): Said | null {
  const now = said === null || said.kept !== null ? { ...START, since: Date.now() } : said;
  switch (live.type) {
    case 'thinking':
      return { ...START, model: live.model, since: Date.now(), late: false };
    case 'text':
      return { ...now, text: now.text + live.text, calling: null, reasoned: now.reasoned ?? Date.now() };
    case 'reasoning':
      return { ...now, reasoning: now.reasoning + live.text };
    case 'calling':
      return { ...now, calling: { name: live.name, bytes: live.bytes } };
    case 'rest':
      return null;
    case 'step':
    case 'action':
    case 'output':
    case 'notice':
      return said;
  }
}

interface SpeakingProps {
  readonly session: string;
  /** Seq of the newest message that the thread shows. */
  readonly last: number;
  /** When the person spoke last, in milliseconds since 1970. */
  readonly asked: number;
  /** Something is being worked on, and nothing in the thread says so by itself. */
  readonly working: boolean;
  /** What was told before the page listened. */
  readonly now: Now | null;
}

export function Speaking({ session, last, asked, working, now }: SpeakingProps): ReactNode {
  const [opened] = useState(() => Date.now());
  const [said, setSaid] = useState<Said | null>(null);
  useLive(session, useCallback((live: LiveNews) => setSaid((before) => after(before, live)), []));
  useRecords(useCallback(({ seq, body }: LogEvent) => {
    if (body.type === 'message.added' && body.session === session && body.role === 'assistant') setSaid((before) => before === null ? null : { ...before, kept: seq });
    else if (body.type === 'turn.ended' && body.session === session) setSaid(null);
  }, [session]));
  const over = said?.kept !== null && said !== null && last >= said.kept;
  useEffect(() => {
    if (over) setSaid(null);
  }, [over]);
  if (said === null || over) return working ? <p className={css['note']}>{now?.model === undefined || now.model === null ? 'The model' : visible(now.model)} {now?.doing === 'calling' ? 'is preparing a call' : now?.doing === 'thinking' ? 'is reading, thinking or answering' : 'is at work'}…</p> : null;
  const { text, reasoning, calling, since, reasoned, late } = said;
  const model = said.model ?? now?.model ?? null;
  const took = reasoned === null ? undefined : `${Math.max(1, Math.round((reasoned - since) / 1000))} s`;
  return (
    <article className={css['answer']} aria-label="Being said" aria-busy="true">
      <div className={css['meta']}><strong className={css['model']}>{model === null ? 'The model' : visible(model)}</strong><span>{text !== '' ? 'is answering' : reasoning !== '' ? 'is thinking' : 'is reading'}…</span></div>
      {late && opened - asked > LATE && (text !== '' || reasoning !== '') ? <p className={css['note']}>What it said before this page was opened shows when it is done.</p> : null}
      {reasoning === '' ? null : text === '' && calling === null ? <div className={css['reasoning']}><Markdown text={reasoning.slice(-1200).toWellFormed()} growing /></div> : <Reasoning text={reasoning} {...(took === undefined ? {} : { took })} />}
      {text === '' ? null : <Markdown text={text} growing />}
      {calling === null ? null : <p className={css['note']}>Preparing a call of <code>{visible(calling.name)}</code>, {sizeWords(calling.bytes)} so far…</p>}
    </article>
  );
}
