// How an action ended: outcome, where its effects went, what the model heard, and the way back.
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../api/ask.ts';
import type { Shown } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Fault } from '../parts/room.tsx';
import { CardById } from './by-id.tsx';
import { Path } from '../parts/text.tsx';
import { LongText } from './long-text.tsx';
import css from './card.module.css';

const INTO = { workspace: 'Its effects are in the workspace.', draft: 'Its effects are in the draft; the workspace does not have them yet.', nothing: 'Nothing of it was kept.' };

export function Ended({ shown: { card, into }, stranded }: { readonly shown: Shown; readonly stranded: boolean }): ReactNode {
  const [undo, setUndo] = useState<string | null>(null);
  const undoing = useMutation({
    mutationFn: () => ask<{ readonly session: string; readonly action: string }>('POST', '/api/undo', { id: card.id }),
    onSuccess: ({ action }) => setUndo(action),
  });
  if (stranded) return <p className={css['note']}>You said yes, and what would carry it out was cut off before it did. Nothing of it was done: invoke it once more, or deny it.</p>;
  if (card.state !== 'ended') return null;
  const landed = into === 'workspace' && (card.effects?.changes.length ?? 0) > 0;
  return (
    <div className={css['ended']}>
      {card.chosen === undefined || card.chosen === null ? null : <Chosen chosen={card.chosen} />}
      <p>
        {card.outcome === 'unknown' ? 'It was cut off while it was carried out: what it did is not known. Look at the files it names before you go on. ' : ''}
        {into === null ? null : `${INTO[into]} `}
        {card.exit === null ? null : `Exit ${card.exit}. `}
        {landed && undo === null ? <Button onClick={() => undoing.mutate()} busy={undoing.isPending}>{card.action.kind === 'undo' ? 'Take the undo back' : 'Undo'}</Button> : null}
      </p>
      {undoing.error === null ? null : <Fault error={undoing.error} />}
      {card.result === null || card.result === '' ? null : (
        <details className={css['details']}>
          <summary>{card.by === 'model' ? 'What the model heard' : 'What it said'}</summary>
          <LongText text={card.result} label="Result" />
        </details>
      )}
      {undo === null ? null : <CardById id={undo} compact />}
    </div>
  );
}

function Chosen({ chosen: { paths, hunks } }: { readonly chosen: NonNullable<Shown['card']['chosen']> }): ReactNode {
  return (
    <details className={css['details']} open={paths.length + hunks.length <= 12}>
      <summary>Your yes was for a part only; all else was left out</summary>
      <ul className={css['sources']}>
        {paths.map((path) => <li key={path}><Path path={path} /></li>)}
        {hunks.map(({ path, take }) => <li key={path}><Path path={path} />, {take.length === 1 ? 'hunk' : 'hunks'} {take.join(', ')}</li>)}
      </ul>
    </details>
  );
}
