// The log as people read it: newest first, narrowed by filters, each event open to its last byte.
import { useCallback, useRef, useState, type ReactNode } from 'react';
import { useLocation, useRoute } from 'wouter';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Download } from '../../parts/download.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Empty, Fault, Loading, Room } from '../../parts/room.tsx';
import { saveFile } from '../../parts/save.ts';
import { useTell } from '../../parts/toast.tsx';
import { EventPanel } from './event-panel.tsx';
import { FilterBar } from './filter-bar.tsx';
import { useView } from './filters.ts';
import { List, type ListHandle } from './list.tsx';
import { useLines } from './use-lines.ts';
import { Verify } from './verify.tsx';
import css from './timeline.module.css';

export default function Timeline(): ReactNode {
  const view = useView();
  const [, go] = useLocation();
  const [, params] = useRoute('/timeline/:seq');
  const open = params === null || !/^\d{1,15}$/.test(params.seq) ? null : Number(params.seq);
  const [current, setCurrent] = useState<number | null>(open);
  const [showsFilters, setShowsFilters] = useState(false);
  const [verifying, setVerifying] = useState(false);
  const list = useRef<ListHandle>(null);
  const field = useRef<HTMLInputElement>(null);
  const lines = useLines(view.query, useCallback(() => list.current?.isAtTop() ?? true, []));
  const { loaded, error } = lines;

  const close = (): void => {
    if (open !== null) list.current?.focus(open);
    setCurrent(open);
    go(`/timeline${view.search}`);
  };
  /** The panel follows the keys while it is open. */
  const follow = useCallback((seq: number): void => {
    setCurrent(seq);
    if (open !== null && seq !== open) go(`/timeline/${seq}${view.search}`, { replace: true });
  }, [open, go, view.search]);
  const step = (by: 1 | -1): void => list.current?.step(by);
  useKeys('Timeline', [
    { keys: 'j', words: 'Next', run: () => step(1) },
    { keys: 'k', words: 'Previous', run: () => step(-1) },
    { keys: 'ArrowDown', words: 'Next', run: () => step(1) },
    { keys: 'ArrowUp', words: 'Previous', run: () => step(-1) },
    { keys: 'Home', words: 'To the newest', run: () => list.current?.top() },
    { keys: '/', words: 'Search', run: () => field.current?.focus() },
    { keys: 'f', words: 'Filter', run: () => setShowsFilters(!showsFilters) },
    { keys: 'v', words: 'Verify the log', run: () => setVerifying(true) },
    ...(open === null ? [] : [{ keys: 'Escape', words: 'Close the event', run: close }]),
  ]);

  const isEmpty = loaded !== null && loaded.lines.length === 0 && loaded.fresh.length === 0 && !lines.isStale;
  const isFiltered = Object.keys(view.filters).length > 0;
  return (
    <Room title="Timeline" bare actions={<Tools onVerify={() => setVerifying(true)} />}>
      <div className={css['timeline']} data-open={open !== null}>
        <div className={css['main']}>
          <FilterBar view={view} search={field} isOpen={showsFilters} onOpen={setShowsFilters} />
          {loaded === null || loaded.indexed >= loaded.size ? null : <p className={css['behind']} role="status">The search has read {loaded.indexed.toLocaleString('en')} of {loaded.size.toLocaleString('en')} events; more comes by itself.</p>}
          {error === null ? null : <div className={css['pad']}><Fault error={error} again={lines.again} /></div>}
          {loaded === null ? (error === null ? <Loading what="Reading the log" /> : null)
            : isEmpty ? (
              <Empty heading={isFiltered ? 'Nothing fits' : 'Nothing has happened yet'}>
                {isFiltered ? <Button onClick={view.clear}>Clear the filters</Button> : 'Everything that is asked, decided and done is put on record here as it happens.'}
              </Empty>
            ) : <List lines={lines} search={view.search} open={open} current={current} onCurrent={follow} hasFound={view.filters.q !== undefined && loaded.lines.some(({ found }) => found !== null)} handle={list} />}
        </div>
        {open === null ? null : <EventPanel seq={open} search={view.search} onClose={close} onStep={step} />}
      </div>
      <Verify open={verifying} onClose={() => setVerifying(false)} />
    </Room>
  );
}

function Tools({ onVerify }: { readonly onVerify: () => void }): ReactNode {
  const tell = useTell();
  const keep = (): void => {
    ask<{ readonly size: number; readonly checkpoint: string }>('GET', '/api/log/head').then(
      ({ size, checkpoint }) => saveFile(`checkpoint-${size}.txt`, checkpoint),
      (error: unknown) => tell.failed(error),
    );
  };
  return (
    <>
      <Button keys="v" onClick={onVerify}>Verify</Button>
      <Button title="Download the signed head, to keep elsewhere" onClick={keep}>Checkpoint</Button>
      <Download href="/api/log/export">Export</Download>
    </>
  );
}
