// A text of any length: the beginning at once, more when it is asked for, so that a megabyte doesn't hold up the page.
import { useState, type ReactNode } from 'react';
import { Button } from '../../parts/button.tsx';
import { Block } from '../../parts/text.tsx';
import css from './event-panel.module.css';

/** Characters. */
const FIRST = 12_000;
const MORE = 120_000;

export function LongText({ text, label }: { readonly text: string; readonly label: string }): ReactNode {
  const [shown, setShown] = useState(FIRST);
  if (text === '') return <p className={css['quiet']}>Empty.</p>;
  // Not within a pair of surrogates.
  const end = shown < text.length && /[\ud800-\udbff]/.test(text[shown - 1] ?? '') ? shown - 1 : shown;
  return (
    <>
      <Block text={text.slice(0, end)} label={label} />
      {end >= text.length ? null : (
        <p className={css['cut']}>
          <span>{end.toLocaleString('en')} of {text.length.toLocaleString('en')} characters are shown.</span>
          <Button tone="bare" onClick={() => setShown(shown + MORE)}>Show more</Button>
        </p>
      )}
    </>
  );
}
