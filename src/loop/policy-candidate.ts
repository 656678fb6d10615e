// Rules that somebody thinks of, judging beside those that hold: over a profile and one's own rules, never in their place.
// What a guard denied or asked about on record stays so, whatever a rule says.
import { basename } from 'node:path';
import { strictest, type Decision } from '../model/decision.ts';
import type { Facts } from '../policy/cedar-facts.ts';
import type { CedarRule, RuleFile } from '../policy/cedar-file.ts';
import { cedarPolicyNow, SILENCE } from '../policy/cedar-policy.ts';
import { Layers, type OwnRules } from '../policy/layers.ts';
import { standingFile } from '../policy/standing-cedar.ts';
import { PROFILE_FILES } from '../policy/profiles/profiles.ts';
import type { House } from './house.ts';
import { guardsOf, type Decided } from './policy-history.ts';

export interface Candidate {
  /** What was decided, judged anew by the rules that hold and these. */
  judge(body: Decided, facts: Facts): Decision;
  /** By the rules that hold, without these. */
  without(body: Decided, facts: Facts): Decision;
  /** As `judge`, quicker where it is known what `without` says. */
  judgeAfter(without: Decision, body: Decided, facts: Facts): Decision;
}

/** What holds now, for a workspace. */
export type Held = (workspace: string) => readonly RuleFile[];

/**
 * One's own rules, of machine, person and workspace, and what may always go.
 * @param instead the name of a candidate's file: one of the person's with that name gives way to it. Throws a `RulesFault` where they can't be read.
 */
export function heldRules({ own, world }: Pick<House, 'own' | 'world'>, instead?: string): Held {
  const standing = world().standing();
  const gives = ({ name, layer }: RuleFile): boolean => instead !== undefined && layer === 'person' && basename(name) === basename(instead);
  return (workspace) => {
    const always = standing.filter((rule) => rule.workspace === workspace);
    return [...own.of(workspace).files.filter((file) => !gives(file)), ...(always.length === 0 ? [] : [standingFile(always)])];
  };
}

/**
 * Reads the candidate's files. Throws `policy.*` Faults with file and line.
 * @param own rules that hold already. The files may not have an id that one of these has.
 */
export function candidateOf(files: readonly RuleFile[], own: Held): Candidate {
  // By all built-in rules and one's own, before anything is judged: what is wrong with the files is said at once.
  const all = [...new Set(Object.values(PROFILE_FILES).flat()), ...own('')];
  const known = new Set(cedarPolicyNow(all).rules.map(({ id }) => id));
  const added = cedarPolicyNow([...all, ...files]).rules.filter(({ id }) => !known.has(id));
  const held = layersOf(own, []);
  const whole = layersOf(own, files);
  const alone = files.length > 0 && added.every(isPlainPermit) ? cedarPolicyNow(files) : null;
  const judge = (layers: Layers, body: Decided, facts: Facts): Decision => {
    const guards = guardsOf(body);
    const reason = 'It is about the house itself, which no rule loosens.';
    if (guards.length > 0 && body.verdict === 'deny') return { verdict: 'deny', rules: guards, reason };
    const decision = layers.judge(facts);
    return guards.length === 0 ? decision : strictest([{ verdict: 'ask', rules: guards, reason }, decision]);
  };
  return {
    judge: (body, facts) => judge(whole, body, facts),
    without: (body, facts) => judge(held, body, facts),
    judgeAfter(without, body, facts) {
      if (files.length === 0) return without;
      if (alone === null) return judge(whole, body, facts);
      // INVARIANT: a permit that can't break changes silence only.
      const isSilent = without.verdict === 'ask' && without.rules.length === 1 && without.rules[0] === SILENCE;
      const said = isSilent ? alone.judge(facts) : without;
      return said.verdict === 'ask' ? without : said;
    },
  };
}

/** What can fail when it is applied is arithmetic only: everything else was checked when the rule was read. */
function isPlainPermit({ verdict, text }: CedarRule): boolean {
  return verdict === 'allow' && !/[-+*]/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, ''));
}

/** Those that hold with the files, looked up once for each workspace. */
function layersOf(own: Held, files: readonly RuleFile[]): Layers {
  const known = new Map<string, OwnRules>();
  return new Layers((workspace) => {
    const rules = known.get(workspace) ?? { key: workspace, files: [...own(workspace), ...files] };
    known.set(workspace, rules);
    return rules;
  });
}
