// Text of any length: folded where it is long, with its exact size; a very long one opens in an editor that draws only
// what is in sight.
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { visible } from '../../../src/model/visible.ts';
import { Button } from '../parts/button.tsx';
import { Block } from '../parts/text.tsx';
import css from './card.module.css';

const SHORT = 2000; // characters
const SHORT_LINES = 24;
/** Above this it goes to the editor. Characters. */
const PLAIN = 20_000;

/** @param last fold away its beginning, not its end: what a program said. */
export function LongText({ text, label, last = false }: { readonly text: string; readonly label: string; readonly last?: boolean }): ReactNode {
  const [open, setOpen] = useState(false);
  const part = last ? tailOf(text) : headOf(text);
  if (part.length === text.length) return <Block text={text} label={label} />;
  return (
    <div className={css['long']}>
      {open ? (text.length > PLAIN ? <Huge text={text} label={label} /> : <Block text={text} label={label} />) : <Block text={part} label={`${label}, ${last ? 'its end' : 'its beginning'}`} />}
      <p className={css['size']}>
        {open ? `All of it: ${sizeOf(text)}.` : `The ${last ? 'last' : 'first'} ${part.length.toLocaleString('en')} of ${text.length.toLocaleString('en')} characters; in all ${sizeOf(text)}.`}{' '}
        <Button tone="bare" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Fold' : 'Show all'}</Button>
      </p>
    </div>
  );
}

export function sizeOf(text: string): string {
  const lines = text.split('\n').length;
  return `${new TextEncoder().encode(text).length.toLocaleString('en')} bytes, ${lines.toLocaleString('en')} ${lines === 1 ? 'line' : 'lines'}`;
}

function headOf(text: string): string {
  if (text.length <= SHORT && lineEnd(text, SHORT_LINES) === text.length) return text;
  return text.slice(0, whole(text, Math.min(SHORT, lineEnd(text, SHORT_LINES))));
}

function tailOf(text: string): string {
  let start = text.length;
  for (let lines = 0; lines < SHORT_LINES && start > 0; lines++) start = text.lastIndexOf('\n', start - 2) + 1;
  return text.slice(whole(text, Math.max(start, text.length - SHORT)));
}

/** Where so many lines end. */
function lineEnd(text: string, lines: number): number {
  let at = -1;
  for (let count = 0; count < lines; count++) {
    at = text.indexOf('\n', at + 1);
    if (at < 0) return text.length;
  }
  return at;
}

/** Not between the halves of a character. */
function whole(text: string, at: number): number {
  return /[\udc00-\udfff]/.test(text[at] ?? '') ? at - 1 : at;
}

function Huge({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let gone = false;
    let close = (): void => undefined;
    const open = async (): Promise<void> => {
      const [{ shadowOf }, { openText }] = await Promise.all([import('../parts/diff-look.ts'), import('../parts/diff-text.ts')]);
      if (!gone && host.current !== null) close = openText(shadowOf(host.current), visible(text, '\n\t'), label);
    };
    open().catch(() => setFailed(true));
    return () => {
      gone = true;
      close();
    };
  }, [text, label]);
  return failed ? <Block text={text} label={label} /> : <div ref={host} className={css['huge']} />;
}
