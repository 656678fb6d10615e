// The policy as a door shows it: all rules in words, what may be made a standing rule, and what the rules would say to
// something. Only a person at a door adds or removes a rule; no tool and no proposal reaches this.
import type { Answerer } from '../approvals/answer.ts';
import { addStanding, isWhole, readLines, removeStanding, usesOf, type StandingLine } from '../approvals/standing.ts';
import type { Verdict } from '../model/decision.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { PROFILE_WORDS, PROFILES, type Profile } from '../model/profile.ts';
import { builtInRules } from '../policy/cedar-file.ts';
import { PROFILE_FILES } from '../policy/profiles/profiles.ts';
import { ASKING, GUARDS } from '../policy/rules.ts';
import { nameOfStanding, type Standing } from '../policy/standing.ts';
import { STANDING_REASON, wholeRule } from '../policy/standing-cedar.ts';
import { standingLines } from '../policy/standing-words.ts';
import type { House } from './house.ts';
import { offersOf } from './policy-offers.ts';
import type { Workbench } from './workbench.ts';
import { isRegistered } from './workspaces.ts';

export { standingId } from '../approvals/standing.ts';
export { standingLines } from '../policy/standing-words.ts';
export { offersOf, type Offer, type Offers } from './policy-offers.ts';

export interface RuleLine {
  readonly id: string;
  readonly origin: 'built-in' | 'yours';
  /** `guard`: no rule loosens it. `question`: it decides nothing, but says why you are asked where no rule speaks. */
  readonly group: 'guard' | 'profile' | 'question' | 'always';
  /** Of the profile's: the built-in file. */
  readonly file: string | null;
  readonly line: number | null;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Drawn, one clause a line. */
  readonly text: string;
  /** Of the person's: the rule itself. Null: it has none but `text`, or its words were erased. */
  readonly cedar: string | null;
  /** How often it decided. */
  readonly used: number;
  /** Milliseconds since 1970; of the person's rules only. */
  readonly made: number | null;
  /** The action that it was made from. */
  readonly from: Id | null;
  readonly root: string | null;
  /** Why it has no hold now; null: it has. */
  readonly note: string | null;
}

export interface PolicyView {
  /** That holds where a session has none of its own. */
  readonly profile: Profile;
  readonly profiles: readonly { readonly name: Profile; readonly words: string }[];
  /** The person's, the newest first; then the built-in ones. */
  readonly rules: readonly RuleLine[];
}

export function viewPolicy(house: Pick<Workbench, 'log' | 'config'>): PolicyView {
  const uses = usesOf(house.log);
  const { profile } = house.config();
  const yours = readLines(house.log).map((line) => lineOf(house, line, uses, profile)).toReversed();
  const line = (group: RuleLine['group'], { id, verdict, reason, text, file = null, line: at = null }: Pick<RuleLine, 'id' | 'verdict' | 'reason' | 'text'> & Partial<Pick<RuleLine, 'file' | 'line'>>): RuleLine => ({ id, origin: 'built-in', group, file, line: at, verdict, reason, text, cedar: null, used: uses.get(id) ?? 0, made: null, from: null, root: null, note: null });
  const builtIn = [
    ...GUARDS.map(({ id, verdict, reason, when }) => line('guard', { id, verdict, reason, text: `${VERBS[verdict]}, when ${when}` })),
    ...PROFILE_FILES[profile].flatMap(builtInRules).map((rule) => line('profile', rule)),
    ...ASKING.map(({ id, reason, when }) => line('question', { id, verdict: 'ask', reason, text: `asks, when ${when} and no rule lets it go` })),
  ];
  return { profile, profiles: PROFILES.map((name) => ({ name, words: PROFILE_WORDS[name] })), rules: [...yours, ...builtIn] };
}

const VERBS: { readonly [verdict in Verdict]: string } = { allow: 'goes without asking', ask: 'asks', deny: 'is refused' };

function lineOf({ log }: Pick<House, 'log'>, line: StandingLine, uses: ReadonlyMap<string, number>, profile: Profile): RuleLine {
  const id = nameOfStanding(line);
  const rule = { id, origin: 'yours', group: 'always', file: null, line: null, verdict: 'allow', reason: STANDING_REASON, used: uses.get(id) ?? 0, made: line.made, from: line.from } as const;
  if (!isWhole(line)) return { ...rule, text: 'its words were erased', cedar: null, root: null, note: 'It holds no more, as its words were erased.' };
  return { ...rule, text: standingLines(line).join('\n'), cedar: wholeRule(line), root: line.root, note: noteOf(log, line, profile) };
}

function noteOf(log: House['log'], { workspace, root }: Standing, profile: Profile): string | null {
  if (!isRegistered(log, workspace, root)) return 'It has no hold: its workspace was removed.';
  if (profile === 'sealed') return 'It has no hold in the profile sealed, which lands nothing and reads no address.';
  return profile === 'strict' ? 'It has no hold in the profile strict, which asks about everything.' : null;
}

/**
 * The person says Always to one of the offers, having read it. It answers nothing that waits.
 * @param offer its digest. Throws `policy.offer-changed` when there is none such any more, or `policy.full`.
 */
export async function makeRule(house: Workbench, action: Id, offer: string, by: Answerer): Promise<RuleLine> {
  const found = offersOf(house, action).offers.find(({ digest }) => digest === offer);
  if (found === undefined) throw new Fault('policy.offer-changed', `that rule is not offered for action ${action}, or not any more`, `look again: pwb policy offers ${action}`);
  const made = await addStanding(house.log, found.body, action, by);
  return lineOf(house, made, usesOf(house.log), house.config().profile);
}

/** Take a rule away: from the next decision on it is asked again. Throws `policy.unknown`. */
export async function dropRule(house: Workbench, id: Id, by: Answerer): Promise<RuleLine> {
  const uses = usesOf(house.log);
  const gone = await removeStanding(house.log, id, by);
  return { ...lineOf(house, gone, uses, house.config().profile), note: 'It was removed, and holds no more.' };
}
