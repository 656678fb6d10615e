// A word in a small frame: a state, a label, a count. Colour never says it alone.
import type { ReactNode } from 'react';
import css from './badge.module.css';

export type BadgeTone = 'plain' | 'accent' | 'good' | 'danger' | 'warning';

export function Badge({ tone = 'plain', title, children }: { readonly tone?: BadgeTone; readonly title?: string; readonly children: ReactNode }): ReactNode {
  return <span className={[css['badge'], css[tone]].join(' ')} title={title}>{children}</span>;
}
