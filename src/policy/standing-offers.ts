// Which standing rules could be made from what was seen of one action, narrowest first. Each is bounded by what it
// changed, or by the address that it read: what an action was not seen to do is never offered.
import type { Action, Fetch, WorkPath } from '../model/action.ts';
import { canonicalText } from '../model/canonical.ts';
import { sha256, type Digest } from '../model/digest.ts';
import { NO_EFFECTS, type Effects } from '../model/effects.ts';
import { parentOf } from '../model/path.ts';
import type { Proposal } from '../model/proposal.ts';
import { visible } from '../model/visible.ts';
import { loadEngineNow } from './cedar-engine.ts';
import { SILENCE } from './cedar-policy.ts';
import { factsOfQuestion } from './cedar-question.ts';
import type { FlowFacts, Policy, Question, World } from './policy.ts';
import { ASKING } from './rules.ts';
import { callDigest, CHANGE_KINDS, gainsExecution, isTyped, nameOfStanding, namesOf, whyNever, type Same, type Standing, type StandingBody } from './standing.ts';
import { cedarOf, standingFile } from './standing-cedar.ts';
import { inFolders, inPaths, warningOf } from './standing-words.ts';

export interface Offer {
  /** Of what exactly is offered, and from which action. */
  readonly digest: Digest;
  readonly body: StandingBody;
  /** The rule itself, without its @id. */
  readonly cedar: string;
  /** In one line. */
  readonly scope: string;
  /** What a person should know of a wide one; null: nothing. */
  readonly broad: string | null;
}

/** None, and why. */
export type Offers = { readonly offers: readonly Offer[]; readonly words: null } | { readonly offers: readonly []; readonly words: string };

/** Paths that a rule names one by one, and bytes of a command, so that a person can read it. */
const MOST_PATHS = 100;
const MOST_WORDS = 4000;
const LONGEST_RULE = 64 * 1024; // characters

interface Candidate {
  readonly body: StandingBody;
  readonly scope: string;
}

/**
 * @param effects null: none are on record.
 * @param flow facts about where its words come from, as they were judged. Absent: there are none.
 */
export function offersFor(proposal: Proposal, effects: Effects | null, world: World, policy: Policy, flow?: FlowFacts): Offers {
  const found = candidatesOf(proposal, effects, world);
  if (typeof found === 'string') return none(found);
  const question: Question = { stage: 'land', proposal, effects: effects ?? NO_EFFECTS, into: 'workspace', world: { ...world, standing: () => NO_RULES }, ...(flow === undefined ? {} : { flow }) };
  const alone = policy.decide(question);
  if (alone.verdict !== 'ask') return none(alone.verdict === 'deny' ? `it is refused: ${alone.reason}` : 'it needs no yes');
  // Whether it is a plain question is for the rules to say: nothing is offered that would not hold.
  if (!alone.rules.every((rule) => rule === SILENCE || ASKING.some(({ id }) => id === rule))) return none(alone.reason);
  const offers = holding(found.filter(({ body }) => cedarOf(body).length <= LONGEST_RULE), question).map(({ body, scope }): Offer => ({ digest: digestOf(body, proposal), body, cedar: cedarOf(body), scope, broad: warningOf(body) }));
  return offers.length === 0 ? none(alone.reason) : { offers, words: null };
}

const NO_RULES: readonly Standing[] = [];

/** Or why there are none, in words. */
function candidatesOf(proposal: Proposal, effects: Effects | null, world: World): readonly Candidate[] | string {
  const { action, label, handles = [] } = proposal;
  if (action.kind === 'fetch') return addressesOf(proposal, action);
  if (action.kind !== 'run' && action.kind !== 'write' && action.kind !== 'commit') return 'only commands, changes of files, landings of a draft and reading addresses ask in a way that a rule can answer';
  if (effects === null) return 'what it would do is not on record';
  if (label.integrity === 'outside' || handles.some((one) => one.label.integrity === 'outside')) return 'its words come from outside';
  return whyNever(action, effects, world) ?? bodiesOf(proposal, action, effects);
}

/** Those that would let it go; under the profile strict none does, so they are judged as under step. */
function holding(candidates: readonly Candidate[], question: Question): readonly Candidate[] {
  const { world } = question;
  const facts = factsOfQuestion({ ...question, world: { ...world, profile: world.profile === 'strict' ? 'step' : world.profile } });
  const { made = [] } = standingFile(candidates.map(({ body }, at) => ({ id: String(at), cedar: cedarOf(body) })));
  // The name is used again by the next call, so it is judged at once.
  const { rules } = loadEngineNow().prepare('offers', Object.fromEntries(made.map(({ id, text }) => [id, text])), new Map(made.map(({ id, shape }) => [id, shape])))(facts);
  return candidates.filter((_candidate, at) => rules.includes(nameOfStanding({ id: String(at) })));
}

function none(why: string): Offers {
  return { offers: [], words: `No rule can be made of this: ${why.replace(/\.$/, '')}.` };
}

