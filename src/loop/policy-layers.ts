// One's own rules as a door shows them: file by file with what is wrong, what of a workspace's is trusted and what lies
// there now, and how often each rule decided. It changes nothing.
import type { Answerer } from '../approvals/answer.ts';
import { usesOf } from '../approvals/standing.ts';
import type { Check } from '../execute/containment.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Verdict } from '../model/decision.ts';
import type { Layer, RuleFile } from '../policy/cedar-file.ts';
import { loadEngineNow } from '../policy/cedar-engine.ts';
import { cedarPolicyNow } from '../policy/cedar-policy.ts';
import { readThroughOnce } from '../policy/cedar-known.ts';
import { brokenWords, RulesFault, type Problem } from '../model/problem.ts';
import type { Workbench } from './workbench.ts';
import { problemsNow, trustRules, untrustRules, workspaceRules, type WorkspaceRules } from './trusted-rules.ts';
import { listWorkspaces, type Workspace } from './workspaces.ts';

export interface LayerRule {
  readonly id: string;
  readonly layer: Exclude<Layer, 'built-in'>;
  /** A path; of a workspace one within it. */
  readonly file: string;
  readonly line: number;
  readonly verdict: Verdict;
  readonly reason: string;
  /** Cedar. */
  readonly text: string;
  readonly used: number;
}

export interface WorkspaceLayer {
  readonly workspace: Id;
  readonly root: string;
  readonly state: Exclude<WorkspaceRules['state'], 'none'>;
  /** To trust exactly what lies there now. */
  readonly digest: string;
  /** That hold: those that were trusted. */
  readonly rules: readonly LayerRule[];
  /** That lie there and differ from those. */
  readonly offered: readonly LayerRule[];
  /** What is wrong with what lies there, or with what was trusted. */
  readonly problems: readonly Problem[];
  /** What was trusted can't be had: nothing may be done in this workspace. */
  readonly broken: boolean;
}

export interface LayersView {
  /** False: the files of the machine or the person are broken, so that nothing may be done. */
  readonly holds: boolean;
  /** Where the files of the machine and the person lie. */
  readonly folders: readonly { readonly layer: 'machine' | 'person'; readonly path: string }[];
  readonly rules: readonly LayerRule[];
  readonly problems: readonly Problem[];
  /** Those that have rules, or that have some that are trusted. */
  readonly workspaces: readonly WorkspaceLayer[];
}

type Bench = Pick<Workbench, 'log' | 'own' | 'version'>;

/** Reads all files anew, those that are broken too. */
export function viewLayers(bench: Bench): LayersView {
  const uses = usesOf(bench.log);
  const { files, problems } = bench.own.found();
  const all = [...problems, ...problemsOfAll(files)];
  return {
    holds: all.length === 0,
    folders: bench.own.folders.flatMap(({ layer, path }) => (layer === 'workspace' ? [] : [{ layer, path }])),
    rules: rulesOf(files, uses), problems: all,
    workspaces: listWorkspaces(bench.log).flatMap((one) => viewWorkspace(bench, one, files, uses) ?? []),
  };
}

/** Null: it has none. */
function viewWorkspace(bench: Bench, { id, root }: Pick<Workspace, 'id' | 'root'>, own: readonly RuleFile[] = bench.own.found().files, uses: ReadonlyMap<string, number> = usesOf(bench.log)): WorkspaceLayer | null {
  const found = workspaceRules(bench.log, bench.version, { id, root });
  const { state, digest, trusted, broken, now } = found;
  if (state === 'none') return null;
  const wrong = state === 'trusted' ? [] : problemsNow(found, own);
  return { workspace: id, root, state, digest, rules: rulesOf(trusted?.files ?? [], uses), offered: state === 'trusted' ? [] : rulesOf(now.files, uses), problems: [...(broken?.problems ?? []), ...wrong], broken: broken !== null };
}

