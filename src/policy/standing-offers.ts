// Which standing rules could be made from what was seen of one action, narrowest first. Each is bounded by what it
// changed: what an action was not seen to do is never offered.
import type { Action, WorkPath } from '../model/action.ts';
import { canonicalText } from '../model/canonical.ts';
import { sha256, type Digest } from '../model/digest.ts';
import type { Effects } from '../model/effects.ts';
import { parentOf } from '../model/path.ts';
import type { Proposal } from '../model/proposal.ts';
import type { Policy, World } from './policy.ts';
import { callDigest, CHANGE_KINDS, gainsExecution, isTyped, namesOf, whyNever, type Same, type StandingBody } from './standing.ts';
import { inFolders, inPaths, warningOf } from './standing-words.ts';

export interface Offer {
  /** Of what exactly is offered, and from which action. */
  readonly digest: Digest;
  readonly body: StandingBody;
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

/** @param effects null: none are on record. */
export function offersFor(proposal: Proposal, effects: Effects | null, world: World, policy: Policy): Offers {
  const { action } = proposal;
  if (action.kind !== 'run' && action.kind !== 'write' && action.kind !== 'commit') return none('only commands, changes of files and landings of a draft ask in a way that a rule can answer');
  if (effects === null) return none('what it would do is not on record');
  if (proposal.label.integrity === 'outside') return none('its words come from outside');
  const never = whyNever(action, effects, world);
  if (never !== null) return none(never);
  const question = { stage: 'land', proposal, effects, into: 'workspace', world } as const;
  const alone = policy.decide({ ...question, world: { ...world, standing: () => [] } });
  const bodies = bodiesOf(proposal, action, effects);
  // Whether it is a plain question is for the rules to say: nothing is offered that would not hold.
  const holds = (body: StandingBody): boolean => policy.decide({ ...question, world: { ...world, profile: world.profile === 'strict' ? 'step' : world.profile, standing: () => [{ ...body, id: '', from: '', made: 0 }] } }).verdict === 'allow';
  if (alone.verdict !== 'ask') return none(alone.verdict === 'deny' ? `it is refused: ${alone.reason}` : 'it needs no yes');
  const offers = bodies.filter(({ body }) => holds(body)).map(({ body, scope }) => ({ digest: digestOf(body, proposal), body, scope, broad: warningOf(body) }));
  return offers.length === 0 ? none(alone.reason) : { offers, words: null };
}

function none(why: string): Offers {
  return { offers: [], words: `No rule can be made of this: ${why.replace(/\.$/, '')}.` };
}

function digestOf(body: StandingBody, { id }: Proposal): Digest {
  return sha256(canonicalText({ from: id, body }));
}

function bodiesOf(proposal: Proposal, action: Extract<Action, { kind: 'run' | 'write' | 'commit' }>, effects: Effects): { readonly body: StandingBody; readonly scope: string }[] {
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
  const made: { readonly body: StandingBody; readonly scope: string }[] = [];
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
