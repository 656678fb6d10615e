// Something that opens: its inside is made when it is first wanted.
import { ChevronRight } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import css from './thread.module.css';

interface FoldedProps {
  readonly summary: ReactNode;
  readonly children: () => ReactNode;
  readonly className?: string | undefined;
}

export function Folded({ summary, children, className }: FoldedProps): ReactNode {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className={className ?? css['folded']} data-open={open}>
      <button type="button" className={css['fold']} aria-expanded={open} aria-controls={open ? id : undefined} onClick={() => setOpen(!open)}>
        <ChevronRight aria-hidden="true" className={css['chevron']} />
        {summary}
      </button>
      {open ? <div id={id}>{children()}</div> : null}
    </div>
  );
}
