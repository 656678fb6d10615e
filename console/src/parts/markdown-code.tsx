// A piece of code in what a model said, with a button that copies exactly its characters.
import type { ReactNode } from 'react';
import { hidesSomething, visible } from '../../../src/model/visible.ts';
import { CopyButton } from './copy.tsx';
import css from './markdown.module.css';

export function CodePiece({ text, lang }: { readonly text: string; readonly lang: string }): ReactNode {
  const name = lang.length <= 200 ? visible(lang) : `${visible(lang.slice(0, 200).toWellFormed())}… (${lang.length.toLocaleString('en')} characters behind the mark of this code)`;
  return (
    <div className={css['code']}>
      <div className={css['code-head']}>
        <span>{name}</span>
        {hidesSomething(text) ? <span className={css['warn']}>has hidden or look-alike characters</span> : null}
        <CopyButton text={text} what="this code" />
      </div>
      <pre role="group" tabIndex={0} aria-label={name === '' ? 'Code' : `Code, ${name}`} dir="ltr">{visible(text, '\n\t')}</pre>
    </div>
  );
}
