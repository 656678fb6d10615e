// What a file of rules would have said to this log's history: every action that was decided, with what it did then,
// under the built-in profile and the file. Most of all: which past denials it would have let through. Nothing is
// proposed, recorded or tried; what was erased is counted, never guessed.
import type { StatementSync } from 'node:sqlite';
import { titleOf } from '../approvals/title.ts';
import type { Action } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import { NO_EFFECTS, UNKNOWN_EFFECTS, type Effects } from '../model/effects.ts';
import type { Answer, EventBody, Into, LogEvent, Stage } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { parseProposal, type Proposal } from '../model/proposal.ts';
import type { Facts } from '../policy/cedar-facts.ts';
import { cedarPolicyOf, type CedarPolicy } from '../policy/cedar-policy.ts';
import { factsOfQuestion } from '../policy/cedar-question.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import type { World } from '../policy/policy.ts';
import { FLOW_PROFILES, PROFILE_FILES, type FlowProfile } from '../policy/profiles/profiles.ts';
import { isTried } from '../policy/rules.ts';
import type { House } from './house.ts';

export { FLOW_PROFILES } from '../policy/profiles/profiles.ts';

/** What became of an action then. `yes`, `no`: a person was asked and said so; `open`: asked, and neither. */
export const THEN = ['allowed', 'yes', 'no', 'open', 'denied'] as const;
export type Then = (typeof THEN)[number];

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
  /** The profile alone would, too: it isn't the file that lets it go. */
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
  readonly profile: FlowProfile | null;
  readonly decided: number;
  readonly allow: number;
  readonly ask: number;
  readonly deny: number;
  /** Not judged, as words or effects are gone; how many of these were denied. */
  readonly erased: number;
  readonly erasedDenied: number;
  /** Of all, also those beyond the lines. */
  readonly letThrough: number;
  /** How many of these the profile alone would let through, too. */
  readonly anyway: number;
  /** The newest first, at most 1,000. */
  readonly lines: readonly LetThrough[];
  /** The most frequent first: 200 kinds, and what is beyond by its verdicts only. */
  readonly differences: readonly Difference[];
}

export interface ReplayOptions {
  /** Absent: the one that held when each was decided. */
  readonly profile?: FlowProfile;
  /** Milliseconds since 1970. Absent: all of the log. */
  readonly since?: number;
}

const PAGE = 500;
const MOST_LINES = 1000;
const MOST_KINDS = 200;
const FEW = 3;

type Decided = Extract<EventBody, { type: 'action.decided' }>;

/** Judges the log's history by Cedar text. Holds one page of it at a time. Throws `policy.*` where the file is refused. */
export async function replayHistory(house: Pick<House, 'log' | 'world'>, file: { readonly name: string; readonly text: string }, { profile, since = 0 }: ReplayOptions = {}): Promise<Replayed> {
  const withFile = policiesOf({ ...file, layer: 'person' });
  const alone = policiesOf();
  // Before anything is read, by the profile with the rules of all that a session can have: what is wrong with the file
  // is said whatever the log holds.
  await withFile(profile ?? 'draft');
  const world = house.world();
  const find = house.log.store.db.prepare('SELECT proposal, into_ FROM actions WHERE id = ?');
  const sum = { decided: 0, allow: 0, ask: 0, deny: 0, erased: 0, erasedDenied: 0, letThrough: 0, anyway: 0 };
  const lines: LetThrough[] = [];
  const kinds = new Map<string, Difference>();
  for (const { event, body } of decisions(house, since)) {
    const then = thenOf(house, event, body);
    if (then === null) continue;
    sum.decided += 1;
    const denied = then === 'denied' || then === 'no';
    const past = readPast(house, find, event, body);
    if (past === null) {
      sum.erased += 1;
      if (denied) sum.erasedDenied += 1;
      continue;
    }
    const under = profile ?? FLOW_PROFILES.find((one) => one === body.profile) ?? 'strict';
    const facts = factsOf(past, body, under, profile !== undefined, world);
    const { verdict, rules } = (await withFile(under)).judge(facts);
    sum[verdict] += 1;
    if (verdict === VERDICT[then]) continue;
    count(kinds, then, verdict, rules, body.action);
    if (!denied || verdict !== 'allow') continue;
    const anyway = (await alone(under)).judge(facts).verdict === 'allow';
    sum.letThrough += 1;
    if (anyway) sum.anyway += 1;
    if (lines.length < MOST_LINES) lines.push({ action: body.action, time: event.time, heading: titleOf(past.proposal.action), stage: body.stage, by: then === 'no' ? 'person' : 'rule', before: body.rules, rules, anyway });
  }
  return { profile: profile ?? null, ...sum, lines, differences: [...kinds.values()].toSorted((a, b) => b.count - a.count) };
}

