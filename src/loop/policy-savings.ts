// Which standing rules would spare the person the most prompts and let no past denial through: made of what they said
// yes to, as Always… on a card would offer them, and tried on the log's history. It makes no rule.
import { readAction, readProposal } from '../approvals/actions.ts';
import type { Action } from '../model/action.ts';
import type { Digest } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Proposal } from '../model/proposal.ts';
import { cedarPolicyNow, SILENCE } from '../policy/cedar-policy.ts';
import { nameOfStanding } from '../policy/standing.ts';
import { standingFile } from '../policy/standing-cedar.ts';
import { standingLines } from '../policy/standing-words.ts';
import type { House } from './house.ts';
import { candidateOf, heldRules } from './policy-candidate.ts';
import { guardsOf, pastDecisions, PastReader } from './policy-history.ts';
import { offersOf, type Offer } from './policy-offers.ts';
import { promptsSince } from './policy-prompts.ts';

export interface Saving {
  /** `pwb policy always ACTION OFFER` makes the rule. */
  readonly action: Id;
  readonly offer: Digest;
  readonly scope: string;
  /** In words, one clause a line; and the rule itself. */
  readonly text: string;
  readonly cedar: string;
  /** A warning, where it is wide. */
  readonly broad: string | null;
  /** Prompts with a yes that there would not have been, beside those that the rules before this one spare. */
  readonly saved: number;
}

export interface Savings {
  /** Yeses to what was tried and would land, of which such rules are made. */
  readonly yeses: number;
  readonly savings: readonly Saving[];
}

/** Yeses that are looked at, the newest; kinds of them that rules are made of; rules that are tried; rules that are told. */
const MOST_YESES = 2000;
const MOST_KINDS = 24;
const MOST_TRIED = 100;
const MOST_TOLD = 5;
/** What was asked once is no habit. */
const LEAST = 2;

interface Tried {
  readonly offer: Offer;
  readonly action: Id;
  /** Its place among the offers of its action: the first is the narrowest. */
  readonly width: number;
  readonly saves: Set<Id>;
  denials: number;
}

/** @param since milliseconds since 1970; 0: all of the log. */
export async function savingsOf(house: Pick<House, 'log' | 'world' | 'own' | 'policy'>, since: number): Promise<Savings> {
  const prompts = await promptsSince(house, since);
  const yeses = prompts.filter(({ answer, stage }) => answer === 'invoke' && stage === 'land').toReversed();
  const tried = await offersOfKinds(house, yeses.map(({ action }) => action));
  if (tried.size > 0) await tryOnHistory(house, tried, since);
  return { yeses: yeses.length, savings: best([...tried.values()].filter(({ denials }) => denials === 0)) };
}

/** By the name that each has while it is tried. */
async function offersOfKinds(house: Pick<House, 'log' | 'world' | 'policy'>, yeses: readonly Id[]): Promise<ReadonlyMap<string, Tried>> {
  const kinds = new Map<string, { readonly proposal: Proposal; count: number }>();
  for (const [at, action] of yeses.slice(0, MOST_YESES).entries()) {
    const proposal = orErased(() => readProposal(house.log, readAction(house.log.store.db, action)).proposal);
    if (proposal !== null) {
      const kind = kindOf(proposal.action);
      const known = kinds.get(kind);
      if (known === undefined) kinds.set(kind, { proposal, count: 1 });
      else known.count += 1;
    }
    if (at % 100 === 99) await breathe();
  }
  const tried = new Map<string, Tried>();
  const texts = new Set<string>();
  for (const { proposal } of [...kinds.values()].toSorted((a, b) => b.count - a.count).slice(0, MOST_KINDS)) {
    const offers = orErased(() => offersOf(house, proposal.id).offers) ?? [];
    for (const [width, offer] of offers.entries()) {
      if (tried.size >= MOST_TRIED || texts.has(offer.cedar)) continue;
      texts.add(offer.cedar);
      tried.set(nameOfStanding({ id: `tried${tried.size}` }), { offer, action: proposal.id, width, saves: new Set(), denials: 0 });
    }
    await breathe();
  }
  return tried;
}

/** All of them in one set: each that holds is named by the one judgement. */
async function tryOnHistory(house: Pick<House, 'log' | 'world' | 'own'>, tried: ReadonlyMap<string, Tried>, since: number): Promise<void> {
  const held = candidateOf([], heldRules(house));
  const all = cedarPolicyNow([standingFile([...tried].map(([name, { offer }]) => ({ id: name.slice(nameOfStanding({ id: '' }).length), cedar: offer.cedar })))]);
  const reader = new PastReader(house);
  for await (const past of pastDecisions(house, since)) {
    const { body, was } = past;
    if (was === 'allowed' || was === 'open' || guardsOf(body).length > 0) continue;
    const read = reader.read(past);
    if (read === null) continue;
    const facts = reader.factsOf(read, body);
    const before = held.without(body, facts);
    // A permit answers silence only; and what goes by the rules that hold already is nothing gained.
    if (before.rules.length !== 1 || before.rules[0] !== SILENCE) continue;
    const { verdict, rules } = all.judge(facts);
    if (verdict !== 'allow') continue;
    for (const rule of rules) {
      const one = tried.get(rule);
      if (one === undefined) continue;
      if (was === 'yes') one.saves.add(body.action);
      else one.denials += 1;
    }
  }
}

/** Those without a warning first; each by what it spares beside those before, and of equal ones the narrowest. */
function best(tried: readonly Tried[]): readonly Saving[] {
  const savings: Saving[] = [];
  const spared = new Set<Id>();
  for (const isBroad of [false, true]) {
    const left = tried.filter(({ offer }) => (offer.broad !== null) === isBroad);
    while (savings.length < MOST_TOLD) {
      const [next] = left.map((one) => ({ one, saved: [...one.saves].filter((action) => !spared.has(action)).length })).toSorted((a, b) => b.saved - a.saved || a.one.width - b.one.width);
      if (next === undefined || next.saved < LEAST) break;
      const { one: { offer, action, saves }, saved } = next;
      for (const id of saves) spared.add(id);
      savings.push({ action, offer: offer.digest, scope: offer.scope, text: standingLines(offer.body).join('\n'), cedar: offer.cedar, broad: offer.broad, saved });
    }
  }
  return savings;
}

/** Rules of one kind are made of one of them: the same command, or the same tool in the same place. */
function kindOf(action: Action): string {
  switch (action.kind) {
    case 'run':
      return ['run', action.workspace, action.cwd, ...action.argv].join('\0');
    case 'write':
      return ['write', action.workspace, action.op, action.path.split('/').slice(0, -1).join('/')].join('\0');
    case 'fetch':
      return ['fetch', action.workspace, URL.canParse(action.url) ? new URL(action.url).origin : ''].join('\0');
    case 'infer':
    case 'read':
    case 'service':
    case 'commit':
    case 'undo':
      return [action.kind, action.kind === 'infer' ? '' : action.workspace].join('\0');
  }
}

function orErased<T>(read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (error instanceof Fault && error.code === 'action.erased') return null;
    throw error;
  }
}

function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
