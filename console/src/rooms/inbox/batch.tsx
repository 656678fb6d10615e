// Several cards as one: what they do together, each card in the order in which it would be carried out, and one answer to
// all. INVARIANT: each yes is for the `seen` of the card that stands here; the first refusal ends it, and is told.
import { useMutation, useQueries, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { kindWords } from '../../../../src/approvals/change-words.ts';
import { lineCountWords } from '../../../../src/approvals/diff-words.ts';
import { ask, Refused } from '../../api/ask.ts';
import type { Shown } from '../../api/types.ts';
import { ActionCard, cardQuery, useHolds } from '../../card/index.ts';
import { noteYes } from '../../card/again.ts';
import { Deny } from '../../card/deny.tsx';
import { slowed, usePace } from '../../card/pace.ts';
import { useSettled } from '../../card/settle.ts';
import { Button } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault, Loading } from '../../parts/room.tsx';
import css from './inbox.module.css';

interface ReviewProps {
  readonly ids: readonly string[];
  readonly onClose: () => void;
  /** All of them have their answer. */
  readonly onDone: () => void;
}

type BatchProps = Omit<ReviewProps, 'ids'> & { readonly cards: readonly Shown[] };

/** Nothing is answered before all of them stand here. */
export function Batch({ ids, ...more }: ReviewProps): ReactNode {
  const read = useQueries({ queries: ids.map((id) => cardQuery(id)) });
  const holds = useHolds(read);
  const error = holds ? null : (read.find((one) => one.error !== null)?.error ?? null);
  const cards = read.flatMap(({ data }) => data ?? []);
  if (error !== null) return <Fault error={error} again={() => read.forEach((one) => void one.refetch())} />;
  return !holds || cards.length < ids.length ? <Loading what="Loading the cards" /> : <Together cards={cards} {...more} />;
}

function Together({ cards, onClose, onDone }: BatchProps): ReactNode {
  const client = useQueryClient();
  const pace = usePace();
  const [denying, setDenying] = useState(false);
  const [done, setDone] = useState(0);
  const [looked, setLooked] = useState<ReadonlyMap<string, string>>(() => seenOf(cards));
  const changed = cards.filter(({ card, seen }) => looked.has(card.id) && looked.get(card.id) !== seen);
  const fresh = cards.filter(({ card }) => !looked.has(card.id));
  const answer = useMutation({
    mutationFn: async (why: string | null) => {
      setDone(0);
      for (const { card, seen } of cards) {
        await (why === null ? ask('POST', `/api/actions/${card.id}/invoke`, { seen }) : ask('POST', `/api/actions/${card.id}/deny`, { why }));
        // One before it may change what it works on: then it is asked about again, and says so.
        if (why === null) noteYes(card.id, seen);
        setDone((count) => count + 1);
      }
    },
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof Refused && error.status === 429) slowed(error.retryAfter ?? 5, error.message);
    },
    onSettled: () => {
      setDenying(false);
      void client.invalidateQueries({ queryKey: ['inbox'] });
    },
  });
  const settled = useSettled(cards.map(({ card, seen }) => `${card.id} ${seen}`).join(' '));
  const can = !answer.isPending && changed.length === 0 && fresh.length === 0 && pace.wait === 0 && cards.length > 0;
  useKeys('These together', denying ? [] : [
    { keys: 'I', words: 'Invoke all, in order', once: true, run: () => can && settled && answer.mutate(null) },
    { keys: 'D', words: 'Deny all', once: true, run: () => setDenying(true) },
  ]);
  const effects = cards.flatMap(({ card }) => (card.effects === null ? [] : [card.effects]));
  const changes = effects.flatMap((one) => one.changes);
  const lines = lineCountWords(effects.flatMap((one) => one.diffs));
  const unknown = cards.filter(({ card }) => card.effects === null || card.effects.certainty === 'unknown').length;
  const clashes = effects.reduce((sum, { conflicts = [] }) => sum + conflicts.length, 0);
  return (
    <div className={css['batch']}>
      <div className={css['total']}>
        <h2>{cards.length} actions, as one</h2>
        <p>Together: {changes.length === 0 ? 'no known change' : kindWords(changes)}{lines === '' ? '' : `; ${lines}`}{unknown === 0 ? '' : `; effects of ${unknown} not known yet`}{clashes === 0 ? '' : `; ${clashes} ${clashes === 1 ? 'clash' : 'clashes'}`}</p>
        {changed.length + fresh.length === 0 ? null : (
          <div role="alert"><p>{changed.length + fresh.length} of them changed while they stood here.</p><Button onClick={() => setLooked(seenOf(cards))}>I have looked again</Button></div>
        )}
        {answer.error === null || (answer.error instanceof Refused && answer.error.status === 429) ? null : <><p>{done} answered; then it ended:</p><Fault error={answer.error} /></>}
        {pace.wait === 0 ? null : <p role="status">{pace.words}</p>}
        <div className={css['buttons']}>
          <Button tone="yes" keys="⇧I" disabled={!can} aria-disabled={!settled} busy={answer.isPending} onClick={() => settled && answer.mutate(null)}>{answer.isPending ? `${done} of ${cards.length}…` : pace.wait > 0 ? `Invoke all in ${pace.wait} s` : `Invoke all ${cards.length}, in order`}</Button>
          <Button tone="danger" keys="⇧D" disabled={answer.isPending} onClick={() => setDenying(true)}>Deny all…</Button>
          <Button tone="bare" onClick={onClose}>One by one</Button>
        </div>
      </div>
      <ol className={css['order']}>
        {cards.map((shown, at) => (
          <li key={shown.card.id}>
            <p className={css['nth']}>{at + 1} of {cards.length}</p>
            <ActionCard shown={shown} compact />
          </li>
        ))}
      </ol>
      <Deny open={denying} onClose={() => setDenying(false)} busy={answer.isPending} onDeny={(why) => answer.mutate(why)} />
    </div>
  );
}

function seenOf(cards: readonly Shown[]): ReadonlyMap<string, string> {
  return new Map(cards.map(({ card, seen }) => [card.id, seen]));
}