/** The files of rules in a workspace, word for word: what lies there, beside what is trusted. */
export interface WorkspaceText {
  readonly state: WorkspaceRules['state'];
  /** To trust exactly what lies there now. */
  readonly digest: string;
  /** In the order of their names. Null on a side: not there; what can't be read is among the problems. */
  readonly files: readonly { readonly file: string; readonly trusted: string | null; readonly now: string | null }[];
  readonly problems: readonly Problem[];
  /** What was trusted is not on record any more. */
  readonly broken: boolean;
}

export function readWorkspaceText({ log, version, own }: Bench, workspace: Pick<Workspace, 'id' | 'root'>): WorkspaceText {
  const found = workspaceRules(log, version, workspace);
  const [trusted, now] = [found.trusted?.files ?? [], found.now.files].map((files) => new Map(files.map(({ name, text }) => [name, text])));
  const names = [...new Set([...(trusted?.keys() ?? []), ...(now?.keys() ?? [])])].toSorted();
  return {
    state: found.state, digest: found.digest, broken: found.broken !== null, problems: problemsNow(found, own.found().files),
    files: names.map((file) => ({ file, trusted: trusted?.get(file) ?? null, now: now?.get(file) ?? null })),
  };
}

/** Also of a file that is broken: those that can be read. */
function rulesOf(files: readonly RuleFile[], uses: ReadonlyMap<string, number>): readonly LayerRule[] {
  if (files.length === 0) return [];
  return files.flatMap((file) => readThroughOnce(loadEngineNow, file).rules).flatMap(({ id, layer, file, line, verdict, reason, text }) => (layer === 'built-in' ? [] : [{ id, layer, file, line, verdict, reason, text, used: uses.get(id) ?? 0 }]));
}

function problemsOfAll(files: readonly RuleFile[]): readonly Problem[] {
  try {
    if (files.length > 0) cedarPolicyNow(files);
    return [];
  } catch (error) {
    if (error instanceof RulesFault) return error.problems;
    throw error;
  }
}

/** A person trusts the rules that lie in a workspace, in the words that they have at this moment, or had when `seen` was shown. Throws as `trustRules`. */
export async function trustLayer(bench: Bench, workspace: Workspace, by: Answerer, seen?: string): Promise<WorkspaceLayer> {
  const { log, version, own } = bench;
  await trustRules(log, version, workspace, own.found().files, seen ?? workspaceRules(log, version, workspace).digest, by);
  const view = viewWorkspace(bench, workspace);
  if (view === null) throw new Fault('policy.trust-lost', 'the rules that were trusted are not on record', 'run: pwb log verify');
  return view;
}

/** Throws `policy.not-trusted`. */
export function untrustLayer({ log }: Bench, workspace: Id, by: Answerer): Promise<void> {
  return untrustRules(log, workspace, by);
}

/** For `pwb doctor`. */
export function checkRules(bench: Bench): readonly Check[] {
  const { holds, rules, problems, workspaces } = viewLayers(bench);
  const mine: Check = holds
    ? { id: 'rules', status: 'ok', detail: rules.length === 0 ? 'no rules of your own besides the built-in ones' : `${rules.length} of your own, in force` }
    : { id: 'rules', status: 'fail', detail: `nothing may be done: ${brokenWords(new RulesFault(problems))}`, fix: 'mend the files, or move them away; `pwb policy check` names all that is wrong' };
  return [mine, ...workspaces.filter(({ broken }) => broken).map((one): Check => ({ id: 'rules', status: 'fail', detail: `nothing may be done in ${one.root}: ${brokenWords(new RulesFault(one.problems))}`, fix: `pwb policy trust ${one.workspace}, or pwb policy untrust ${one.workspace}` }))];
}

/** One that is registered, by its id or its folder. Throws `workspace.unknown`. */
export function workspaceNamed(bench: Pick<Workbench, 'log'>, name: string): Workspace {
  const found = listWorkspaces(bench.log).find(({ id, root }) => id === name || root === name);
  if (found === undefined) throw new Fault('workspace.unknown', `there is no workspace ${name}`, 'see `pwb workspace list`');
  return found;
}
