// A plain list of things with thin lines between: a name, marks, some words, and what can be done at the end.
import type { ReactNode } from 'react';
import css from './rows.module.css';

export function Rows({ label, children }: { readonly label: string; readonly children: ReactNode }): ReactNode {
  return <ul className={css['rows']} aria-label={label}>{children}</ul>;
}

interface RowProps {
  readonly name: ReactNode;
  /** Behind the name: badges. */
  readonly marks?: ReactNode;
  /** Lines under it. */
  readonly children?: ReactNode;
  /** At the end: what can be done. */
  readonly side?: ReactNode;
}

export function RowLine({ name, marks, children, side }: RowProps): ReactNode {
  return (
    <li className={css['row']}>
      <div className={css['main']}>
        <p className={css['name']}>{name}{marks}</p>
        {children === undefined ? null : <div className={css['words']}>{children}</div>}
      </div>
      {side === undefined || side === null ? null : <div className={css['side']}>{side}</div>}
    </li>
  );
}

/** A part of a room with its own heading. */
export function Section({ title, words, actions, children }: { readonly title: string; readonly words?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }): ReactNode {
  return (
    <section className={css['section']} aria-label={title}>
      <header className={css['head']}>
        <h2>{title}</h2>
        {actions === undefined ? null : <div className={css['side']}>{actions}</div>}
      </header>
      {words === undefined ? null : <p className={css['about']}>{words}</p>}
      {children}
    </section>
  );
}

/** Sections below each other, at a width that can be read. */
export function Column({ children }: { readonly children: ReactNode }): ReactNode {
  return <div className={css['column']}>{children}</div>;
}
