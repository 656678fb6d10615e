// Words that came from a model, a file, a program or a name. INVARIANT: such a string reaches the page through one of
// these only; they are text nodes, and what would hide or turn the text around is spelled.
import type { ReactNode } from 'react';
import { visible } from '../../../src/model/visible.ts';
import css from './text.module.css';

/** In a sentence: line ends are spelled too, so that it can't look like words of ours. */
export function Said({ text, mono = false }: { readonly text: string; readonly mono?: boolean }): ReactNode {
  return <bdi className={[css['said'], mono ? css['mono'] : ''].join(' ')}>{visible(text)}</bdi>;
}

/** As it is laid out: what a program said, a command of several lines, a file. */
export function Block({ text, label }: { readonly text: string; readonly label?: string }): ReactNode {
  const drawn = visible(text, '\n\t');
  return label === undefined
    ? <pre className={css['block']} dir="ltr">{drawn}</pre>
    : <pre className={css['block']} dir="ltr" role="group" aria-label={label} tabIndex={mayScroll(drawn) ? 0 : undefined}>{drawn}</pre>;
}

/** Where it may be higher than its frame the keyboard gets to it, to scroll; a short one is no stop on the way to the answers. */
function mayScroll(text: string): boolean {
  return text.length > 540 || text.split('\n').reduce((rows, line) => rows + Math.max(1, Math.ceil(line.length / 30)), 0) > 18;
}

/** A path: mono, hidden characters spelled, never broken silently. */
export function Path({ path }: { readonly path: string }): ReactNode {
  return <bdi className={css['path']}>{visible(path)}</bdi>;
}

/** A line that the server has drawn already (`words`, `heading`, `parts`): drawing it twice would spell its marks again. */
export function Drawn({ text }: { readonly text: string }): ReactNode {
  return <bdi className={css['said']}>{text}</bdi>;
}
