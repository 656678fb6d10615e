// A file of Cedar rules as the person's layer: what is wrong with it, which rules it has, and what it would have decided
// about a past action, beside what was decided. Nothing is stored, proposed or run, and no decision rests on it.
import { readAction } from '../approvals/actions.ts';
import type { Verdict } from '../model/decision.ts';
import type { Stage } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { isProfile, type Profile } from '../model/profile.ts';
import { examplesOf, rulesApart, type Spoken } from '../policy/cedar-apart.ts';
import type { CedarRule, RuleFile } from '../policy/cedar-file.ts';
import { cedarPolicyOf } from '../policy/cedar-policy.ts';
import { factsOfQuestion } from '../policy/cedar-question.ts';
import { PROFILE_FILES } from '../policy/profiles/profiles.ts';
import type { House } from './house.ts';
import { heldRules } from './policy-candidate.ts';
import { judgePast } from './policy-test.ts';
import { readSession } from './session.ts';


export interface FileRule extends Omit<CedarRule, 'layer' | 'file'> {
  /** Its lines of examples, as they are written. */
  readonly matches: string;
  readonly differs: string;
}

/** One rule's own answer, whatever the others say. */
export interface OneRule {
  readonly id: string;
  /** `yours`: of your rules that hold already, or of what may always go. */
  readonly origin: 'file' | 'yours' | 'built-in';
  /** Of the file of rules that it stands in. */
  readonly line: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly holds: boolean;
  /** Why it could not be applied, which denies; null: it could. */
  readonly trouble: string | null;
}

export interface Tried {
  readonly action: Id;
  readonly profile: Profile;
  readonly stages: readonly {
    readonly stage: Stage;
    readonly verdict: Verdict;
    readonly rules: readonly string[];
    readonly reason: string;
    /** All rules of the file, then the others that hold. */
    readonly each: readonly OneRule[];
  }[];
  /** What is on record, the last of each stage; also of a stage that the rules would not come to. */
  readonly decided: readonly { readonly stage: Stage; readonly verdict: Verdict; readonly rules: readonly string[]; readonly profile: string }[];
  /** Why the stage of landing is not among them; null: it is, or nothing would come to that. */
  readonly words: string | null;
}

/** The rules of a file, in its order. Throws `policy.*` Faults with file and line, also for an id that a built-in rule of any profile has. */
export async function checkFile(name: string, text: string): Promise<readonly FileRule[]> {
  const { rules } = await cedarPolicyOf([...new Set(Object.values(PROFILE_FILES).flat()), layerOf(name, text)]);
  const own = rules.filter(({ layer }) => layer === 'person');
  const examples = await examplesOf(own);
  return own.map(({ id, verdict, reason, line, text: words }, at) => ({ id, verdict, reason, line, text: words, matches: examples[at]?.matches ?? '', differs: examples[at]?.differs ?? '' }));
}

/**
 * What the rules of a file, over a built-in profile and one's own rules that hold, would have decided about a past action, by what it did then.
 * @param profile absent: the one that it was last decided under. Throws `policy.*` as `checkFile`, and `action.*`.
 */
export async function tryFile(house: House, name: string, text: string, id: Id, profile?: Profile): Promise<Tried> {
  const row = readAction(house.log.store.db, id);
  const decided = decisionsOf(house, id);
  const under = profile ?? [decided.at(-1)?.profile].find(isProfile) ?? house.world(row.session).profile;
  await checkFile(name, text);
  const held = heldRules(house, name)(readSession(house.log.store.db, row.session).workspace);
  const cedar = await cedarPolicyOf([...PROFILE_FILES[under], ...held, layerOf(name, text)]);
  const apart = await rulesApart(cedar.rules);
  const each: Partial<Record<Stage, readonly OneRule[]>> = {};
  const policy: House['policy'] = {
    warm: () => undefined,
    decide(question) {
      const facts = { ...factsOfQuestion(question), profile: under };
      each[question.stage] = ownFirst(apart(facts), name);
      return cedar.judge(facts);
    },
  };
  const { stages, words } = judgePast({ ...house, policy }, id, under);
  return { action: id, profile: under, stages: stages.map((one) => ({ ...one, each: each[one.stage] ?? [] })), decided, words };
}

function layerOf(name: string, text: string): RuleFile {
  return { name, layer: 'person', text };
}

function ownFirst(all: readonly Spoken[], name: string): readonly OneRule[] {
  const lines = all.map(({ rule: { id, layer, file, line, verdict, reason }, holds, trouble }): OneRule => ({ id, origin: layer === 'built-in' ? 'built-in' : file === name ? 'file' : 'yours', line, verdict, reason, holds, trouble }));
  return [...lines.filter(({ origin }) => origin === 'file'), ...lines.filter(({ origin, holds, trouble }) => origin !== 'file' && (holds || trouble !== null))];
}

/** The last decision of each stage, in the order of the stages. */
function decisionsOf({ log }: House, action: Id): Tried['decided'] {
  const last = new Map<Stage, Tried['decided'][number]>();
  for (const { body } of log.events({ action, types: ['action.decided'], newestFirst: true, limit: 100 })) {
    if (body.type === 'action.decided' && !last.has(body.stage)) last.set(body.stage, { stage: body.stage, verdict: body.verdict, rules: body.rules, profile: body.profile });
  }
  return [...last.values()].toSorted((a, b) => Number(a.stage === 'land') - Number(b.stage === 'land'));
}