function digestOf(body: StandingBody, { id }: Proposal): Digest {
  return sha256(canonicalText({ from: id, body, cedar: cedarOf(body) }));
}

function bodiesOf(proposal: Proposal, action: Extract<Action, { kind: 'run' | 'write' | 'commit' }>, effects: Effects): readonly Candidate[] {
  const { changes } = effects;
  const named = [...new Set(changes.flatMap(namesOf))].toSorted();
  const common = {
    workspace: action.workspace, root: action.root, kind: action.kind, by: isTyped(proposal) ? 'person' : 'anyone',
    changes: CHANGE_KINDS.filter((kind) => changes.some(({ change }) => change === kind)), executable: changes.some(gainsExecution),
  } as const;
  const exact = exactOf(action);
  const near = nearOf(named);
  const own = { paths: named, folders: [] };
  const wide = { paths: near.folders.length === 0 ? [] : near.paths, folders: near.folders.length === 0 ? ['.'] : near.folders };
  const listed = named.length <= MOST_PATHS;
  const grouped = near.folders.length > 0 && near.paths.length <= MOST_PATHS && near.folders.length <= MOST_PATHS;
  const made: Candidate[] = [];
  const add = (same: Same, what: string, within: { readonly paths: readonly WorkPath[]; readonly folders: readonly WorkPath[] }): void => {
    made.push({ body: { ...common, same, ...within }, scope: `${what}, ${within.folders.length === 0 ? inPaths(within.paths) : inFolders(within)}` });
  };
  if (exact !== null && listed) add(exact.same, exact.what, own);
  if (exact !== null && grouped && action.kind === 'run') add(exact.same, exact.what, near);
  const tool = toolOf(action);
  if (tool !== null && listed && (action.kind === 'write' || !grouped)) add(tool.same, tool.what, own);
  if (tool !== null && grouped) add(tool.same, tool.what, near);
  if (action.kind === 'commit' && listed) add({ as: 'any' }, 'any draft', own);
  if (wide.paths.length <= MOST_PATHS && wide.folders.length <= MOST_PATHS) add({ as: 'any' }, ANY[action.kind], wide);
  return made;
}

/** What came from outside may name an address once more, but none may be made up after it. */
function addressesOf(proposal: Proposal, { workspace, root, url }: Fetch): readonly Candidate[] | string {
  if (!URL.canParse(url) || url.length > MOST_WORDS) return 'its address is too long to be read';
  const { protocol, origin, pathname, host } = new URL(url);
  const candidate = (same: Same, scope: string): Candidate => ({ body: { workspace, root, kind: 'fetch', by: isTyped(proposal) ? 'person' : 'anyone', same, paths: [], folders: [], changes: [], executable: false }, scope });
  const below = `${origin}${pathname.slice(0, pathname.lastIndexOf('/') + 1)}`;
  const wide = protocol === 'https:' && proposal.label.integrity !== 'outside';
  return [
    candidate({ as: 'url', url }, 'exactly this address'),
    ...(wide && below !== `${origin}/` ? [candidate({ as: 'site', prefix: below }, `any address below ${visible(below)}`)] : []),
    ...(wide ? [candidate({ as: 'site', prefix: `${origin}/` }, `any address of ${visible(host)}`)] : []),
  ];
}

const ANY = { run: 'any command', write: 'any file tool', commit: 'any draft' } as const;

function exactOf(action: Action): { readonly same: Same; readonly what: string } | null {
  if (action.kind === 'write') return { same: { as: 'call', op: action.op, digest: callDigest(action) }, what: `exactly this ${action.op}` };
  if (action.kind !== 'run' || action.argv.join(' ').length > MOST_WORDS) return null;
  return { same: { as: 'argv', argv: action.argv, cwd: action.cwd }, what: 'exactly this command' };
}

/** Null for a shell: what it carries out is in its arguments, so that the program says nothing. */
function toolOf(action: Action): { readonly same: Same; readonly what: string } | null {
  if (action.kind === 'write') return { same: { as: 'op', op: action.op }, what: `${action.op}, whatever it writes` };
  const [program] = action.kind === 'run' ? action.argv : [];
  if (action.kind !== 'run' || program === undefined || program.length > MOST_WORDS || /(^|\/)(ba|da|z|k|fi|c|tc)?sh$/.test(program)) return null;
  return { same: { as: 'program', program, cwd: action.cwd }, what: `${program} with any arguments` };
}

/** The folders in which something changed, none inside another; what lies in the workspace itself is named. */
function nearOf(named: readonly WorkPath[]): { readonly paths: readonly WorkPath[]; readonly folders: readonly WorkPath[] } {
  const parents = [...new Set(named.map(parentOf))].filter((folder) => folder !== '.').toSorted();
  const folders = parents.filter((folder) => !parents.some((other) => folder.startsWith(`${other}/`)));
  return { folders, paths: named.filter((path) => parentOf(path) === '.') };
}
