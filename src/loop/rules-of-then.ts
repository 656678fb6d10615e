// A rule by the name that a decision has for it, as it was then: guards and questions in code, the built-in rules, one's
// own files as the log says they were, and standing rules. Where it can't be had as it was, that is said.
import { PART_CHANGED } from '../approvals/settle.ts';
import { ruleOnce } from '../approvals/standing.ts';
import type { Log } from '../audit/log.ts';
import type { Verdict } from '../model/decision.ts';
import type { EventType, LogEvent } from '../model/event.ts';
import type { Profile } from '../model/profile.ts';
import type { Proposal } from '../model/proposal.ts';
import { builtInRules, type RuleFile } from '../policy/cedar-file.ts';
import { SILENCE } from '../policy/cedar-policy.ts';
import { statementsOf } from '../policy/cedar-statements.ts';
import { PROFILE_FILES } from '../policy/profiles/profiles.ts';
import { ASKING, GUARDS } from '../policy/rules.ts';
import { isStandingName } from '../policy/standing.ts';
import { STANDING_REASON } from '../policy/standing-cedar.ts';
import { filesOf } from './rule-record.ts';
import { workspaceOf } from './session.ts';

export interface RuleOfThen {
  readonly id: string;
  /** `question`: why a person is asked where no rule speaks. `unknown`: of that name there is none, and none on record. */
  readonly origin: 'guard' | 'question' | 'built-in' | 'machine' | 'person' | 'workspace' | 'standing' | 'house' | 'unknown';
  readonly verdict: Verdict | null;
  readonly reason: string;
  /** Cedar, or words of a rule in code. Null: not to be had. */
  readonly text: string | null;
  /** Where its text comes from: the record of that time, or what holds today, which may be another one. */
  readonly of: 'then' | 'today';
  /** What a person should know of it; null: nothing. */
  readonly note: string | null;
}

/** @param event of the decision. */
export function ruleOfThen(log: Log, id: string, event: LogEvent, proposal: Proposal, profile: Profile): RuleOfThen {
  return inCode(id) ?? standing(log, id) ?? ownRule(log, id, event, proposal) ?? builtIn(id, profile) ?? { id, origin: 'unknown', verdict: null, reason: '', text: null, of: 'today', note: 'No rule of this name is on record, and none is built in any more.' };
}

function inCode(id: string): RuleOfThen | null {
  const guard = GUARDS.find((one) => one.id === id);
  if (guard !== undefined) return { id, origin: 'guard', verdict: guard.verdict, reason: guard.reason, text: `${guard.verdict === 'deny' ? 'denies' : 'asks'} when ${guard.when}`, of: 'today', note: null };
  const asking = ASKING.find((one) => one.id === id);
  if (asking !== undefined) return { id, origin: 'question', verdict: 'ask', reason: asking.reason, text: `asks when ${asking.when} and no rule lets it go`, of: 'today', note: null };
  if (id === PART_CHANGED.id) return { id, origin: 'house', verdict: 'ask', reason: PART_CHANGED.reason, text: null, of: 'today', note: null };
  if (id === SILENCE) return { id, origin: 'question', verdict: 'ask', reason: 'Where no rule speaks, a person is asked.', text: null, of: 'today', note: null };
  if (id === 'engine' || id === 'rules.broken') return { id, origin: 'house', verdict: 'deny', reason: 'Rules that can not be read or applied deny.', text: null, of: 'today', note: 'See what is wrong: pwb policy check' };
  return null;
}

function standing(log: Log, id: string): RuleOfThen | null {
  if (!isStandingName(id)) return null;
  const body = ruleOnce(log, id.slice(id.indexOf('.') + 1));
  const common = { id, origin: 'standing', verdict: 'allow', reason: STANDING_REASON, of: 'then' } as const;
  if (body === null) return { ...common, text: null, note: 'Its words were erased.' };
  const removed = log.store.db.prepare('SELECT 1 FROM standing_rules WHERE id = ?').get(id.slice(id.indexOf('.') + 1)) === undefined;
  return { ...common, text: body.cedar, note: removed ? 'It was removed since, and holds no more.' : null };
}

/** In the files that held then: the last ones that were put on record before. */
function ownRule(log: Log, id: string, { seq }: LogEvent, { action, session }: Proposal): RuleOfThen | null {
  // Of a workspace's also those that speak of the models which its sessions ask.
  const workspace = action.kind === 'infer' ? workspaceOf(log.store.db, session) : action.workspace;
  const loaded = [...filesBefore(log, seq, ['policy.loaded'], () => true), ...filesBefore(log, seq, ['policy.trusted', 'policy.untrusted'], (one) => one === workspace)];
  for (const file of loaded) {
    const found = ruleIn(file.text, id);
    if (found === null) continue;
    const latest = ruleIn([...filesBefore(log, Number.MAX_SAFE_INTEGER, ['policy.loaded'], () => true), ...filesBefore(log, Number.MAX_SAFE_INTEGER, ['policy.trusted', 'policy.untrusted'], (one) => one === workspace)].find((one) => ruleIn(one.text, id) !== null)?.text ?? '', id);
    const note = latest === found ? null : latest === null ? `It stood in ${file.name} then, and is not there any more.` : `It stood in ${file.name} then, and says something else today.`;
    return { id, origin: file.layer, verdict: verdictOf(found), reason: reasonOf(found), text: found, of: 'then', note };
  }
  return null;
}

function filesBefore(log: Log, before: number, types: readonly EventType[], isOf: (workspace: string) => boolean): readonly RuleFile[] {
  const event = log.events({ types, before, newestFirst: true, limit: 1000 }).find(({ body }) => !('workspace' in body) || isOf(body.workspace));
  return event === undefined || event.body.type === 'policy.untrusted' ? [] : (filesOf(log, event) ?? []);
}

function ruleIn(text: string, id: string): string | null {
  return statementsOf(text).find((one) => /@id\s*\(\s*"([^"]*)"\s*\)/.exec(one.text)?.[1] === id)?.text ?? null;
}

function builtIn(id: string, profile: Profile): RuleOfThen | null {
  const rule = [PROFILE_FILES[profile], ...Object.values(PROFILE_FILES)].flat().flatMap(builtInRules).find((one) => one.id === id);
  return rule === undefined ? null : { id, origin: 'built-in', verdict: rule.verdict, reason: rule.reason, text: rule.text, of: 'today', note: null };
}

function verdictOf(text: string): Verdict {
  return /\bpermit\s*\(/.test(text.replace(/"(?:[^"\\]|\\.)*"/g, '""')) ? 'allow' : /@verdict\s*\(\s*"ask"\s*\)/.test(text) ? 'ask' : 'deny';
}

function reasonOf(text: string): string {
  return /@reason\s*\(\s*"((?:[^"\\]|\\.)*)"/.exec(text)?.[1] ?? '';
}
