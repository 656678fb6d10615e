// One action as a card: what it does first, then what it says, why, where its words came from and which rule asked; the
// answers stay at its foot. INVARIANT: a yes is for the card that stands here: when it changes, it is looked at anew.
import { useRef, useState, type ReactNode } from 'react';
import { titleOf } from '../../../src/approvals/title.ts';
import type { Shown } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Badge } from '../parts/badge.tsx';
import { Origin } from './about.tsx';
import { isAskedAgain } from './again.ts';
import { Answers } from './answers.tsx';
import { Effects } from './effects.tsx';
import { Ended } from './ended.tsx';
import { stateWords, toneOfState, waits } from './state-words.ts';
import { ALL, type Choice } from './choice.ts';
import { Origins } from './origins.tsx';
import { Says } from './says.tsx';
import { useShownOnRecord } from './seen.ts';
import css from './card.module.css';

export interface ActionCardProps {
  readonly shown: Shown;
  readonly onAnswered?: () => void;
  /** In place, among other things: sections are folded, keys hold only while the focus is in it. */
  readonly compact?: boolean;
  /** A yes was given and nobody carries it out: may be invoked once more. */
  readonly stranded?: boolean;
  /** Whether the keys are this card's; by default those of a card that isn't compact. */
  readonly keys?: boolean;
}

export function ActionCard({ shown, onAnswered, compact = false, stranded = false, keys = !compact }: ActionCardProps): ReactNode {
  const { card } = shown;
  const frame = useRef<HTMLElement>(null);
  const [looked, setLooked] = useState({ id: card.id, seen: shown.seen, open: waits(card, stranded) });
  const [focused, setFocused] = useState(false);
  const [choice, setChoice] = useState<Choice>(ALL);
  const open = waits(card, stranded);
  // What wasn't to be answered yet can't have been looked at for an answer.
  if (looked.id !== card.id || looked.open !== open || (!open && looked.seen !== shown.seen)) {
    setLooked({ id: card.id, seen: shown.seen, open });
    setChoice(ALL);
  }
  const changed = open && looked.open && looked.id === card.id && looked.seen !== shown.seen;
  useShownOnRecord(frame, shown, open);
  const lookAgain = (): void => {
    setLooked({ id: card.id, seen: shown.seen, open });
    setChoice(ALL);
  };
  const Title = compact ? 'h3' : 'h2';
  return (
    <article ref={frame} className={[css['card'], compact ? css['compact'] : ''].join(' ')} data-waits={open} aria-label={`Action ${card.id}: ${titleOf(card.action).slice(0, 200)}`} onFocus={() => setFocused(true)} onBlur={({ currentTarget, relatedTarget }) => setFocused(relatedTarget instanceof Node && currentTarget.contains(relatedTarget))}>
      <header className={css['head']}>
        <Title className={css['title']}><bdi>{short(titleOf(card.action))}</bdi></Title>
        <p className={css['badges']}>
          <Badge tone={toneOfState(card, stranded)}>{stateWords(card, stranded)}</Badge>
          <span className={css['by']}>{card.by === 'model' ? 'proposed by the model' : card.by === 'person' ? 'proposed by you' : 'proposed by the house'}</span>
        </p>
      </header>
      {changed ? (
        <div className={css['changed']} role="alert">
          <p>This card changed while it stood here. What you see below is as it is now.</p>
          <Button onClick={lookAgain}>I have looked again</Button>
        </div>
      ) : null}
      {open && card.state === 'pending' && isAskedAgain(card.id, shown.seen) ? <p className={css['note']} role="status">You said yes to this as it was. Meanwhile what it works on changed, so nothing was done, and you are asked again for what it does now.</p> : null}
      <Ended shown={shown} stranded={stranded} />
      <Effects id={card.id} action={card.action} effects={card.effects} rules={card.rules} rehearsal={card.rehearsal ?? null} compact={compact} tense={card.state !== 'ended' ? 'does' : card.outcome === 'refused' ? 'would' : 'did'} {...(open && shown.pieces && !changed ? { choice, onChoose: setChoice } : {})} />
      <Says shown={shown} compact={compact} />
      <Origins card={card} compact={compact} />
      <Origin card={card} compact={compact} />
      <Answers shown={shown} choice={choice} changed={changed} open={open} keys={keys || focused} {...(onAnswered === undefined ? {} : { onAnswered })} />
    </article>
  );
}

/** The whole of it stands under what it says. */
function short(title: string): string {
  return title.length <= 240 ? title : `${title.slice(0, 240)}… (${title.length.toLocaleString('en')} characters, all below)`;
}
