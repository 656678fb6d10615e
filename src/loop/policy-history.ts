// Past decisions as the log has them: each action's last word at a stage, what became of it, and the facts that rules
// judge it by. As far as they are on record, the facts are those of then. What was erased is said to be, never guessed.
import type { StatementSync } from 'node:sqlite';
import { parseLeaf } from '../audit/query.ts';
import type { Action } from '../model/action.ts';
import type { Verdict } from '../model/decision.ts';
import { NO_EFFECTS, UNKNOWN_EFFECTS, type Effects } from '../model/effects.ts';
import type { Answer, EventBody, Into, LogEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { drafts, isProfile, type Profile } from '../model/profile.ts';
import { parseProposal, type Proposal } from '../model/proposal.ts';
import { overlayFacts, type Facts } from '../policy/cedar-facts.ts';
import { factsOfQuestion } from '../policy/cedar-question.ts';
import type { World } from '../policy/policy.ts';
import { GUARDS, isTried } from '../policy/rules.ts';
import type { House } from './house.ts';

/** What became of an action then. `yes`, `no`: a person was asked and said so; `open`: asked, and neither. */
export const THEN = ['allowed', 'yes', 'no', 'open', 'denied'] as const;
export type Then = (typeof THEN)[number];

export const VERDICT_THEN: { readonly [was in Then]: Verdict } = { allowed: 'allow', yes: 'ask', no: 'ask', open: 'ask', denied: 'deny' };

export type Decided = Extract<EventBody, { type: 'action.decided' }>;

export interface PastDecision {
  readonly event: LogEvent;
  readonly body: Decided;
  readonly was: Then;
}

/** What an action was and did, read from the record. */
export interface Past {
  readonly proposal: Proposal;
  readonly effects: Effects;
  /** Where its effects went; null: nowhere. */
  readonly went: Into | null;
  /** Null: not on record, as of old decisions; then they are derived. */
  readonly facts: unknown;
}

const decoder = new TextDecoder();
const PAGE = 500;
/** Decisions between two moments in which others have their turn. */
const BREATH = 32;

/** The last words on actions, at a time or later, the newest first. A clock may go back, so an older one ends nothing. */
export async function* pastDecisions({ log }: Pick<House, 'log'>, since = 0): AsyncGenerator<PastDecision> {
  const after = log.store.db.prepare(`SELECT type, leaf FROM events INDEXED BY events_action WHERE action = ? AND seq > ? AND type IN ('action.decided', 'action.answered', 'action.granted') ORDER BY seq DESC LIMIT 8`);
  let before = Number.MAX_SAFE_INTEGER;
  for (let at = 1; ; ) {
    const page = log.events({ types: ['action.decided'], before, limit: PAGE, newestFirst: true });
    for (const event of page) {
      const { body } = event;
      if (body.type !== 'action.decided' || Date.parse(event.time) < since) continue;
      const was = wasOf(after, event, body);
      if (was === null) continue;
      yield { event, body, was };
      at += 1;
      if (at % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const last = page.at(-1);
    if (last === undefined) return;
    before = last.seq;
  }
}

/** Null: not the last word on its action, or only that it may be tried. */
function wasOf(after: StatementSync, { seq }: LogEvent, { action, stage, verdict }: Decided): Then | null {
  if (stage === 'rehearse' && verdict === 'allow') return null;
  // A yes is followed by the same question once more and the grant, in one transaction.
  const later = after.all(action, seq);
  if (later.some(({ type }) => type === 'action.decided')) return null;
  if (verdict !== 'ask') return verdict === 'allow' ? 'allowed' : 'denied';
  const [last] = later;
  if (last?.['type'] !== 'action.answered') return last?.['type'] === 'action.granted' ? 'yes' : 'open';
  const { body } = parseLeaf(String(last['leaf']));
  return body.type === 'action.answered' ? ANSWERED[body.answer] : 'open';
}

const ANSWERED: { readonly [answer in Answer]: Then } = { invoke: 'yes', deny: 'no', edit: 'open' };

/** Reads what decisions were about. */
export class PastReader {
  readonly #house: Pick<House, 'log' | 'world'>;
  readonly #find: StatementSync;
  readonly #world: World;

  constructor(house: Pick<House, 'log' | 'world'>) {
    this.#house = house;
    this.#find = house.log.store.db.prepare('SELECT proposal, into_ FROM actions WHERE id = ?');
    this.#world = house.world();
  }

  /** Null: erased. Throws `action.*` where the record isn't whole. */
  read({ event: { payloads }, body: { action, stage } }: Pick<PastDecision, 'event' | 'body'>): Past | null {
    const { log } = this.#house;
    const row = this.#find.get(action);
    if (row === undefined) throw new Fault('action.unknown', `action ${action} was decided and is not on record`, 'run: pwb log verify');
    const bytes = log.read(String(row['proposal']));
    const judged = this.#payload(payloads['effects']?.digest);
    const facts = this.#payload(payloads['facts']?.digest);
    if (bytes === null || judged === null || facts === null) return null;
    const proposal = parseProposal(bytes);
    if (proposal.id !== action) throw new Fault('action.mixed', `the proposal on record for action ${action} is another one's`, 'run: pwb log verify');
    const effects: Effects = judged === undefined ? (stage === 'land' ? NO_EFFECTS : UNKNOWN_EFFECTS) : JSON.parse(judged);
    const into = row['into_'];
    return { proposal, effects, went: into === 'draft' || into === 'workspace' ? into : null, facts: facts === undefined ? null : JSON.parse(facts) };
  }

  /** @param under another profile than the one of then; absent: that one. */
  factsOf({ proposal, effects, went, facts }: Past, { stage, profile: held }: Decided, under?: Profile): Facts {
    const profile = under ?? profileOf(held);
    const into = stage === 'rehearse' ? 'nothing' : intoOf(proposal.action, effects, profile, under === undefined ? went : null);
    const derived = { ...factsOfQuestion({ stage, proposal, effects, into, world: this.#world }), profile };
    if (facts === null) return derived;
    const whole = overlayFacts(derived, facts);
    // Under another profile its effects go elsewhere.
    return under === undefined ? { ...whole, profile } : { ...whole, profile, into: derived.into, secretFile: derived.secretFile };
  }

  #payload(digest: string | undefined): string | null | undefined {
    const bytes = digest === undefined ? undefined : this.#house.log.read(digest);
    return bytes === undefined || bytes === null ? bytes : decoder.decode(bytes);
  }
}

/** An unknown profile is the strictest. */
export function profileOf(word: string): Profile {
  return isProfile(word) ? word : 'strict';
}

/** Where it went; for what never went anywhere, where its profile would have put it. */
function intoOf(action: Action, { certainty, changes }: Effects, profile: Profile, went: Into | null): Into {
  if (!isTried(action)) return 'workspace';
  if (certainty === 'known' && changes.length === 0) return 'nothing';
  if (went !== null) return went;
  return drafts(profile) ? 'draft' : 'workspace';
}

/**
 * The guards that decided then, which no rule loosens: they would again. They are about the house as it was, so they are
 * taken from the record; judged today, all of a workspace that was removed since would be denied.
 */
export function guardsOf({ rules, verdict }: Pick<Decided, 'rules' | 'verdict'>): readonly string[] {
  return rules.filter((rule) => GUARDS.some((guard) => guard.id === rule && guard.verdict === verdict));
}
