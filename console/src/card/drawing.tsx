// A part of a card's picture: lines that are drawn already, each with its tone. Very many come by and by.
import { useState, type ReactNode } from 'react';
import type { Part } from '../../../src/approvals/drawing.ts';
import { Button } from '../parts/button.tsx';
import css from './card.module.css';

const AT_ONCE = 60;
const MORE = 500;

export function Drawing({ part: { tone, heading, lines, verbatim } }: { readonly part: Part }): ReactNode {
  const [most, setMost] = useState(AT_ONCE);
  return (
    <div className={css['part']} data-tone={tone}>
      <p className={css['part-heading']}>{heading}</p>
      {lines.length === 0 ? null : (
        <ul className={verbatim === true ? css['verbatim'] : undefined}>
          {lines.slice(0, most).map(({ tone: own, lead, text }, at) => (
            <li key={at}>{lead === undefined ? null : <><b data-tone={own}>{lead}</b> </>}<bdi data-tone={lead === undefined ? own : undefined}>{text}</bdi></li>
          ))}
        </ul>
      )}
      {lines.length > most ? <Button tone="bare" onClick={() => setMost(most + MORE)}>Show {Math.min(MORE, lines.length - most).toLocaleString('en')} more of {(lines.length - most).toLocaleString('en')}</Button> : null}
    </div>
  );
}
