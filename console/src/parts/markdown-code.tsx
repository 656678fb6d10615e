// A piece of code in what a model said, with a button that copies exactly its characters.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { hidesSomething, visible } from '../../../src/model/visible.ts';
import { IconButton } from './button.tsx';
import css from './markdown.module.css';

export function CodePiece({ text, lang }: { readonly text: string; readonly lang: string }): ReactNode {
  const name = visible(lang.slice(0, 40));
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

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const [state, setState] = useState<'no' | 'done' | 'failed'>('no');
  useEffect(() => {
    if (state === 'no') return;
    const timer = setTimeout(() => setState('no'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setState('done'), () => setState('failed'));
  };
  return (
    <>
      <IconButton label={`Copy ${what}`} icon={state === 'done' ? <Check /> : <Copy />} className={css['copy']} onClick={copy} />
      <span role="status" className="visually-hidden">{state === 'done' ? 'Copied.' : state === 'failed' ? 'The browser did not let it be copied.' : ''}</span>
    </>
  );
}
