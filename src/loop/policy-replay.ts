// What a file of rules would have said to this log's history: every action that was decided, with what it did then,
// under the built-in profile, one's own rules and the file. Most of all: which past denials it would have let through. Nothing is
// proposed, recorded or tried; what was erased is counted, never guessed.
import { titleOf } from '../approvals/title.ts';
import type { Verdict } from '../model/decision.ts';
import type { Stage } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import type { Profile } from '../model/profile.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import type { House } from './house.ts';
import { candidateOf, heldRules, type Held } from './policy-candidate.ts';
import { pastDecisions, PastReader, VERDICT_THEN, type Past, type PastDecision, type Then } from './policy-history.ts';

export type { Then } from './policy-history.ts';

/** A past denial that the rules would let go without asking. */
export interface LetThrough {
  readonly action: Id;
  readonly time: string;
  readonly heading: string;
  /** At `rehearse` it was stopped before it was tried, so what it would have done isn't known. */
  readonly stage: Stage;
  readonly by: 'rule' | 'person';
  /** That denied or asked then. */
  readonly before: readonly string[];
  /** That would let it go. */
  readonly rules: readonly string[];
  /** The profile and one's own rules would without these, too: it isn't the file that lets it go. */
  readonly anyway: boolean;
}

/** Actions that would be decided otherwise, by what decides. */
export interface Difference {
  readonly was: Then;
  readonly now: Verdict;
  /** Empty: all further ones together. */
  readonly rules: readonly string[];
  readonly count: number;
  /** The newest few of them. */
  readonly actions: readonly Id[];
}

export interface Replayed {
  /** Null: each under the profile that held then. */
  readonly profile: Profile | null;
  readonly decided: number;
  readonly allow: number;
  readonly ask: number;
  readonly deny: number;
  /** Not judged, as words or effects are gone; how many of these were denied. */
  readonly erased: number;
  readonly erasedDenied: number;
  /** Of all, also those beyond the lines. */
  readonly letThrough: number;
  /** How many of these would be let through without the file, too. */
  readonly anyway: number;
  /** The newest first, at most 1,000. */
  readonly lines: readonly LetThrough[];
  /** The most frequent first: 200 kinds, and what is beyond by its verdicts only. */
  readonly differences: readonly Difference[];
}

export interface ReplayOptions {
  /** Absent: the one that held when each was decided. */
  readonly profile?: Profile;
  /** Milliseconds since 1970. Absent: all of the log. */
  readonly since?: number;
}

const MOST_LINES = 1000;
const MOST_KINDS = 200;
const FEW = 3;

/** Judges the log's history by Cedar text. Holds one page of it at a time. Throws `policy.*` where the file is refused. */
export async function replayHistory(house: Pick<House, 'log' | 'world' | 'own'>, file: { readonly name: string; readonly text: string }, { profile, since = 0 }: ReplayOptions = {}): Promise<Replayed> {
  // What is wrong with the file is said whatever the log holds.
  const candidate = candidateOf([{ ...file, layer: 'person' }], heldRules(house, file.name));
  const reader = new PastReader(house);
  const sum = { decided: 0, allow: 0, ask: 0, deny: 0, erased: 0, erasedDenied: 0, letThrough: 0, anyway: 0 };
  const lines: LetThrough[] = [];
  const kinds = new Map<string, Difference>();
  for await (const past of pastDecisions(house, since)) {
    const { body, was } = past;
    sum.decided += 1;
    const read = reader.read(past);
    if (read === null) {
      sum.erased += 1;
      if (isDenial(was)) sum.erasedDenied += 1;
      continue;
    }
    const facts = reader.factsOf(read, body, profile);
    const { verdict, rules } = candidate.judge(body, facts);
    sum[verdict] += 1;
    if (verdict === VERDICT_THEN[was]) continue;
    count(kinds, was, verdict, rules, body.action);
    if (!isDenial(was) || verdict !== 'allow') continue;
    const anyway = candidate.without(body, facts).verdict === 'allow';
    sum.letThrough += 1;
    if (anyway) sum.anyway += 1;
    if (lines.length < MOST_LINES) lines.push(throughOf(past, read, rules, anyway));
  }
  return { profile: profile ?? null, ...sum, lines, differences: [...kinds.values()].toSorted((a, b) => b.count - a.count) };
}

