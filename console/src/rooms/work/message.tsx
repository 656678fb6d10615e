// One message: the person's words as they were typed, the model's as Markdown, with what stands beside them.
import { FileText, Pencil, RotateCcw } from 'lucide-react';
import { memo, useState, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { Badge } from '../../parts/badge.tsx';
import { IconButton } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Markdown } from '../../parts/markdown.tsx';
import { prose } from '../../parts/prose.ts';
import { Path, Said } from '../../parts/text.tsx';
import { countWords, durationWords, sizeWords, Time } from '../../parts/time.tsx';
import { Folded } from './folded.tsx';
import type { MessageItem, Thread } from './items.ts';
import { SayAnew } from './say-anew.tsx';
import css from './thread.module.css';

interface MessageProps {
  readonly message: MessageItem;
  readonly session: string;
  /** The model said something in this turn before: its name stands there. */
  readonly follows: boolean;
  /** Can be said anew now. */
  readonly free: boolean;
  readonly onSaidAnew: (session: Thread['session']) => void;
  readonly onRetry: (message: MessageItem) => void;
}

export const Message = memo(function Message(props: MessageProps): ReactNode {
  return props.message.role === 'user' ? <Own {...props} /> : <Answer message={props.message} follows={props.follows} />;
});

function Own({ message, session, free, onSaidAnew, onRetry }: MessageProps): ReactNode {
  const [editing, setEditing] = useState(false);
  const { text, files, time, index, current } = message;
  const anew = current && index !== null && text !== null;
  return (
    <article className={css['own']} aria-label="You said">
      <div className={css['meta']}>
        <strong>You</strong>
        <Time time={time} />
        {anew && !editing ? (
          <span className={css['tools']}>
            <CopyButton text={text} what="these words" />
            <IconButton label={free ? 'Ask the same again from here' : 'Ask again: not while it works'} icon={<RotateCcw />} aria-disabled={!free} onClick={() => free && onRetry(message)} />
            <IconButton label={free ? 'Edit and send again' : 'Edit: not while it works'} icon={<Pencil />} aria-disabled={!free} data-edit={message.seq} onClick={() => free && setEditing(true)} />
          </span>
        ) : null}
      </div>
      {editing ? <SayAnew message={message} session={session} onEnd={() => setEditing(false)} onDone={onSaidAnew} /> : <Words text={text} />}
      {files.length === 0 || editing ? null : (
        <ul className={css['files']} aria-label="Attached files">
          {files.map(({ path, size }) => <li key={path}><FileText size={14} aria-hidden="true" /><Path path={path} /> <span className={css['quiet']}>{sizeWords(size)}</span></li>)}
        </ul>
      )}
    </article>
  );
}

/** Characters shown at once; the rest opens. */
const FIRST = 4000;

function Words({ text }: { readonly text: string | null }): ReactNode {
  const [pages, setPages] = useState(1);
  if (text === null) return <p className={css['erased']}>These words were erased. The record says when, by whom and why.</p>;
  const most = pages === 1 ? FIRST : FIRST * 8 * pages;
  if (text.length <= most) return <p className={css['words']} dir="auto">{prose(text)}</p>;
  return (
    <>
      <p className={css['words']} dir="auto">{prose(text.slice(0, most).toWellFormed())}</p>
      <p><button type="button" className={css['more']} onClick={() => setPages(pages + 1)}>Show more of {text.length.toLocaleString('en')} characters</button></p>
    </>
  );
}

function Answer({ message, follows }: Pick<MessageProps, 'message' | 'follows'>): ReactNode {
  const { text, reasoning, calls, model, tokens, duration, time, label } = message;
  const misfits = calls.filter(({ action }) => action === null);
  // It only called tools: they stand below, and what it took at the end of the turn.
  if (text === '' && (reasoning ?? '') === '' && misfits.length === 0) return null;
  const named = model === null ? 'The model' : visible(model);
  return (
    <article className={css['answer']} aria-label={`${named} said`}>
      <div className={follows ? css['meta-more'] : css['meta']}>
        {follows ? null : <strong className={css['model']}>{named}</strong>}
        <Time time={time} />
        {duration === null ? null : <span>{durationWords(duration)}</span>}
        {tokens === null ? null : <span className={css['tokens']}>{tokenWords(tokens)}</span>}
        {label.integrity === 'outside' ? <Badge tone="warning">read from outside</Badge> : null}
        {text === null || text === '' ? null : <span className={css['tools']}><CopyButton text={text} what="this answer" /></span>}
      </div>
      {reasoning === null || reasoning === '' ? null : <Reasoning text={reasoning} />}
      {text === null ? <p className={css['erased']}>This answer was erased. The record says when, by whom and why.</p> : text === '' ? null : <Markdown text={text} />}
      {misfits.map(({ name }, index) => <p key={index} className={css['note']}>It called <Said text={name} mono /> with arguments that don’t fit; nothing was proposed, and it was told so.</p>)}
    </article>
  );
}

export function Reasoning({ text, took }: { readonly text: string; readonly took?: string }): ReactNode {
  return (
    <Folded summary={<>Reasoning <span className={css['quiet']}>{countWords(text.length, 'character')}{took === undefined ? '' : `, ${took}`}; the model’s own words</span></>}>
      {() => <div className={css['reasoning']}><Markdown text={text} /></div>}
    </Folded>
  );
}

export function tokenWords({ prompt, output }: { readonly prompt: number; readonly output: number }): string {
  return `${short(prompt)} tokens read, ${short(output)} written`;
}

const short = (count: number): string => (count < 10_000 ? count.toLocaleString('en') : `${Math.round(count / 1000).toLocaleString('en')}k`);
