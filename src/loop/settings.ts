// Every setting of the configuration, as a person reads and changes it: a line of words, its kind, its default. Changed
// through the one strict shape of the file, and on record. Models and the origins that may be asked are changed with models.
import { LIMITS } from '../execute/limits.ts';
import { Fault } from '../model/fault.ts';
import type { Door } from '../model/event.ts';
import { isProfile, PROFILES } from '../model/profile.ts';
import { Config } from '../storage/config.ts';
import type { Workbench } from './workbench.ts';

/** Null: not set. What holds then is the default, or stands in the words. */
export type Value = string | number | readonly string[] | null;

export interface Setting {
  readonly key: string;
  /** How it begins in docs/configuration.md, where there is more. */
  readonly words: string;
  readonly kind: 'choice' | 'number' | 'text' | 'list';
  readonly choices: readonly string[] | null;
  readonly unit: string | null;
  readonly value: Value;
  readonly default: Value;
  /** Heeded only by processes that start afterwards. */
  readonly restart: boolean;
  readonly editable: boolean;
}

interface Kept extends Omit<Setting, 'value'> {
  read(config: Config): Value;
  /** Null: the default. Throws `config.value`. */
  change(config: Config, value: Value): Config;
}

const BY_DEFAULT = Config.parse({});
/** Entries of a list, and characters of one. */
const MOST = 500;
const LONGEST = 4096;

type Budget = keyof Config['budgets'];
type Limit = keyof Config['limits'];
type Undo = keyof Config['undo'];

const number = { kind: 'number', choices: null, editable: true } as const;
const list = { kind: 'list', choices: null, unit: null, default: [], editable: true } as const;

const budget = (name: Budget, unit: string, words: string): Kept => ({
  ...number, key: `budgets.${name}`, words, unit, default: BY_DEFAULT.budgets[name], restart: true,
  read: ({ budgets }) => budgets[name],
  change: (config, value) => ({ ...config, budgets: { ...config.budgets, [name]: numberOf(`budgets.${name}`, value) ?? BY_DEFAULT.budgets[name] } }),
});

const limit = (name: Limit, unit: string, byDefault: number | null, words: string): Kept => ({
  ...number, key: `limits.${name}`, words, unit, default: byDefault, restart: true,
  read: ({ limits }) => limits[name] ?? byDefault,
  change(config, value) {
    const { [name]: _, ...others } = config.limits;
    const wanted = numberOf(`limits.${name}`, value);
    return { ...config, limits: wanted === null ? others : { ...others, [name]: wanted } };
  },
});

const undo = (name: Undo, unit: string, words: string): Kept => ({
  ...number, key: `undo.${name}`, words, unit, default: BY_DEFAULT.undo[name], restart: false,
  read: ({ undo: kept }) => kept[name],
  change: (config, value) => ({ ...config, undo: { ...config.undo, [name]: numberOf(`undo.${name}`, value) ?? BY_DEFAULT.undo[name] } }),
});