export type Counts = { readonly [verdict in Verdict]: number };

/** What rules do to what was decided in the past. */
export interface RuleEffect {
  /** Of those that could be judged: `was` as on record, where a person's yes counts as asked; `now` with the rules. */
  readonly was: Counts;
  readonly now: Counts;
  readonly erased: number;
  /** Was asked or denied, and would go without asking by these rules only. */
  readonly allowed: number;
  /** Prompts among these to which the person said yes: so often they would not have been asked. */
  readonly saved: number;
  /** Denials among these, by a person or by a rule; the newest first, at most 100 as lines. */
  readonly letThrough: number;
  readonly lines: readonly LetThrough[];
}

export interface EffectOptions extends ReplayOptions {
  /** Rules that hold already. Absent: one's own that hold now. */
  readonly own?: Held;
}

/** What candidates, each some files of rules, would do, each for itself, in one walk through the history. Throws `policy.*` where one is refused. */
export async function effectsOfRules(house: Pick<House, 'log' | 'world' | 'own'>, candidates: readonly (readonly RuleFile[])[], { profile, since = 0, own = heldRules(house) }: EffectOptions = {}): Promise<readonly RuleEffect[]> {
  const tallies = candidates.map((files) => ({ candidate: candidateOf(files, own), now: none(), allowed: 0, saved: 0, letThrough: 0, lines: [] as LetThrough[] }));
  const without = candidateOf([], own);
  const reader = new PastReader(house);
  const was = none();
  let erased = 0;
  for await (const past of pastDecisions(house, since)) {
    const read = reader.read(past);
    if (read === null) {
      erased += 1;
      continue;
    }
    const { body } = past;
    const facts = reader.factsOf(read, body, profile);
    const before = without.judge(body, facts);
    was[VERDICT_THEN[past.was]] += 1;
    for (const tally of tallies) {
      const { verdict, rules } = tally.candidate.judgeAfter(before, body, facts);
      tally.now[verdict] += 1;
      if (verdict !== 'allow' || before.verdict === 'allow' || past.was === 'allowed') continue;
      tally.allowed += 1;
      if (past.was === 'yes') tally.saved += 1;
      if (!isDenial(past.was)) continue;
      tally.letThrough += 1;
      if (tally.lines.length < FEW_LINES) tally.lines.push(throughOf(past, read, rules, false));
    }
  }
  return tallies.map(({ candidate: _candidate, ...effect }) => ({ was, erased, ...effect }));
}

const FEW_LINES = 100;
const none = (): { [verdict in Verdict]: number } => ({ allow: 0, ask: 0, deny: 0 });

function isDenial(was: Then): boolean {
  return was === 'denied' || was === 'no';
}

function throughOf({ event, body, was }: PastDecision, { proposal }: Past, rules: readonly string[], anyway: boolean): LetThrough {
  return { action: body.action, time: event.time, heading: titleOf(proposal.action), stage: body.stage, by: was === 'no' ? 'person' : 'rule', before: body.rules, rules, anyway };
}

function count(kinds: Map<string, Difference>, was: Then, now: Verdict, rules: readonly string[], action: Id): void {
  const whole = [was, now, ...rules].join(' ');
  const fits = kinds.has(whole) || kinds.size < MOST_KINDS;
  const key = fits ? whole : [was, now].join(' ');
  const { count: before, actions } = kinds.get(key) ?? { count: 0, actions: [] };
  kinds.set(key, { was, now, rules: fits ? rules : [], count: before + 1, actions: actions.length < FEW ? [...actions, action] : actions });
}
