// The state of an action in a word or two.
import type { Card } from '../api/types.ts';
import type { BadgeTone } from '../parts/badge.tsx';

/** Can it be answered? */
export function waits({ state }: Card, stranded: boolean): boolean {
  return state === 'pending' || (stranded && state === 'answered');
}

export function stateWords(card: Card, stranded: boolean): string {
  switch (card.state) {
    case 'proposed':
      return 'being judged';
    case 'rehearsing':
      return 'being tried in a copy';
    case 'pending':
      return 'waits for your word';
    case 'answered':
      return stranded ? 'cut off after your yes' : 'answered';
    case 'granted':
      return 'being carried out';
    case 'ended':
      return endedWords(card);
  }
}

function endedWords({ outcome, ended }: Card): string {
  switch (outcome) {
    case 'done':
      return 'done';
    case 'failed':
      return 'failed';
    case 'unknown':
      return 'not known: cut off while it was carried out';
    case 'refused':
    case null:
      switch (ended) {
        case 'person': return 'denied by you';
        case 'rule': return 'refused by a rule';
        case 'expired': return 'expired without an answer';
        case 'edited': return 'edited: another took its place';
        case 'cancelled': return 'cancelled';
        case 'stopped': return 'stopped';
        case 'drifted': return 'refused: things changed meanwhile';
        default: return 'refused';
      }
  }
}

export function toneOfState(card: Card, stranded: boolean): BadgeTone {
  if (waits(card, stranded)) return 'accent';
  if (card.state !== 'ended') return 'plain';
  return card.outcome === 'done' ? 'good' : card.outcome === 'unknown' || card.outcome === 'failed' ? 'danger' : 'plain';
}
