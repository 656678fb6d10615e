// What may be made a standing rule of an action, and what each of these would have done to all that was decided here: so
// that a person who says Always has read both. Only a person at a door makes one; no tool and no proposal reaches this.
import { readAction, readProposal } from '../approvals/actions.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import type { Digest } from '../model/digest.ts';
import type { Id } from '../model/id.ts';
import { overlayFacts, QUIET, type Facts } from '../policy/cedar-facts.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import type { FlowFacts } from '../policy/policy.ts';
import { standingFile } from '../policy/standing-cedar.ts';
import { offersFor, type Offer, type Offers } from '../policy/standing-offers.ts';
import type { House } from './house.ts';
import type { RuleEffect } from './policy-replay.ts';

export type { Offer, Offers } from '../policy/standing-offers.ts';

/** Which standing rules could be made of an action, narrowest first; none, and why. Throws `action.*`. */
export function offersOf(house: Pick<House, 'log' | 'world' | 'policy'>, id: Id): Offers {
  const row = readAction(house.log.store.db, id);
  const { proposal } = readProposal(house.log, row);
  const effects = row.effects === null ? null : judgedEffects(house.log, row);
  return offersFor(proposal, effects, house.world(row.session), house.policy, flowOnRecord(house, id));
}

/** An offer as a file of rules, to be judged beside those that hold. */
function offerFile({ digest, cedar }: Pick<Offer, 'digest' | 'cedar'>): RuleFile {
  return standingFile([{ id: `offer-${digest.slice(0, 16)}`, cedar }]);
}

export interface OfferEffect extends RuleEffect {
  readonly offer: Digest;
}

export interface OffersHistory {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** None: nothing is offered. */
  readonly offers: readonly OfferEffect[];
}

/** What each offer would have decided, over the rules that hold; only what it alone lets go counts. Throws `action.*`. */
export async function offersHistory(house: Pick<House, 'log' | 'world' | 'policy' | 'own'>, id: Id, since: number): Promise<OffersHistory> {
  const { offers } = offersOf(house, id);
  if (offers.length === 0) return { since, offers: [] };
  const { effectsOfRules } = await import('./policy-replay.ts');
  const effects = await effectsOfRules(house, offers.map((offer) => [offerFile(offer)]), { since });
  return { since, offers: effects.map((effect, at) => ({ offer: offers[at]?.digest ?? '', ...effect })) };
}

/** Where its words came from, as it was last judged. Undefined: not on record, or erased. */
export function flowOnRecord({ log }: Pick<House, 'log'>, action: Id): FlowFacts | undefined {
  const [last] = log.events({ action, types: ['action.decided'], newestFirst: true, limit: 1 });
  const digest = last?.payloads['facts']?.digest;
  const bytes = digest === undefined ? null : log.read(digest);
  if (bytes === null) return undefined;
  const then: Facts = overlayFacts(QUIET, JSON.parse(new TextDecoder().decode(bytes)));
  const { destination, selector, critical, payload, carries, newLinks, newAddresses, newValues, references, spoken, anchored, oversize, addresses, apart, again, secrecy, integrity } = then;
  // INVARIANT: none is left out; one that is counts as usual, which lets more go.
  const flow: Required<FlowFacts> = { destination, selector, critical, payload, carries, newLinks, newAddresses, newValues, references, spoken, anchored, oversize, addresses, apart, again, secrecy, integrity };
  return flow;
}
