// Why an action was decided as it was: at each stage the rules that decided, with their text as it was then, the facts
// that they judged, where its words come from, and what would have to be different. All of it is read from the record.
import { readAction, readProposal, textOf } from '../approvals/actions.ts';
import { originRows } from '../approvals/origin-words.ts';
import { originsOnRecord } from '../approvals/origins.ts';
import { PART_CHANGED } from '../approvals/settle.ts';
import { titleOf } from '../approvals/title.ts';
import type { Verdict } from '../model/decision.ts';
import type { Answer, Door, LogEvent, Stage } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import type { OutsideSource } from '../model/origin.ts';
import type { Proposal } from '../model/proposal.ts';
import { QUIET, type Facts } from '../policy/cedar-facts.ts';
import { SILENCE } from '../policy/cedar-policy.ts';
import { obstaclesOf } from '../policy/cedar-words.ts';
import { ASKING, GUARDS } from '../policy/rules.ts';
import { PastReader, profileOf, type Decided } from './policy-history.ts';
import type { House } from './house.ts';
import { ruleOfThen, type RuleOfThen } from './rules-of-then.ts';

export interface WhyFact {
  readonly name: string;
  readonly value: string | number | boolean | readonly string[];
  /** A rule that decided looks at it. */
  readonly used: boolean;
}

export interface WhyStage {
  readonly seq: number;
  readonly time: string;
  readonly stage: Stage;
  readonly verdict: Verdict;
  readonly profile: string;
  /** In words, as it was told then. */
  readonly reason: string;
  readonly rules: readonly RuleOfThen[];
  /** Those that are not as usual, and those that the rules look at; null: erased. */
  readonly facts: readonly WhyFact[] | null;
  /** False: the facts were not on record yet, and are derived today. */
  readonly recorded: boolean;
  /** What would have to be different for it to go without asking; empty: it went. */
  readonly obstacles: readonly string[];
  readonly answer: { readonly answer: Answer; readonly time: string; readonly door: Door; readonly why: string } | null;
}

export interface Why {
  readonly action: Id;
  readonly session: Id;
  readonly heading: string;
  readonly by: Proposal['by'];
  readonly tool: string;
  readonly stages: readonly WhyStage[];
  /** Where each argument comes from; empty: it was not asked about, or nothing is on record. */
  readonly origins: readonly { readonly argument: string; readonly value: string | null; readonly words: string; readonly integrity: string | null; readonly action: Id | null }[];
  /** What from outside its writer had read. */
  readonly outside: readonly OutsideSource[];
}

/** Decisions on one action that are told. */
const MOST = 100;

/** Throws `action.unknown`, and `action.erased` where its words are gone. */
export function whyDecided(house: Pick<House, 'log' | 'world'>, id: Id): Why {
  const { log } = house;
  const row = readAction(log.store.db, id);
  const { proposal } = readProposal(log, row);
  const reader = new PastReader(house);
  const events = log.events({ action: id, types: ['action.decided', 'action.answered', 'action.granted'], limit: MOST });
  const origins = originsOnRecord(log, id);
  return {
    action: id, session: row.session, heading: titleOf(proposal.action), by: proposal.by, tool: proposal.tool,
    stages: events.flatMap((event, at) => (event.body.type === 'action.decided' && !isRepeat(events, at) ? [stageOf(house, reader, proposal, event, event.body, events[at + 1])] : [])),
    origins: originRows({ action: proposal.action, origins, handles: proposal.handles ?? [] }).map(({ from, ...rest }) => ({ ...rest, action: from?.action ?? null })),
    outside: origins?.outside ?? [],
  };
}

/** After a yes the same question is put once more, and granted. */
function isRepeat(events: readonly LogEvent[], at: number): boolean {
  const [before, here, after] = [events[at - 1]?.body, events[at]?.body, events[at + 1]?.body];
  return here?.type === 'action.decided' && here.verdict === 'ask' && before?.type === 'action.answered' && before.answer === 'invoke' && after?.type === 'action.granted';
}

function stageOf({ log }: Pick<House, 'log'>, reader: PastReader, proposal: Proposal, event: LogEvent, body: Decided, next: LogEvent | undefined): WhyStage {
  const { seq, time, payloads } = event;
  const { stage, verdict, profile } = body;
  const rules = body.rules.map((rule) => ruleOfThen(log, rule, event, proposal, profileOf(profile)));
  const past = reader.read({ event, body });
  const facts = past === null ? null : reader.factsOf(past, body);
  const answered = next?.body.type === 'action.answered' ? next.body : null;
  return {
    seq, time, stage, verdict, profile, rules, reason: textOf(log, payloads['reason']?.digest ?? null),
    facts: facts === null ? null : factsOf(facts, rules),
    recorded: payloads['facts'] !== undefined,
    obstacles: verdict === 'allow' ? [] : obstacles(body, rules, facts),
    answer: answered === null || next === undefined ? null : { answer: answered.answer, time: next.time, door: answered.door, why: textOf(log, next.payloads['why']?.digest ?? null) },
  };
}

/** What says the same for every action is left out. */
const PLAIN: readonly string[] = ['stage', 'profile', 'by', 'workspace', 'call'];

function factsOf(facts: Facts, rules: readonly RuleOfThen[]): readonly WhyFact[] {
  const used = new Set(rules.flatMap(({ text }) => [...(text ?? '').matchAll(/\bcontext\s*\.\s*(\w+)/g)].map(([, name = '']) => name)));
  const usual = new Map<string, unknown>(Object.entries(QUIET));
  return Object.entries(facts)
    .filter(([name, value]) => !PLAIN.includes(name) && (used.has(name) || JSON.stringify(value) !== JSON.stringify(usual.get(name))))
    .flatMap(([name, value]: [string, unknown]) => (isShown(value) ? [{ name, value, used: used.has(name) }] : []));
}

function isShown(value: unknown): value is WhyFact['value'] {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' || (Array.isArray(value) && value.every((one) => typeof one === 'string'));
}

function obstacles({ verdict, rules }: Decided, told: readonly RuleOfThen[], facts: Facts | null): readonly string[] {
  const guards = GUARDS.filter((guard) => rules.includes(guard.id) && guard.verdict === verdict).map(({ id, when }) => `${id} would have to have nothing to say: it speaks when ${when}. No rule of yours loosens it.`);
  const stops = told.filter((rule) => rule.verdict !== 'allow' && rule.origin !== 'guard' && rule.origin !== 'question' && rule.text !== null).map(({ id, reason, verdict: says }) => `${id} ${says === 'deny' ? 'forbids' : 'asks about'} it: ${reason}`);
  if (guards.length + stops.length > 0) return [...guards, ...stops];
  const silent = rules.some((rule) => rule === SILENCE || ASKING.some(({ id }) => id === rule));
  if (rules.includes(PART_CHANGED.id)) return ['You would have to say yes to what it does now.'];
  if (!silent) return ['The rule would have to be one that can be applied: see pwb policy check.'];
  const kinds = ASKING.filter(({ id }) => rules.includes(id)).map(({ id, when, waivable }) => `No rule lets it go: it asks when ${when} (${id})${waivable === true ? ', and Always… on its card can answer that' : ''}.`);
  // Of what is nothing special, the question says it already.
  const words = facts === null ? '' : obstaclesOf(facts);
  return [...kinds, ...(words === '' || (kinds.length > 0 && words === obstaclesOf(QUIET)) ? [] : [words])];
}
