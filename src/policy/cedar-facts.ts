// The facts that Cedar rules judge: what an action does, to whom, with what, and how far each of that is to be trusted.
// Closed vocabularies: a rule that compares with a word which isn't here is refused when it is loaded.
import { SECRECY, INTEGRITY, type Integrity, type Secrecy } from '../model/label.ts';
import type { Proposer } from '../model/proposal.ts';

/** What an action does to the world, by its arguments and its tool's manifest; the strictest where it does several things. */
export const EFFECTS = ['read', 'write', 'egress', 'account', 'destructive', 'exec', 'physical', 'infer', 'unknown'] as const;
export type Effect = (typeof EFFECTS)[number];

/**
 * Where an argument's value comes from, the most trusted first. `none`: there is no such argument. `person`: typed
 * equality with the person's words, or endorsed by them. `asked`: in a trusted result that was asked for in the
 * person's words. `workspace`: in another trusted result. `named`: a field of the one record that the person named.
 * `outside`: found in text from outside. `composed`: found nowhere, so the model's own.
 */
export const TRUST = ['none', 'person', 'asked', 'workspace', 'named', 'outside', 'composed'] as const;
export type Trust = (typeof TRUST)[number];

export const BY: readonly Proposer[] = ['person', 'model', 'house'];
export const STAGES = ['rehearse', 'land'] as const;
export const INTO = ['workspace', 'draft', 'nothing'] as const;
export const MEANS = ['view', 'copy', 'none'] as const;
export const CERTAINTY = ['known', 'none', 'unknown'] as const;

export interface Facts {
  readonly effect: Effect;
  readonly by: Proposer;
  readonly workspace: string;
  /** The house's own kind of action (`read`, `run`, `call`…) and the tool as the model named it; for rules of a person. */
  readonly kind: string;
  readonly tool: string;
  readonly profile: string;
  readonly stage: (typeof STAGES)[number];
  readonly into: (typeof INTO)[number];
  readonly certainty: (typeof CERTAINTY)[number];
  /** The model is not on this machine. */
  readonly remote: boolean;
  /** The label of all that the proposer had read. */
  readonly integrity: Integrity;
  readonly secrecy: Secrecy;
  /** The least trusted of all arguments of that role. */
  readonly destination: Trust;
  readonly selector: Trust;
  readonly critical: Trust;
  readonly payload: Trust;
  /** The secrecy of what would leave or be written. */
  readonly carries: Secrecy;
  /** In the payload, and neither the person's nor in a trusted result. */
  readonly newLinks: number;
  readonly newAddresses: number;
  /** In the payload: exact values (a time, a number, an id, a path) that are the person's no more than those. */
  readonly newValues: number;
  /** In the payload: values that may stand for a thing (a path, an id), which would leave with them, whoever said them. */
  readonly references: number;
  /** How many arguments are the person's own words. */
  readonly spoken: number;
  /** It makes or fills something under a name that is the person's own word. */
  readonly anchored: boolean;
  /** Whom it is for and what it is about are the person's words, but of different sentences; or a setting's value, but not for that setting. */
  readonly apart: boolean;
  /** The same was done before in this session. */
  readonly again: boolean;
  /** It would read a URL, which tells its server something. */
  readonly fetches: boolean;
  /** It reads or changes a file whose name says that it holds secrets. */
  readonly secretFile: boolean;
  /** An argument is too long to be compared. */
  readonly oversize: boolean;
  /** In canonical form, for rules of a person. */
  readonly paths: readonly string[];
  readonly hosts: readonly string[];
  readonly addresses: readonly string[];
  /** How a command is tried in this workspace: in a view, in a full copy, or not at all. */
  readonly means: (typeof MEANS)[number];
  /** The person's configuration names this model's address. */
  readonly agreed: boolean;
  /** A fetch leads to this machine or its networks. */
  readonly closedAddress: boolean;
  /** Typed by the person, and no call of a model that they changed. */
  readonly typed: boolean;
  /** A command word for word, as a JSON list; its first word; the folder that it begins in. Empty: no command. */
  readonly command: string;
  readonly program: string;
  readonly cwd: string;
  /** A file tool, and the SHA-256 of its call with all that it would write. Empty: none. */
  readonly op: string;
  readonly call: string;
  /** What it changes is all known and may all be taken back, with no links, special permissions, secrets, repositories, hosts or clashes among it: see standing.ts. */
  readonly ordinary: boolean;
  /** It makes something executable that was not. */
  readonly executable: boolean;
  /** Kinds of changes, and the folders in which something changes. */
  readonly changes: readonly string[];
  readonly folders: readonly string[];
  /**
   * What changes, by every name. In Cedar also as tags of the workspace, since no rule could say "all of them lie below
   * these folders" over a set: for each folder the names in it that change, with a slash where it is something below.
   */
  readonly changed: readonly string[];
  /** Of a fetch, as WHATWG's URL prints it. Empty: none. */
  readonly url: string;
}

