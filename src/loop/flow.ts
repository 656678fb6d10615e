// Where the words of a model's proposal come from: the facts that rules judge, and for a card the source of each argument.
// Made from the record of the session, never from what a proposal says of itself.
import { landsOutside } from '../approvals/marks.ts';
import type { Action } from '../model/action.ts';
import type { Origin, Origins, OutsideSource } from '../model/origin.ts';
import type { Proposal } from '../model/proposal.ts';
import { mostSecret, worst } from '../policy/cedar-facts.ts';
import { scanTyped } from '../policy/flow-atoms.ts';
import { judgeCall, type FlowField } from '../policy/flow-call.ts';
import type { Ledger, Role, ToolManifest } from '../policy/flow-ledger.ts';
import { originOf } from '../policy/flow-match.ts';
import { provenanceOf } from '../policy/flow-provenance.ts';
import type { Source } from '../policy/flow-source.ts';
import type { FlowFacts } from '../policy/policy.ts';
import type { House } from './house.ts';
import { isJudged } from './words.ts';
import { ledgerOfSession, type Heard, type SessionLedger } from './flow-sources.ts';

interface Spoken {
  readonly tool: ToolManifest;
  readonly args: Readonly<Record<string, unknown>>;
}

const manifest = (name: string, effect: ToolManifest['effect'], roles: Readonly<Record<string, Role>>, required: readonly string[] = []): ToolManifest =>
  ({ name, effect, readsOutside: effect === 'egress', readsPrivate: true, touches: ['files'], roles, required });

/** What an action says, as a call with roles; null where nothing of it chooses or carries anything. */
function spokenBy(action: Action): Spoken | null {
  switch (action.kind) {
    case 'infer':
    case 'service':
    case 'commit':
    case 'undo':
      return null;
    case 'fetch':
      return { tool: manifest('fetch', 'read', { url: 'destination' }, ['url']), args: { url: action.url } };
    case 'run':
      return { tool: manifest('run', 'exec', { command: 'critical', hosts: 'destination', cwd: 'selector' }), args: { command: action.argv.length === 3 && action.argv[1] === '-c' ? action.argv[2] : action.argv.join(' '), hosts: action.hosts ?? [], ...(action.cwd === '.' ? {} : { cwd: action.cwd }) } };
    case 'read':
      return { tool: manifest('read', 'read', { path: 'selector', pattern: 'query', glob: 'query' }), args: action.op === 'search' ? { path: action.path, pattern: action.pattern, glob: action.glob } : { path: action.path } };
    case 'write':
      return { tool: manifest('write', 'write', { path: 'selector', to: 'selector', content: 'payload', old: 'payload', new: 'payload' }), args: writeArguments(action) };
  }
}

function writeArguments(action: Extract<Action, { kind: 'write' }>): Readonly<Record<string, unknown>> {
  switch (action.op) {
    case 'write':
      return { path: action.path, content: action.content };
    case 'edit':
      return { path: action.path, old: action.old, new: action.new };
    case 'move':
      return { path: action.path, to: action.to };
    case 'delete':
    case 'mkdir':
      return { path: action.path };
  }
}

const facts = new WeakMap<Proposal, Promise<FlowFacts | undefined>>();

/** The facts of a proposal's words; undefined where there are none to be judged. The same proposal is looked at once. */
export function flowOf(house: House, proposal: Proposal): Promise<FlowFacts | undefined> {
  const { action } = proposal;
  // Whoever lands it: what it carries is what was put into the draft.
  if (action.kind === 'commit') return Promise.resolve(landsOutside(house.log.store.db, action) ? { payload: 'outside' } : undefined);
  const known = facts.get(proposal) ?? (isJudged(proposal) ? judge(house, proposal) : Promise.resolve(undefined));
  facts.set(proposal, known);
  return known;
}

async function judge(house: House, proposal: Proposal): Promise<FlowFacts | undefined> {
  const spoken = spokenBy(proposal.action);
  if (spoken === null) return undefined;
  await house.log.settle();
  const { ledger } = ledgerOfSession(house.log, proposal.session, proposal.label);
  const given = proposal.action.kind === 'fetch' && hasFetched(house, proposal) ? asHeard(ledger) : ledger;
  const { facts: found } = judgeCall(given, spoken.tool, withoutHandles(spoken.args, proposal));
  const { destination, selector, critical, payload, carries, newLinks, newAddresses, newValues, references, spoken: said, anchored, oversize, addresses, apart, again } = found;
  return (proposal.handles ?? []).reduce<FlowFacts>(
    // What was passed unread is where it was read, whoever passed it.
    (all, { label }) => ({ ...all, payload: worst(all.payload ?? 'none', label.integrity === 'outside' ? 'outside' : 'workspace'), carries: mostSecret(all.carries ?? 'open', label.secrecy) }),
    { destination, selector, critical, payload, carries, newLinks, newAddresses, newValues, references, spoken: said, anchored, oversize, addresses, apart, again },
  );
}

