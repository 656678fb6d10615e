// A part of a card: a heading that folds what belongs to it.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import css from './card.module.css';

interface SectionProps {
  readonly title: ReactNode;
  readonly compact: boolean;
  readonly folded?: boolean;
  readonly children: ReactNode;
}

export function Section({ title, compact, folded = false, children }: SectionProps): ReactNode {
  const [open, setOpen] = useState(!folded);
  const Heading = compact ? 'h4' : 'h3';
  return (
    <section className={css['section']}>
      <Heading className={css['heading']}>
        <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}{title}</button>
      </Heading>
      {open ? <div className={css['inside']}>{children}</div> : null}
    </section>
  );
}
