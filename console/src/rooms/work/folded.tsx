// Something that opens: its inside is made when it is first wanted.
import { useState, type ReactNode } from 'react';
import css from './thread.module.css';

export function Folded({ summary, children, open = false, className }: { readonly summary: ReactNode; readonly children: () => ReactNode; readonly open?: boolean; readonly className?: string | undefined }): ReactNode {
  const [is, setIs] = useState(open);
  return (
    <details className={className ?? css['folded']} open={is} onToggle={(event) => setIs(event.currentTarget.open)}>
      <summary>{summary}</summary>
      {is ? children() : null}
    </details>
  );
}