/** Nothing special about anything: what examples of rules start from. */
export const QUIET: Facts = {
  effect: 'read', by: 'model', workspace: '', kind: 'call', tool: '', profile: 'step', stage: 'land', into: 'nothing', certainty: 'known', remote: false,
  integrity: 'person', secrecy: 'open', destination: 'none', selector: 'none', critical: 'none', payload: 'none', carries: 'open',
  newLinks: 0, newAddresses: 0, newValues: 0, references: 0, spoken: 0, anchored: false, apart: false, again: false, fetches: false, secretFile: false, oversize: false, paths: [], hosts: [], addresses: [],
  means: 'view', agreed: false, closedAddress: false, typed: false, command: '', program: '', cwd: '', op: '', call: '', ordinary: false, executable: false, changes: [], folders: [], changed: [], url: '',
};

/** Of attributes with a closed vocabulary. */
export const VOCABULARY: Readonly<Record<string, readonly string[]>> = {
  integrity: INTEGRITY, secrecy: SECRECY, carries: SECRECY, destination: TRUST, selector: TRUST, critical: TRUST, payload: TRUST,
  stage: STAGES, into: INTO, certainty: CERTAINTY, means: MEANS,
};

const typeOf = (value: Facts[keyof Facts]): string => (typeof value === 'string' ? 'String' : typeof value === 'number' ? 'Long' : typeof value === 'boolean' ? 'Bool' : 'Set<String>');
/** Not attributes: Cedar's action, principal and resource. */
export const APART: readonly string[] = ['effect', 'by', 'workspace'];

/** The strict schema in Cedar's own language, made from the facts, so that the two can't differ. */
export const SCHEMA = `
entity Proposer enum [${BY.map((one) => `"${one}"`).join(', ')}];
entity Workspace tags Set<String>;
action ${EFFECTS.map((one) => `"${one}"`).join(', ')} appliesTo {
  principal: [Proposer],
  resource: [Workspace],
  context: { ${Object.entries(QUIET).filter(([key]) => !APART.includes(key)).map(([key, value]) => `${key}: ${typeOf(value)}`).join(', ')} }
};
`;

/** Those that the action and its effects don't tell, and that are not as usual: what goes on record with a decision. */
export function recordedFacts(facts: Facts): { readonly [name: string]: string | number | boolean | readonly string[] } {
  const all = Object.entries(facts).filter(([key, value]) => !DERIVED.has(key) && JSON.stringify(value) !== JSON.stringify(Object.entries(QUIET).find(([name]) => name === key)?.[1]));
  return Object.fromEntries(all);
}

/** What is on record of an action says these again. */
const DERIVED: ReadonlySet<string> = new Set(['paths', 'folders', 'changes', 'changed', 'url', 'command', 'call', 'workspace', 'by', 'effect', 'kind', 'tool', 'program', 'cwd', 'op', 'executable', 'stage', 'typed']);

/**
 * Facts with those on record in place of the derived ones. What `recordedFacts` left out was as usual then, whatever is
 * derived today; names and types that these facts don't have are of another version, and ignored.
 */
export function overlayFacts(derived: Facts, recorded: unknown): Facts {
  const said = typeof recorded === 'object' && recorded !== null ? new Map<string, unknown>(Object.entries(recorded)) : new Map<string, unknown>();
  const whole: Record<string, unknown> & Facts = { ...derived };
  for (const [key, usual] of Object.entries(QUIET)) {
    const value = said.get(key);
    if (!DERIVED.has(key)) whole[key] = value !== undefined && typeof value === typeof usual && Array.isArray(value) === Array.isArray(usual) ? value : usual;
  }
  return whole;
}

/** The less trusted of two. */
export function worst(a: Trust, b: Trust): Trust {
  return TRUST.indexOf(a) >= TRUST.indexOf(b) ? a : b;
}

export function mostSecret(a: Secrecy, b: Secrecy): Secrecy {
  return SECRECY.indexOf(a) >= SECRECY.indexOf(b) ? a : b;
}
