// The rules that hold: those of a profile, and the layers of one's own over them, prepared when they are first needed and
// again when they change. What can't be read denies everything, and says where it is wrong.
import type { Decision } from '../model/decision.ts';
import { QUIET, type Facts } from './cedar-facts.ts';
import type { RuleFile } from './cedar-file.ts';
import { knownRules } from './cedar-known.ts';
import { cedarPolicyNow, type CedarPolicy } from './cedar-policy.ts';
import { PROFILE_FILES } from './profiles/profiles.ts';
import { brokenWords } from '../model/problem.ts';
import { isProfile } from '../model/profile.ts';

/** One's own rule files that hold now. `key` changes whenever any of them does. */
export interface OwnRules {
  readonly key: string;
  readonly files: readonly RuleFile[];
}

const NONE: OwnRules = { key: '', files: [] };
/** More sets than that are not kept ready: one for each profile, and for what may always go in a few workspaces. */
const MOST_READY = 48;

export class Layers {
  readonly #own: (workspace: string) => OwnRules;
  readonly #ready = new Map<string, CedarPolicy>();

  /** @param own of the machine, the person, and the workspace if they trust it. May throw: then everything is denied. */
  constructor(own: (workspace: string) => OwnRules = () => NONE) {
    this.#own = own;
  }

  /**
   * Never throws.
   * @param standing that hold besides. They only permit, and answer nothing where they break: then it is judged without them.
   */
  judge(facts: Facts, standing: OwnRules | null = null): Decision {
    try {
      const own = this.#own(facts.workspace);
      // Asking a model on this machine comes first in every call, and the engine takes a moment to be loaded.
      if (facts.effect === 'infer' && !facts.remote && !maySpeak(own.files, 'infer')) return INFER_LOCAL;
      return this.#withStanding(facts, own, standing) ?? this.policy(facts.profile, own).judge(facts);
    } catch (error) {
      return { verdict: 'deny', rules: ['rules.broken'], reason: `The rules can't be read, so nothing may be done: ${brokenWords(error)}` };
    }
  }

  #withStanding(facts: Facts, own: OwnRules, standing: OwnRules | null): Decision | null {
    if (standing === null) return null;
    try {
      const said = this.policy(facts.profile, { key: `${own.key} ${standing.key}`, files: [...own.files, ...standing.files] }).judge(facts);
      // They permit only, so a denial is by others, or since they broke.
      return said.verdict === 'deny' ? null : said;
    } catch {
      return null;
    }
  }

  /** Judges something of each kind that a turn begins with, for nothing. */
  warm(profile: string, workspace: string): void {
    for (const effect of ['read', 'exec', 'write'] as const) this.judge({ ...QUIET, effect, profile, workspace });
  }

  /** The rules of a profile with one's own. Throws `policy.*`. */
  policy(profile: string, own: OwnRules): CedarPolicy {
    const key = `${profile} ${own.key}`;
    const known = this.#ready.get(key);
    if (known !== undefined) return known;
    // An unknown profile is the strictest.
    const made = cedarPolicyNow([...PROFILE_FILES[isProfile(profile) ? profile : 'strict'], ...own.files]);
    const [oldest] = this.#ready.keys();
    if (oldest !== undefined && this.#ready.size >= MOST_READY) this.#ready.delete(oldest);
    this.#ready.set(key, made);
    return made;
  }
}

/** Those that weren't read yet may say anything. */
function maySpeak(files: readonly RuleFile[], effect: string): boolean {
  return files.some((file) => knownRules(file)?.some(({ shape: { actions } }) => actions === 'all' || actions.includes(effect)) ?? true);
}

/** What the rule of that name in profiles/base.ts says; a test holds the two together. */
export const INFER_LOCAL: Decision = { verdict: 'allow', rules: ['infer.local'], reason: 'The model runs on this machine.' };
