// Where the hands keep what they need between two steps, in the product's own state folder.
import { join } from 'node:path';
import type { Id } from '../model/id.ts';

export interface StatePlaces {
  /** Views in use. */
  readonly scratch: string;
  /** What was rehearsed and waits for its landing: one folder an action, as the overlay left it. */
  readonly kept: string;
  /** One folder a session. */
  readonly drafts: string;
  /** What a landing is about to do. */
  readonly journal: string;
  /** What landings replaced. */
  readonly undo: string;
}

export function placesIn(state: string): StatePlaces {
  return { scratch: join(state, 'rehearsals'), kept: join(state, 'kept'), drafts: join(state, 'drafts'), journal: join(state, 'journal'), undo: join(state, 'undo') };
}

/** Ends the name, in `kept`, of what is on its way to become a layer of a draft. */
export const LAYER = '.layer';

export function keptFolder({ kept }: StatePlaces, action: Id): string {
  return join(kept, action);
}
