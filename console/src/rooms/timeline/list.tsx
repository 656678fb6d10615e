// The lines that are in view, of however many there are. One tab stop; the keys go from line to line.
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useImperativeHandle, useRef, type Ref, type ReactNode } from 'react';
import { Button } from '../../parts/button.tsx';
import { NARROW, useMedia } from '../../parts/media.ts';
import { countWords } from '../../parts/time.tsx';
import { Row } from './row.tsx';
import type { Lines } from './use-lines.ts';
import css from './timeline.module.css';

export interface ListHandle {
  /** To the next (1) or the one before (-1), or to the first line of all. */
  step(by: 1 | -1): void;
  /** As soon as it is on screen. */
  focus(seq: number): void;
  top(): void;
  isAtTop(): boolean;
}

interface ListProps {
  readonly lines: Lines;
  readonly search: string;
  readonly open: number | null;
  /** The line that the keys are at. */
  readonly current: number | null;
  readonly onCurrent: (seq: number) => void;
  readonly hasFound: boolean;
  readonly handle: Ref<ListHandle>;
}

export function List({ lines, search, open, current, onCurrent, hasFound, handle }: ListProps): ReactNode {
  const { loaded, older, isReading, isStale, takeFresh } = lines;
  const all = loaded?.lines ?? [];
  const more = loaded?.next !== null;
  const narrow = useMedia(NARROW);
  const coarse = useMedia('(pointer: coarse)');
  const height = (narrow ? 54 : coarse ? 40 : 32) + (hasFound ? 20 : 0);
  const scroller = useRef<HTMLDivElement>(null);
  // oxlint-disable-next-line react/incompatible-library -- no compiler memoizes this; the rows memoize themselves
  const virtual = useVirtualizer({
    count: all.length + (more ? 1 : 0),
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    getItemKey: (index) => all[index]?.seq ?? 'more',
    overscan: 8,
  });
  useEffect(() => virtual.measure(), [height, virtual]);
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  // Asks well before the end is seen.
  useEffect(() => {
    if (more && !isReading && last > all.length - 100) older();
  }, [more, isReading, last, all.length, older]);

  // A row is focused as soon as it is drawn.
  const wanted = useRef<number | null>(null);
  useEffect(() => {
    const row = wanted.current === null ? null : scroller.current?.querySelector<HTMLElement>(`[data-seq="${wanted.current}"]`) ?? null;
    if (row === null || row.offsetParent === null) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });
  const focusAt = (index: number): void => {
    const line = all[index];
    if (line === undefined) return;
    wanted.current = line.seq;
    onCurrent(line.seq);
    virtual.scrollToIndex(index);
  };
  const top = (): void => {
    takeFresh();
    virtual.scrollToOffset(0);
  };
  useImperativeHandle(handle, () => ({
    step(by) {
      const at = all.findIndex(({ seq }) => seq === (current ?? open));
      focusAt(at < 0 ? Math.max(0, virtual.range?.startIndex ?? 0) : Math.min(all.length - 1, Math.max(0, at + by)));
    },
    focus(seq) {
      wanted.current = seq;
    },
    top,
    isAtTop: () => (scroller.current?.scrollTop ?? 0) < height / 2,
  }));

  const isShown = items.some(({ index }) => all[index]?.seq === current);
  const waiting = loaded?.fresh.length ?? 0;
  return (
    <div className={css['list']}>
      {waiting === 0 && loaded?.gap !== true ? null : (
        <div className={css['fresh']}><Button onClick={top} keys="Home">{loaded?.gap === true ? 'Many new. Read from the top' : `${countWords(waiting, 'new line')}`}</Button></div>
      )}
      <p className="visually-hidden" role="status">{waiting === 0 ? '' : `${countWords(waiting, 'new line')} above`}</p>
      <div ref={scroller} className={css['scroller']} data-stale={isStale} role="region" aria-label="Events, newest first" tabIndex={-1} onScroll={() => waiting > 0 && loaded?.gap !== true && (scroller.current?.scrollTop ?? 1) === 0 && takeFresh()}>
        <ol className={css['lines']} style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, key, start, size }) => {
            const line = all[index];
            return (
              <li key={key} className={css['line']} style={{ height: size, transform: `translateY(${start}px)` }} aria-posinset={index + 1} aria-setsize={more ? -1 : all.length}>
                {line === undefined
                  ? <p className={css['more']}>Loading older ones…</p>
                  : <Row line={line} search={search} isOpen={line.seq === open} isCurrent={isShown ? line.seq === current : index === items[0]?.index} onFocus={onCurrent} />}
              </li>
            );
          })}
        </ol>
      </div>
    </div>
  );
}
