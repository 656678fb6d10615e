// Where a proposal's words come from, asked for only where something rests on it: what looks through texts is loaded late.
import type { Origins } from '../model/origin.ts';
import type { Proposal } from '../model/proposal.ts';
import type { FlowFacts } from '../policy/policy.ts';
import type { House } from './house.ts';

/** Judged before a person is asked: what only reads here, or runs without hosts, has nothing that leaves. */
export function isJudged({ by, action }: Proposal): boolean {
  return by === 'model' && (action.kind === 'write' || action.kind === 'fetch' || (action.kind === 'run' && (action.hosts ?? []).length > 0));
}

/** The facts of a proposal's words; undefined where there are none to be judged. */
export async function flowOf(house: House, proposal: Proposal): Promise<FlowFacts | undefined> {
  if (proposal.action.kind !== 'commit' && !isJudged(proposal)) return undefined;
  return (await import('./flow.ts')).flowOf(house, proposal);
}

/** For the card of a model's proposal: each argument's source, and what was read from outside. Null for anybody else's. */
export async function originsOf(house: House, proposal: Proposal): Promise<Origins | null> {
  return proposal.by === 'model' ? (await import('./flow.ts')).originsOf(house, proposal) : null;
}
