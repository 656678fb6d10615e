// One diff, for cards and drafts: from the unified text of a card, or from both sides whole; unified, or side by side.
// The editor's code comes when the first diff is in the page.
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { rowsOfSides, rowsOfUnified, type Hunk } from './diff-rows.ts';
import type { UnifiedView } from './diff-unified.ts';
import css from './diff.module.css';

export type { Hunk } from './diff-rows.ts';

export type DiffSource =
  | { readonly unified: string }
  | { readonly before: string | null; readonly after: string | null; readonly hunks: readonly Hunk[] };

interface DiffProps {
  /** Its name, drawn: `a.txt`. */
  readonly label: string;
  readonly source: DiffSource;
  readonly split?: boolean;
  /** Hunks that are taken; absent: nothing is to be chosen. */
  readonly taken?: ReadonlySet<number> | null;
  readonly onTake?: (hunk: number, take: boolean) => void;
}

export function Diff({ label, source, split = false, taken = null, onTake }: DiffProps): ReactNode {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<UnifiedView | null>(null);
  const now = useRef({ taken, onTake });
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    now.current = { taken, onTake };
    view.current?.take(taken);
  });
  const aside = split && 'before' in source;
  const rows = useMemo(() => (aside ? null : 'unified' in source ? rowsOfUnified(source.unified) : rowsOfSides(source.before, source.after, source.hunks)), [aside, source]);
  useEffect(() => {
    let gone = false;
    let close = (): void => undefined;
    const open = async (): Promise<void> => {
      const { shadowOf } = await import('./diff-look.ts');
      const { openSplit } = await import('./diff-split.ts');
      const { openUnified } = await import('./diff-unified.ts');
      if (gone || host.current === null) return;
      const root = shadowOf(host.current);
      if (rows === null && 'before' in source) ({ close } = openSplit(root, source.before ?? '', source.after ?? '', `Diff of ${label}`));
      else if (rows !== null) {
        const opened = openUnified(root, rows, `Diff of ${label}`, now.current.taken, (hunk, take) => now.current.onTake?.(hunk, take));
        view.current = opened;
        close = () => {
          view.current = null;
          opened.close();
        };
      }
    };
    open().catch(() => setFailed(true));
    return () => {
      gone = true;
      close();
    };
  }, [rows, source, label]);
  if (failed) return <p className={css['note']} role="alert">The diff view could not be loaded. Reload the page; `pwb show` in a terminal shows the same.</p>;
  if (rows !== null && rows.rows.length === 0) return <p className={css['note']}>Empty: no lines on either side.</p>;
  return (
    <>
      {rows?.crlf === true ? <p className={css['note']}>Lines end in CR LF, on both sides.</p> : null}
      {rows !== null && rows.added + rows.removed === 0 ? <p className={css['note']}>The content is the same on both sides.</p> : null}
      <div ref={host} className={css['host']} data-split={aside} />
    </>
  );
}