/** A profile's rules, with a file's where there is one; read once, when they are first asked for. */
function policiesOf(...files: readonly RuleFile[]): (profile: FlowProfile) => Promise<CedarPolicy> {
  const known = new Map<FlowProfile, Promise<CedarPolicy>>();
  return (profile) => {
    const policy = known.get(profile) ?? cedarPolicyOf([...PROFILE_FILES[profile], ...files]);
    known.set(profile, policy);
    return policy;
  };
}

const VERDICT: { readonly [then in Then]: Verdict } = { allowed: 'allow', yes: 'ask', no: 'ask', open: 'ask', denied: 'deny' };

/** Decisions at a time or later, the newest first. A clock may go back, so an older one ends nothing. */
function* decisions({ log }: Pick<House, 'log'>, since: number): Generator<{ readonly event: LogEvent; readonly body: Decided }> {
  let before = Number.MAX_SAFE_INTEGER;
  for (;;) {
    const page = log.events({ types: ['action.decided'], before, limit: PAGE, newestFirst: true });
    for (const event of page) if (event.body.type === 'action.decided' && Date.parse(event.time) >= since) yield { event, body: event.body };
    const last = page.at(-1);
    if (last === undefined) return;
    before = last.seq;
  }
}

/** Null: not the last word on its action, or only that it may be tried. */
function thenOf({ log }: Pick<House, 'log'>, { seq }: LogEvent, { action, stage, verdict }: Decided): Then | null {
  if (stage === 'rehearse' && verdict === 'allow') return null;
  // A yes is followed by the same question once more and the grant, in one transaction.
  const later = log.events({ action, types: ['action.decided', 'action.answered', 'action.granted'], after: seq, limit: 8, newestFirst: true });
  if (later.some(({ body }) => body.type === 'action.decided')) return null;
  if (verdict !== 'ask') return verdict === 'allow' ? 'allowed' : 'denied';
  const said = later[0]?.body;
  if (said?.type !== 'action.answered') return said?.type === 'action.granted' ? 'yes' : 'open';
  return ANSWERED[said.answer];
}

const ANSWERED: { readonly [answer in Answer]: Then } = { invoke: 'yes', deny: 'no', edit: 'open' };

interface Past {
  readonly proposal: Proposal;
  readonly effects: Effects;
  /** Where its effects went; null: nowhere. */
  readonly went: Into | null;
}

/** Null: erased. Throws `action.*` where the record isn't whole. */
function readPast({ log }: Pick<House, 'log'>, find: StatementSync, { payloads }: LogEvent, { action, stage }: Decided): Past | null {
  const row = find.get(action);
  if (row === undefined) throw new Fault('action.unknown', `action ${action} was decided and is not on record`, 'run: pwb log verify');
  const bytes = log.read(String(row['proposal']));
  const digest = payloads['effects']?.digest;
  const judged = digest === undefined ? undefined : log.read(digest);
  if (bytes === null || judged === null) return null;
  const proposal = parseProposal(bytes);
  if (proposal.id !== action) throw new Fault('action.mixed', `the proposal on record for action ${action} is another one's`, 'run: pwb log verify');
  const effects: Effects = judged === undefined ? (stage === 'land' ? NO_EFFECTS : UNKNOWN_EFFECTS) : JSON.parse(new TextDecoder().decode(judged));
  const into = row['into_'];
  return { proposal, effects, went: into === 'draft' || into === 'workspace' ? into : null };
}

function factsOf({ proposal, effects, went }: Past, { stage }: Decided, profile: FlowProfile, isOther: boolean, world: World): Facts {
  const into = stage === 'rehearse' ? 'nothing' : intoOf(proposal.action, effects, profile, isOther ? null : went);
  return { ...factsOfQuestion({ stage, proposal, effects, into, world }), profile };
}

/** Where it went; for what never went anywhere, where its profile would have put it. */
function intoOf(action: Action, { certainty, changes }: Effects, profile: FlowProfile, went: Into | null): Into {
  if (!isTried(action)) return 'workspace';
  if (certainty === 'known' && changes.length === 0) return 'nothing';
  if (went !== null) return went;
  return profile === 'draft' || profile === 'sealed' ? 'draft' : 'workspace';
}

function count(kinds: Map<string, Difference>, then: Then, now: Verdict, rules: readonly string[], action: Id): void {
  const whole = [then, now, ...rules].join(' ');
  const fits = kinds.has(whole) || kinds.size < MOST_KINDS;
  const key = fits ? whole : [then, now].join(' ');
  const { count: before, actions } = kinds.get(key) ?? { count: 0, actions: [] };
  kinds.set(key, { was: then, now, rules: fits ? rules : [], count: before + 1, actions: actions.length < FEW ? [...actions, action] : actions });
}
