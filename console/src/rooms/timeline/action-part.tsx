// What belongs to the event's action: its other events, its card, what the model saw for it, and the way back.
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useLocation } from 'wouter';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { Drawn } from '../../parts/text.tsx';
import { exact } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import { readPage } from './lines.ts';
import { RequestPart } from './request-part.tsx';
import css from './event-panel.module.css';

export function ActionPart({ action, seq, search }: { readonly action: string; readonly seq: number; readonly search: string }): ReactNode {
  const { data, error } = useQuery({ queryKey: ['timeline-action', action], queryFn: ({ signal }) => readPage(`action=${action}`, '', signal) });
  if (error !== null) return <Fault error={error} />;
  if (data === undefined) return <Loading what="Reading what belongs to it" />;
  const lines = data.lines.toReversed();
  const infer = lines.some(({ kind }) => kind === 'infer');
  const undo = lines.find((line) => line.undo !== null)?.undo ?? null;
  const ended = lines.some(({ type }) => type === 'action.ended');
  return (
    <>
      {infer ? <RequestPart action={action} answered={lines.some(({ type }) => type === 'model.answered')} /> : null}
      <section>
        <div className={css['title']}>
          <h3>The whole action</h3>
          <span className={css['tools']}>
            {infer ? null : <Link className={css['link']} href={`/inbox/${action}`}>{ended ? 'Its card' : 'Its card, to answer it'}</Link>}
            {lines.some(({ type }) => type === 'action.decided') ? <Link className={css['link']} href={`/policy?action=${action}`}>Why it was decided so</Link> : null}
            {undo === null ? null : <Undo landing={undo} />}
          </span>
        </div>
        <ol className={css['near']}>
          {lines.map((line) => (
            <li key={line.seq}>
              <Link href={`/timeline/${line.seq}${search}`} aria-current={line.seq === seq ? 'true' : undefined}>
                <time dateTime={line.time}>{exact(line.time).slice(11)}</time>
                <span><Drawn text={line.words} /></span>
              </Link>
            </li>
          ))}
        </ol>
      </section>
    </>
  );
}

function Undo({ landing }: { readonly landing: string }): ReactNode {
  const [asking, setAsking] = useState(false);
  const [busy, setBusy] = useState(false);
  const tell = useTell();
  const client = useQueryClient();
  const [, go] = useLocation();
  const undo = (): void => {
    setBusy(true);
    ask<{ readonly action: string }>('POST', '/api/undo', { id: landing })
      .then(
        ({ action }) => tell.done('The undo is on its way. If something stands in its way, it asks.', { label: 'See it', go: () => go(`/inbox/${action}`) }),
        (error: unknown) => tell.failed(error),
      )
      .finally(() => {
        setBusy(false);
        void client.invalidateQueries({ queryKey: ['timeline-action'] });
      });
  };
  return (
    <>
      <Button busy={busy} onClick={() => setAsking(true)}>Undo…</Button>
      <Confirm open={asking} onClose={() => setAsking(false)} title="Undo what this landed?" yes="Undo it" onYes={undo}>
        <p>The files that it changed are put back as they were before it. What was changed again since then is not overwritten: then it asks.</p>
        <p>The undo is an action as well, and can be undone.</p>
      </Confirm>
    </>
  );
}
