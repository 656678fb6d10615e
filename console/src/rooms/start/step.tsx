// One step of the first run: numbered, and marked when it is done.
import { Check } from 'lucide-react';
import type { ReactNode } from 'react';
import css from './start.module.css';

export function Step({ number, title, done, children }: { readonly number: number; readonly title: string; readonly done: boolean; readonly children: ReactNode }): ReactNode {
  return (
    <li className={css['step']} data-done={done}>
      <span className={css['number']} aria-hidden="true">{done ? <Check size={14} /> : number}</span>
      <section aria-label={title} className={css['content']}>
        <h2>{title}{done ? <span className="visually-hidden"> (done)</span> : null}</h2>
        {children}
      </section>
    </li>
  );
}