const SETTINGS: readonly Kept[] = [
  {
    key: 'profile', kind: 'choice', choices: PROFILES, unit: null, default: BY_DEFAULT.profile, restart: false, editable: true,
    words: 'How much is asked, and when: `draft` (what actions change piles up in a draft, which asks when it lands), `step` (each action with an effect asks before it lands), `strict` (each action asks before it is tried as well) or `sealed` (for malware and privileged files: as `draft`, without network, landing or a model elsewhere).',
    read: ({ profile }) => profile,
    change(config, value) {
      if (value !== null && !isProfile(value)) throw wrong('profile', `must be one of ${PROFILES.join(', ')}`);
      return { ...config, profile: value ?? BY_DEFAULT.profile };
    },
  },
  {
    key: 'model', kind: 'text', choices: null, unit: null, default: null, restart: false, editable: true,
    words: 'Name of the model that is asked when you name none.',
    read: ({ model }) => model ?? null,
    change({ model: former, ...config }, value) {
      void former;
      if (value !== null && typeof value !== 'string') throw wrong('model', 'must be a name');
      return value === null ? config : { ...config, model: value };
    },
  },
  {
    ...list, key: 'models', restart: false, editable: false,
    words: 'Models by name, each with a `url` or a `file`.',
    read: ({ models }) => models.map(({ name, url, file }) => `${name}: ${url ?? file ?? ''}`),
    change: readOnly('models'),
  },
  {
    ...list, key: 'remote', restart: false, editable: false,
    words: 'Origins (`https://host:port`) that may be asked although they aren\'t on this machine.',
    read: ({ remote }) => remote,
    change: readOnly('remote'),
  },
  {
    ...list, key: 'toolchains', restart: true,
    words: 'Absolute folders of toolchains in your home (one version of Node, a cargo bin folder), mounted read-only in the sandbox; a `bin` in one leads `PATH`.',
    read: ({ toolchains }) => toolchains,
    change(config, value) {
      const toolchains = listOf('toolchains', value);
      if (toolchains.some((folder) => !folder.startsWith('/'))) throw wrong('toolchains', 'must be absolute folders');
      return { ...config, toolchains };
    },
  },
  {
    ...list, key: 'hide', restart: true,
    words: 'More names of files that hold secrets, beside those that are built in (`.env`, `*.pem`, `id_rsa*`, `.ssh/`…).',
    read: ({ hide }) => hide,
    change: (config, value) => ({ ...config, hide: listOf('hide', value) }),
  },
  {
    ...list, key: 'outside', restart: false,
    words: 'More files of a workspace that are from outside by their names, beside those that are built in (`downloads/`, `/mail/`, `*.eml`, `*.mbox`, `*.msg`…).',
    read: ({ outside }) => outside,
    change: (config, value) => ({ ...config, outside: listOf('outside', value) }),
  },
  budget('steps', 'requests', 'Requests to the model in one turn.'),
  budget('tokens', 'tokens', 'Tokens in one turn, prompts and answers together.'),
  budget('pendingHours', 'hours', 'How long a proposal waits for you.'),
  limit('seconds', 'seconds', null, 'The longest that any run may take, whatever it asks for.'),
  limit('outputBytes', 'bytes', LIMITS.output, 'Output of a run that is kept.'),
  limit('processes', 'processes', LIMITS.processes, 'Processes and threads of a run at one time.'),
  limit('memoryBytes', 'bytes', LIMITS.memory, 'Memory of all of a run\'s processes together.'),
  limit('diskBytes', 'bytes', LIMITS.disk, 'What a run may take from the disk on which it writes, and the size of its private `/tmp` and home.'),
  undo('days', 'days', 'How long what a landing replaced or deleted is kept for `pwb undo`.'),
  undo('megabytes', 'megabytes', 'How much of it is kept (in 1,048,576 bytes); beyond that the oldest goes first.'),
];

export function settings({ config }: Pick<Workbench, 'config'>): readonly Setting[] {
  const now = config();
  return SETTINGS.map((one) => lineOf(one, now));
}

/** Throws `config.unknown-key`. */
export function setting({ config }: Pick<Workbench, 'config'>, key: string): Setting {
  return lineOf(find(key), config());
}

/** Change one, on record; null is the default. Throws `config.unknown-key`, `config.read-only`, `config.value`; nothing is changed then. */
export async function changeSetting(bench: Pick<Workbench, 'config' | 'changeConfig'>, key: string, value: Value, door: Door): Promise<Setting> {
  const found = find(key);
  await bench.changeConfig((config) => found.change(config, value), `${key}: ${value === null ? 'the default' : JSON.stringify(value)}`, door);
  return lineOf(found, bench.config());
}

function find(key: string): Kept {
  const found = SETTINGS.find((one) => one.key === key);
  if (found === undefined) throw new Fault('config.unknown-key', `there is no setting ${JSON.stringify(key.slice(0, 100))}`, `there are ${SETTINGS.map((one) => one.key).join(', ')}`);
  return found;
}

function lineOf({ read, key, words, kind, choices, unit, default: byDefault, restart, editable }: Kept, config: Config): Setting {
  return { key, words, kind, choices, unit, value: read(config), default: byDefault, restart, editable };
}

function numberOf(key: string, value: Value): number | null {
  if (value !== null && (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 1)) throw wrong(key, 'must be a whole number, 1 or more');
  return value;
}

function listOf(key: string, value: Value): string[] {
  if (value === null) return [];
  if (typeof value === 'string' || typeof value === 'number') throw wrong(key, 'must be a list');
  if (value.length > MOST || value.some((one) => one === '' || one.length > LONGEST || one.includes('\0'))) throw wrong(key, `must be at most ${MOST} entries, none empty and each of at most ${LONGEST} characters`);
  return [...value];
}

function readOnly(key: string): Kept['change'] {
  return () => {
    throw new Fault('config.read-only', `${key} is changed with the models that need it`, 'add or remove a model: `pwb models add URL|FILE.gguf`, `pwb models remove NAME`');
  };
}

function wrong(key: string, words: string): Fault {
  return new Fault('config.value', `${key}: ${words}`, 'change what you asked for; nothing was written');
}
