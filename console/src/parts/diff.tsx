// One diff, for cards and drafts: from the unified text of a card, or from both sides whole; unified, or side by side.
// The editor's code comes when the first diff is in the page.
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { rowsOfSides, rowsOfUnified, type DiffRows, type Hunk } from './diff-rows.ts';
import type { UnifiedView } from './diff-unified.ts';
import css from './diff.module.css';

export type { Hunk } from './diff-rows.ts';

export type DiffSource =
  | { readonly unified: string }
  | { readonly before: string | null; readonly after: string | null; readonly hunks: readonly Hunk[] };

/** Changes side by side. */
const MOST_LEVEL = 400;

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
  const all = useMemo(() => ('unified' in source ? rowsOfUnified(source.unified) : rowsOfSides(source.before, source.after, source.hunks)), [source]);
  // The two sides are kept level at every change: with very many, or with a line of a megabyte, that takes too long.
  const aside = split && 'before' in source && editsIn(all) <= MOST_LEVEL && all.rows.every(({ more }) => more !== true);
  const rows = aside ? null : all;
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
  const refused = split && !aside && 'before' in source;
  // Of a size of its own it is laid out by itself, however much of the page stands around it.
  const tall = rows === null ? 'before' in source && linesIn(source.before) + linesIn(source.after) > 160 : rows.rows.length > 80 && rows.folds.length === 0;
  if (failed) return <p className={css['note']} role="alert">The diff view could not be loaded. Reload the page; `pwb show` in a terminal shows the same.</p>;
  if (rows !== null && rows.rows.length === 0) return <p className={css['note']}>Empty: no lines on either side.</p>;
  return (
    <>
      {refused ? <p className={css['note']}>One below the other: it has too many changes, or too long lines, to stand side by side.</p> : null}
      {rows?.crlf === true ? <p className={css['note']}>Lines end in CR LF, on both sides.</p> : null}
      {rows !== null && rows.added + rows.removed === 0 ? <p className={css['note']}>The content is the same on both sides.</p> : null}
      <div ref={host} className={css['host']} data-tall={tall} />
    </>
  );
}

/** Stretches of changed rows. */
function editsIn({ rows }: DiffRows): number {
  return rows.reduce((count, { kind }, at) => (kind !== ' ' && (at === 0 || rows[at - 1]?.kind === ' ') ? count + 1 : count), 0);
}

function linesIn(text: string | null): number {
  return text === null ? 0 : text.split('\n').length;
}
