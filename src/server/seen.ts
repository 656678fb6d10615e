// What stands for a card when a person says yes to it: its exact text, and the digest of that.
import type { Card } from '../approvals/card.ts';
import { sha256 } from '../model/digest.ts';

export function seenOf(card: Card): { readonly text: string; readonly seen: string } {
  const text = JSON.stringify(card);
  return { text, seen: sha256(text) };
}
