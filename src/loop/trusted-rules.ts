// Rules that a workspace brings, in its folder `.proworkbench/rules`. They hold only with the very words that a person
// has looked at and trusted, whatever lies in the folder now, and may only forbid or ask.
import { join } from 'node:path';
import type { StatementSync } from 'node:sqlite';
import type { Answerer } from '../approvals/answer.ts';
import type { Log } from '../audit/log.ts';
import { parseCanonical } from '../model/canonical.ts';
import { sha256, type Digest } from '../model/digest.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { loadEngineNow } from '../policy/cedar-engine.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import { checkedOf, recallChecked } from '../policy/cedar-known.ts';
import { cedarPolicyNow } from '../policy/cedar-policy.ts';
import { RulesFault, type Problem } from '../model/problem.ts';
import { readRuleFiles, type FoundFiles } from '../storage/rule-files.ts';
import { bytesOf, checkedBytes, filesBytes, filesOf } from './rule-record.ts';
import type { Workspace } from './workspaces.ts';

const FOLDER = '.proworkbench/rules';

export interface Trusted {
  readonly key: string;
  readonly files: readonly RuleFile[];
}

interface Row {
  readonly seq: number;
  readonly rules: Digest;
  readonly erased: number;
}

/** The trusted words, asked for at every decision. */
export class TrustedRules {
  readonly #log: Log;
  readonly #version: string;
  readonly #known = new Map<Id, { readonly row: string; readonly trusted: Trusted | RulesFault }>();
  #find: StatementSync | undefined;

  constructor(log: Log, version: string) {
    this.#log = log;
    this.#version = version;
  }

  /** Null: none of this workspace's are trusted. Throws a `RulesFault` where the record isn't whole: without them more would go. */
  of(workspace: Id): Trusted | null {
    this.#find ??= this.#log.store.db.prepare('SELECT t.seq, t.rules, e.digest IS NOT NULL AS erased FROM trusted_rules t LEFT JOIN erased e ON e.digest = t.rules WHERE t.workspace = ?');
    const found = this.#find.get(workspace) as unknown as Row | undefined;
    if (found === undefined) return null;
    const row = `${found.seq} ${found.rules} ${found.erased}`;
    const known = this.#known.get(workspace);
    const trusted = known?.row === row ? known.trusted : this.#read(workspace, found);
    this.#known.set(workspace, { row, trusted });
    if (trusted instanceof RulesFault) throw trusted;
    return trusted;
  }

  #read(workspace: Id, { seq, rules }: Row): Trusted | RulesFault {
    const [event] = this.#log.events({ after: seq - 1, before: seq + 1, limit: 1 });
    const files = event?.body.type === 'policy.trusted' && event.body.workspace === workspace && event.payloads['rules']?.digest === rules ? filesOf(this.#log, event) : null;
    if (event === undefined || files === null) return new RulesFault([{ file: FOLDER, line: null, code: 'policy.trust-lost', words: `the words of the rules that workspace ${workspace} was trusted with are not on record any more`, hint: 'look at its rules and trust them again (pwb policy trust), or take the trust back (pwb policy untrust)' }]);
    const checked = bytesOf(this.#log, event, 'checked');
    if (checked !== null) recallChecked(files, parseCanonical(checked), this.#version);
    return { key: sha256(filesBytes(files)), files };
  }
}

/** What lies in a workspace's folder of rules now, and what of it holds. */
export interface WorkspaceRules {
  /** `none`: it has no rules, and none of it hold. `changed`: what holds is what was trusted. */
  readonly state: 'none' | 'untrusted' | 'trusted' | 'changed';
  readonly now: FoundFiles;
  /** Of what lies there, to trust exactly that. */
  readonly digest: Digest;
  readonly trusted: Trusted | null;
  /** Why the trusted ones can't be had, which denies; null: they can. */
  readonly broken: RulesFault | null;
}

export function workspaceRules(log: Log, version: string, { id, root }: Pick<Workspace, 'id' | 'root'>): WorkspaceRules {
  const now = readRuleFiles({ layer: 'workspace', path: join(root, FOLDER), name: FOLDER, owner: null });
  let trusted: Trusted | null = null;
  let broken: RulesFault | null = null;
  try {
    trusted = new TrustedRules(log, version).of(id);
  } catch (error) {
    if (!(error instanceof RulesFault)) throw error;
    broken = error;
  }
  const digest = sha256(filesBytes(now.files));
  const isSame = trusted !== null && trusted.key === digest && now.problems.length === 0;
  const hasAny = now.files.length + now.problems.length > 0;
  return { state: isSame ? 'trusted' : trusted !== null || broken !== null ? 'changed' : hasAny ? 'untrusted' : 'none', now, digest, trusted, broken };
}

/** All that is wrong with what lies in the folder, as rules of a workspace. @param own files that hold anyway: no id may be double. */
export function problemsNow({ now }: WorkspaceRules, own: readonly RuleFile[]): readonly Problem[] {
  try {
    if (now.files.length > 0) cedarPolicyNow([...own, ...now.files]);
    return now.problems;
  } catch (error) {
    if (error instanceof RulesFault) return [...now.problems, ...error.problems];
    throw error;
  }
}

/**
 * A person trusts the rules that lie in a workspace, having read them: exactly these words hold from here on.
 * @param seen `digest` of what they read. Throws `policy.trust-changed`, `policy.no-rules`, and a `RulesFault` where they are broken.
 */
export async function trustRules(log: Log, version: string, workspace: Pick<Workspace, 'id' | 'root'>, own: readonly RuleFile[], seen: Digest, by: Answerer): Promise<WorkspaceRules> {
  const found = workspaceRules(log, version, workspace);
  if (found.digest !== seen) throw new Fault('policy.trust-changed', 'the rules were changed since they were looked at', 'look at them again');
  if (found.now.files.length + found.now.problems.length === 0) throw new Fault('policy.no-rules', `there are no rules in ${join(workspace.root, FOLDER)}`, 'put files of rules there: NAME.cedar');
  const problems = problemsNow(found, own);
  if (problems.length > 0) throw new RulesFault(problems);
  const { files } = found.now;
  const checked = checkedBytes(checkedOf(loadEngineNow, files, version));
  await log.commit((tx) => {
    const { seq, payloads } = tx.append({ type: 'policy.trusted', workspace: workspace.id, ...by }, { rules: filesBytes(files), checked });
    tx.db.prepare('INSERT OR REPLACE INTO trusted_rules (workspace, seq, rules) VALUES (?, ?, ?)').run(workspace.id, seq, payloads['rules']?.digest ?? '');
  });
  return workspaceRules(log, version, workspace);
}

/** Its rules hold no more, from the next decision on. Throws `policy.not-trusted`. */
export async function untrustRules(log: Log, workspace: Id, by: Answerer): Promise<void> {
  await log.commit((tx) => {
    const { changes } = tx.db.prepare('DELETE FROM trusted_rules WHERE workspace = ?').run(workspace);
    if (changes === 0) throw new Fault('policy.not-trusted', 'no rules of this workspace are trusted', 'see `pwb policy list`');
    tx.append({ type: 'policy.untrusted', workspace, ...by });
  });
}
