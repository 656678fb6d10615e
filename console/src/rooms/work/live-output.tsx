// What a command says while it runs, its end in view. The card keeps all of it.
import { useCallback, useEffect, useRef, useState, type ReactNode } from 'react';
import { useLive } from '../../api/news.ts';
import type { LiveNews } from '../../api/types.ts';
import { visible } from '../../../../src/model/visible.ts';
import css from './thread.module.css';

/** Characters kept. */
const MOST = 16_000;

export function LiveOutput({ session, action }: { readonly session: string | null; readonly action: string }): ReactNode {
  const [text, setText] = useState('');
  const box = useRef<HTMLPreElement>(null);
  useLive(session, useCallback((live: LiveNews) => {
    if (live.type === 'output' && live.action === action) setText((before) => (before + live.text).slice(-MOST).toWellFormed());
  }, [action]));
  useEffect(() => {
    if (box.current !== null) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  if (text === '') return null;
  return <pre ref={box} className={css['output']} role="group" aria-label="What it says" tabIndex={0} dir="ltr">{visible(text, '\n\t')}</pre>;
}
