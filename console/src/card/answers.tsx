// The person's answers, at the foot of a card: invoke (all of it, or pieces), edit, deny with a reason, always, rehearse in a
// full copy, cancel. A refusal has its words and the next step in place.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState, type ReactNode } from 'react';
import { ask, Refused } from '../api/ask.ts';
import type { Shown } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { useKeys } from '../parts/keys.ts';
import { Fault } from '../parts/room.tsx';
import { Drawn } from '../parts/text.tsx';
import { noteYes } from './again.ts';
import { Always } from './always.tsx';
import { isAll, pieceWords, piecesOf, type Choice, type Pieces } from './choice.ts';
import { Deny } from './deny.tsx';
import { Edit } from './edit.tsx';
import { canCopy } from './effects.tsx';
import { slowed, usePace } from './pace.ts';
import { useSettled } from './settle.ts';
import css from './card.module.css';

interface AnswersProps {
  readonly shown: Shown;
  readonly choice: Choice;
  readonly changed: boolean;
  readonly open: boolean;
  readonly keys: boolean;
  readonly onAnswered?: () => void;
}

type Answer = { readonly to: 'invoke'; readonly pieces?: Pieces } | { readonly to: 'deny'; readonly why: string } | { readonly to: 'copy' | 'cancel' };

export function Answers({ shown, choice, changed, open, keys, onAnswered }: AnswersProps): ReactNode {
  const { card, seen } = shown;
  const client = useQueryClient();
  const pace = usePace();
  const [dialog, setDialog] = useState<'deny' | 'edit' | 'always' | null>(null);
  const stands = open ? `${card.id} ${seen} ${changed ? 'changed' : ''}` : null;
  const settled = useSettled(stands);
  const [early, setEarly] = useState<string | null>(null);
  const refresh = (): void => {
    void client.invalidateQueries({ queryKey: ['card', card.id] });
    void client.invalidateQueries({ queryKey: ['inbox'] });
  };
  const answer = useMutation({
    mutationFn: ({ to, ...rest }: Answer) => {
      if (to === 'deny') return ask('POST', `/api/actions/${card.id}/deny`, rest);
      if (to === 'cancel') return ask('POST', `/api/actions/${card.id}/cancel`);
      return ask('POST', `/api/actions/${card.id}/${to}`, { seen, ...rest });
    },
    onSuccess: (_, { to }) => {
      if (to === 'invoke') noteYes(card.id, seen);
      setDialog(null);
      refresh();
      onAnswered?.();
    },
    onError: (error) => {
      if (error instanceof Refused && error.status === 429) slowed(error.retryAfter ?? 5, error.message);
      if (error instanceof Refused && (error.status === 409 || error.status === 410)) refresh();
    },
  });
  const changes = card.effects?.changes ?? [];
  const pieces = shown.pieces && !isAll(choice) ? piecesOf(choice, changes) : null;
  const none = pieces !== null && pieces.paths.length === 0 && pieces.hunks.length === 0;
  const canInvoke = open && !changed && !answer.isPending && pace.wait === 0 && !none;
  const send = (): void => {
    if (canInvoke) answer.mutate({ to: 'invoke', ...(pieces === null ? {} : { pieces }) });
  };
  const invoke = (): void => {
    if (!canInvoke) return;
    setEarly(settled ? null : stands);
    if (settled) send();
  };
  const canEdit = open && card.state === 'pending' && shown.arguments !== null;
  const canAlways = open && card.state === 'pending' && (card.action.kind === 'run' || card.action.kind === 'write' || card.action.kind === 'commit');
  const runs = card.state !== 'ended' && !open;
  useKeys('This card', keys && open && dialog === null ? [
    { keys: 'i', words: 'Invoke', once: true, run: invoke },
    ...(canEdit ? [{ keys: 'e', words: 'Edit and invoke', once: true, run: () => setDialog('edit') }] : []),
    { keys: 'd', words: 'Deny, with a reason', once: true, run: () => setDialog('deny') },
    ...(canAlways ? [{ keys: 'a', words: 'Always: make a rule of it', once: true, run: () => setDialog('always') }] : []),
  ] : []);
  // The server's own line, at the very left of its text: where a yes puts it, how far that can be taken back.
  const where = useMemo(() => /^Invoke: (.*)/m.exec(shown.text)?.[1], [shown.text]);
  if (!open && !runs) return null;
  const failed = answer.error;
  const late = failed instanceof Refused && failed.status === 429;
  return (
    <footer className={css['answers']} data-keys={keys}>
      {failed === null || late ? null : <Fault error={failed} />}
      {pace.wait === 0 || !open ? null : <p role="status" className={css['quiet']}>{pace.words === '' ? 'That was quick. Take a moment for this one.' : pace.words}</p>}
      {early === null || early !== stands ? null : <p role="status" className={css['quiet']}>That press was not taken: this had only just come. Look at it, then say it again.</p>}
      {where === undefined || !open || card.state !== 'pending' ? null : <p className={css['quiet']}><Drawn text={where} /></p>}
      <div className={css['buttons']}>
        {open ? (
          <>
            <Button tone="yes" keys="i" onClick={invoke} busy={answer.isPending && answer.variables.to === 'invoke'} disabled={!canInvoke} aria-disabled={!settled}>
              {pace.wait > 0 ? `Invoke in ${pace.wait} s` : none ? 'Nothing is taken' : pieces === null ? (card.state === 'answered' ? 'Invoke once more' : 'Invoke') : `Invoke ${pieceWords(pieces, changes)}`}
            </Button>
            {canEdit ? <Button keys="e" disabled={changed} onClick={() => setDialog('edit')}>Edit and invoke…</Button> : null}
            <Button tone="danger" keys="d" onClick={() => setDialog('deny')}>Deny…</Button>
            {canAlways ? <Button keys="a" disabled={changed} onClick={() => setDialog('always')}>Always…</Button> : null}
            {canCopy(card.action) && card.state === 'pending' ? <Button tone="bare" disabled={changed} busy={answer.isPending && answer.variables.to === 'copy'} onClick={() => answer.mutate({ to: 'copy' })}>Rehearse in a full copy</Button> : null}
          </>
        ) : null}
        <Button tone="bare" busy={answer.isPending && answer.variables.to === 'cancel'} onClick={() => answer.mutate({ to: 'cancel' })}>Cancel</Button>
      </div>
      <Deny open={dialog === 'deny'} onClose={() => setDialog(null)} busy={answer.isPending} onDeny={(why) => answer.mutate({ to: 'deny', why })} />
      {dialog === 'edit' ? <Edit shown={shown} onClose={() => setDialog(null)} onDone={() => { setDialog(null); refresh(); onAnswered?.(); }} /> : null}
      {dialog === 'always' ? <Always shown={shown} onClose={() => setDialog(null)} onInvoke={() => { setDialog(null); send(); }} /> : null}
    </footer>
  );
}
