// A candidate beside the real rules: follows the log and tells each decision that a file of rules would have made
// otherwise. It decides nothing, records nothing, and what was erased before it came to it is left out.
import { titleOf } from '../approvals/title.ts';
import type { Verdict } from '../model/decision.ts';
import type { Stage } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import type { Profile } from '../model/profile.ts';
import type { House } from './house.ts';
import { candidateOf, heldRules } from './policy-candidate.ts';
import { PastReader } from './policy-history.ts';

export interface LiveDifference {
  readonly action: Id;
  readonly time: string;
  readonly heading: string;
  readonly stage: Stage;
  readonly profile: string;
  readonly was: Verdict;
  readonly before: readonly string[];
  readonly now: Verdict;
  readonly rules: readonly string[];
  readonly reason: string;
}

export interface LiveOptions {
  /** Absent: the one that each is decided under. */
  readonly profile?: Profile;
  /** After this event. Absent: from now on. */
  readonly after?: number;
}

/** The same question is put again after a yes; told once is enough. */
const REMEMBERED = 1000;

/** Until the signal aborts. Throws `policy.*` at once where the file is refused. */
export function followDifferences(house: Pick<House, 'log' | 'world' | 'own'>, file: { readonly name: string; readonly text: string }, signal: AbortSignal, { profile, after }: LiveOptions = {}): AsyncGenerator<LiveDifference> {
  const candidate = candidateOf([{ ...file, layer: 'person' }], heldRules(house, file.name));
  const from = after ?? house.log.size() - 1;
  return follow();

  async function* follow(): AsyncGenerator<LiveDifference> {
    const told = new Set<string>();
    for await (const event of house.log.follow(from, signal)) {
      const { body, time } = event;
      if (body.type !== 'action.decided') continue;
      const reader = new PastReader(house);
      const past = reader.read({ event, body });
      if (past === null) continue;
      const { verdict: now, rules, reason } = candidate.judge(body, reader.factsOf(past, body, profile));
      const key = [body.action, body.stage, body.verdict, now, ...rules].join(' ');
      if (now === body.verdict || told.has(key)) continue;
      if (told.size >= REMEMBERED) told.clear();
      told.add(key);
      yield { action: body.action, time, heading: titleOf(past.proposal.action), stage: body.stage, profile: profile ?? body.profile, was: body.verdict, before: body.rules, now, rules, reason };
    }
  }
}
