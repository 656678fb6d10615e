// Fields with a name and a line that explains them.
import { useId, type ComponentProps, type ReactNode } from 'react';
import css from './field.module.css';

interface About {
  readonly label: string;
  readonly words?: ReactNode;
  /** The name is for screen readers only. */
  readonly quiet?: boolean;
}

function Frame({ label, words, quiet = false, id, children }: About & { readonly id: string; readonly children: ReactNode }): ReactNode {
  return (
    <div className={css['field']}>
      <label htmlFor={id} className={quiet ? 'visually-hidden' : css['label']}>{label}</label>
      {children}
      {words === undefined ? null : <p id={`${id}-words`} className={css['words']}>{words}</p>}
    </div>
  );
}

export function TextField({ label, words, quiet, ...rest }: About & Omit<ComponentProps<'input'>, 'id'>): ReactNode {
  const id = useId();
  return <Frame {...about({ label, words, quiet })} id={id}><input id={id} className={css['input']} autoComplete="off" spellCheck={false} {...described(words, id)} {...rest} /></Frame>;
}

export function TextArea({ label, words, quiet, ...rest }: About & Omit<ComponentProps<'textarea'>, 'id'>): ReactNode {
  const id = useId();
  return <Frame {...about({ label, words, quiet })} id={id}><textarea id={id} className={css['input']} spellCheck={false} {...described(words, id)} {...rest} /></Frame>;
}

interface Choice {
  readonly value: string;
  readonly label: string;
}

/** The browser's own list: quick, accessible, right on a phone. */
export function SelectField({ label, words, quiet, choices, ...rest }: About & { readonly choices: readonly Choice[] } & Omit<ComponentProps<'select'>, 'id' | 'children'>): ReactNode {
  const id = useId();
  return (
    <Frame {...about({ label, words, quiet })} id={id}>
      <select id={id} className={css['input']} {...described(words, id)} {...rest}>
        {choices.map((choice) => <option key={choice.value} value={choice.value}>{choice.label}</option>)}
      </select>
    </Frame>
  );
}

export function CheckField({ label, words, ...rest }: Omit<About, 'quiet'> & Omit<ComponentProps<'input'>, 'id' | 'type'>): ReactNode {
  const id = useId();
  return (
    <div className={css['check']}>
      <input id={id} type="checkbox" {...described(words, id)} {...rest} />
      <label htmlFor={id}>{label}</label>
      {words === undefined ? null : <p id={`${id}-words`} className={css['words']}>{words}</p>}
    </div>
  );
}

const described = (words: ReactNode, id: string): { readonly 'aria-describedby'?: string } => (words === undefined ? {} : { 'aria-describedby': `${id}-words` });
/** Absent stays absent. */
const about = ({ label, words, quiet }: { label: string; words: ReactNode; quiet: boolean | undefined }): About => ({ label, ...(words === undefined ? {} : { words }), ...(quiet === undefined ? {} : { quiet }) });