/** Was another URL to be read before this one, in this session? */
function hasFetched({ log: { store: { db } } }: House, { id, session }: Proposal): boolean {
  const sql = `SELECT 1 FROM actions WHERE session = :session AND kind = 'fetch' AND (by = 'model' OR call <> '') AND id <> :id AND outcome IS NOT 'refused' AND seq < coalesce((SELECT seq FROM actions WHERE id = :id), 9e15) LIMIT 1`;
  return db.prepare(sql).get({ session, id }) !== undefined;
}

/**
 * As it is once the first page was heard, also where that was kept unread or stands in the same answer of the model's. Who
 * could attack: a workspace with a list of addresses, of which the model reads one after the other, which spells out
 * whatever it likes.
 */
function asHeard(ledger: Ledger): Ledger {
  const lends = ({ kind }: Source): boolean => kind === 'trusted' || kind === 'asked';
  return { ...ledger, label: { ...ledger.label, integrity: 'outside' }, sources: ledger.sources.map((source) => (lends(source) ? { ...source, kind: 'said' } : source)) };
}

function withoutHandles(args: Readonly<Record<string, unknown>>, { handles = [] }: Proposal): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(args).filter(([name]) => !handles.some(({ argument }) => argument === name)));
}

/** For the card of a model's proposal: each argument's source, and what was read from outside. Null for anybody else's. */
export async function originsOf(house: House, proposal: Proposal): Promise<Origins | null> {
  const spoken = proposal.by === 'model' ? spokenBy(proposal.action) : null;
  if (spoken === null) return null;
  await house.log.settle();
  const session = ledgerOfSession(house.log, proposal.session, proposal.label);
  const { fields } = judgeCall(session.ledger, spoken.tool, withoutHandles(spoken.args, proposal));
  const passed = (proposal.handles ?? []).map(({ argument, from, label }): Origin => {
    const source = label.sources[0] ?? 'an earlier result';
    return { argument, source, integrity: label.integrity, line: null, bytes: null, action: from, words: `passed unread from ${source}${label.integrity === 'outside' ? ', outside' : ''}` };
  });
  const own = fields.filter(({ value }) => value !== '').slice(0, MOST_LINES).flatMap((field) => [originFor(field, session), ...within(field, session)]);
  return { arguments: [...own.slice(0, MOST_LINES), ...passed], outside: outsideIn(session.heard) };
}

const MOST_LINES = 40;
const MOST_WITHIN = 12;
const TELLING: ReadonlySet<string> = new Set(['url', 'email', 'phone', 'account']);

function originFor(field: Pick<FlowField, 'path' | 'value' | 'origin'>, { heard }: SessionLedger): Origin {
  const found = heard.find(({ source }) => source === field.origin.source);
  const { line, bytes, words, ...origin } = provenanceOf(field);
  if (found === undefined) return { ...origin, line, bytes, words, action: null };
  const at = line === null ? null : line + found.line - 1;
  return {
    ...origin, action: found.action, line: at, bytes: bytes === null ? null : [bytes[0] + found.offset, bytes[1] + found.offset],
    words: at === line ? words : words.replace(`line ${line} of`, `line ${at} of`),
  };
}

/** Links, addresses and accounts inside a longer text of the model's own, and the parts of a link, each with where it was read. */
function within({ path, value, origin }: FlowField, session: SessionLedger): readonly Origin[] {
  if (typeof value !== 'string' || origin.source !== null) return [];
  return [...new Set([...linkParts(value), ...typedIn(value)])].slice(0, MOST_WITHIN).map((part) => {
    const found = originFor({ path, value: part, origin: originOf(part, 'destination', session.ledger, false) }, session);
    return { ...found, words: `${JSON.stringify(part.slice(0, 200))} in it: ${found.words}` };
  });
}

function typedIn(value: string): readonly string[] {
  const found = scanTyped(value).filter(({ type, start, end }) => TELLING.has(type) && end - start < value.length);
  return found.toSorted((a, b) => a.start - b.start).map(({ start, end }) => value.slice(start, end));
}

/** Of a link as a whole: where it leads, and each value that it carries there. */
function linkParts(value: string): readonly string[] {
  if (!/^https?:/.test(value) || !URL.canParse(value)) return [];
  const { origin, pathname, search, searchParams } = new URL(value);
  return [...(search === '' ? [] : [`${origin}${pathname}`]), ...[...searchParams.values()].filter((one) => one !== '')];
}

function outsideIn(heard: readonly Heard[]): readonly OutsideSource[] {
  const first = new Map<string, OutsideSource>();
  for (const { source, action, turn } of heard) {
    if (source.label.integrity === 'outside' && !first.has(source.name)) first.set(source.name, { source: source.name, action, turn });
  }
  return [...first.values()];
}
