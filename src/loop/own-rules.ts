// One's own rules that hold now: the machine's and the person's files as they lie there, and those that a workspace
// brings, with the words that a person trusted. What changes is on record before anything is decided by it. Whatever
// can't be read denies all that acts, and says where it is wrong.
import { join } from 'node:path';
import type { Log } from '../audit/log.ts';
import { parseCanonical } from '../model/canonical.ts';
import type { LogEvent } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { loadEngineNow } from '../policy/cedar-engine.ts';
import type { RuleFile } from '../policy/cedar-file.ts';
import { checkedOf, recallChecked } from '../policy/cedar-known.ts';
import { cedarPolicyNow } from '../policy/cedar-policy.ts';
import type { OwnRules } from '../policy/layers.ts';
import { RulesFault } from '../model/problem.ts';
import { LiveRuleFiles, type FoundFiles, type RuleFolder } from '../storage/rule-files.ts';
import { bytesOf, checkedBytes, filesBytes } from './rule-record.ts';
import { TrustedRules, type Trusted } from './trusted-rules.ts';

/** Where the rules of the machine lie, and whose they have to be. */
export interface MachineRules {
  readonly path: string;
  readonly uid: number;
}

export const MACHINE: MachineRules = { path: '/etc/proworkbench/rules', uid: 0 };
/** In the configuration folder. */
const PERSONS = 'rules';

export interface OwnPlaces {
  /** The configuration folder. */
  readonly config: string;
  readonly machine: MachineRules;
  /** Of the product: another one checks files anew. */
  readonly version: string;
}

export class OwnRuleFiles {
  readonly folders: readonly RuleFolder[];
  readonly #log: Log;
  readonly #version: string;
  readonly #live: LiveRuleFiles;
  readonly #trusted: TrustedRules;
  readonly #joined = new Map<string, OwnRules>();
  #seen: FoundFiles | null = null;
  #broken: RulesFault | null = null;

  constructor(log: Log, { config, machine, version }: OwnPlaces) {
    const person = join(config, PERSONS);
    this.folders = [
      { layer: 'machine', path: machine.path, name: machine.path, owner: { uid: machine.uid, strict: 'sole' } },
      { layer: 'person', path: person, name: person, owner: { uid: process.getuid?.() ?? 0, strict: 'own' } },
    ];
    this.#log = log;
    this.#version = version;
    this.#live = new LiveRuleFiles(this.folders);
    this.#trusted = new TrustedRules(log, version);
  }

  /** What holds in a workspace; '' is in none. Throws a `RulesFault` with all that is wrong. */
  of(workspace: Id): OwnRules {
    const found = this.#live.now();
    if (found !== this.#seen) this.#take(found);
    if (this.#broken !== null) throw this.#broken;
    const trusted = this.#trusted.of(workspace);
    return this.#join(found, trusted);
  }

  /** The files of machine and person as they lie there now, those that can be read. Records nothing. */
  found(): FoundFiles {
    return this.#live.now();
  }

  /** Read what changed, and put on record that it holds from here on. */
  #take(found: FoundFiles): void {
    this.#seen = found;
    this.#joined.clear();
    try {
      if (found.problems.length > 0) throw new RulesFault(found.problems);
      this.#hold(found.files);
      this.#broken = null;
    } catch (error) {
      // What holds could not be put on record: so it doesn't, and the next decision tries again.
      if (!(error instanceof RulesFault)) {
        this.#seen = null;
        throw error;
      }
      this.#broken = error;
    }
  }

  #hold(files: readonly RuleFile[]): void {
    const last = lastLoaded(this.#log);
    if (files.length === 0 && last === null) return;
    const isSame = last !== null && bytesOf(this.#log, last, 'rules')?.equals(filesBytes(files)) === true;
    const before = last === null ? null : bytesOf(this.#log, last, 'checked');
    // What was checked then, by the same checks, need not be once more: it takes longer than all else of a start.
    if (isSame && before !== null && recallChecked(files, parseCanonical(before), this.#version)) return;
    // Together first: two files may have one id.
    if (files.length > 0) cedarPolicyNow(files);
    const checked = checkedBytes(checkedOf(loadEngineNow, files, this.#version));
    // In order with the decision that follows: it lands with the commit of that at the latest.
    this.#log.note((tx) => void tx.append({ type: 'policy.loaded' }, { rules: filesBytes(files), checked }));
  }

  #join(found: FoundFiles, trusted: Trusted | null): OwnRules {
    const key = found.files.length === 0 && trusted === null ? '' : `${found.key} ${trusted?.key ?? ''}`;
    const known = this.#joined.get(key);
    if (known !== undefined) return known;
    const made: OwnRules = { key, files: [...found.files, ...(trusted?.files ?? [])] };
    this.#joined.set(key, made);
    return made;
  }
}

/** The last record of what holds; null: there was never anything of one's own. */
function lastLoaded(log: Log): LogEvent | null {
  return log.events({ types: ['policy.loaded'], newestFirst: true, limit: 1 })[0] ?? null;
}
