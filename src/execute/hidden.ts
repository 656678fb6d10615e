// Which files hold secrets by their name. The sandbox masks them, the read tool and policy ask isHidden: one
// list and one rule for all. It goes by names only and doesn't claim to know a secret by its content.
import { isIdle, placeIn, type Place } from './hidden-places.ts';

/**
 * Patterns, matched without regard to case against every part of a path; `*` and `?` don't cross `/`.
 * `a/b` matches those parts in a row, a trailing `/` only folders (all below a hidden folder is hidden), a
 * leading `!` takes back. The last pattern that matches a part decides.
 */
export const HIDDEN_GLOBS: readonly string[] = [
  '.env', '.env.*', '*.env', '.envrc', '!.env.example', '!.env.sample', '!.env.template', '!example.env', '!sample.env', '!template.env',
  '.npmrc', '.yarnrc.yml', '.netrc', '_netrc', '.pypirc', '.pgpass', '.my.cnf', '.htpasswd', '.git-credentials', '.dockercfg', '.vault-token', '.boto', '.s3cfg',
  '*.pem', '*.key', '*.p12', '*.pfx', '*.jks', '*.keystore', '*.kdbx', '*.ppk', '*.ovpn',
  'id_rsa*', 'id_dsa*', 'id_ecdsa*', 'id_ed25519*', '!*.pub',
  '.ssh/', '.gnupg/', '.aws/', '.azure/', '.password-store/', '.kube/config', '.docker/config.json', '.config/gcloud/', '.config/gh/', '.cargo/credentials*', '.gem/credentials',
  'secrets.json', 'secrets.yaml', 'secrets.yml', 'secrets.toml', 'secrets.ini', 'secrets.txt', '*.tfstate', '*.tfvars', 'credentials.json', 'service-account*.json', '.terraformrc',
];

interface Pattern {
  /** Parts before the last, folded. */
  readonly before: readonly string[];
  readonly last: string;
  readonly folder: boolean;
  /** Only at the workspace's top. */
  readonly top: boolean;
  readonly hides: boolean;
  /** Its place in the list: of all that match, the highest decides. */
  readonly rank: number;
}

/** Patterns sorted by how their last part is compared, since every name of a workspace meets them all. */
export interface HiddenRule {
  readonly exact: ReadonlyMap<string, readonly Pattern[]>;
  readonly endings: readonly (readonly [string, Pattern])[];
  readonly beginnings: readonly (readonly [string, Pattern])[];
  readonly others: readonly Pattern[];
}

const WILD = /[*?]/;
const PLAIN = /^[ -~]*$/;
const compiled = new WeakMap<readonly string[], HiddenRule>();
const BUILT_IN = new Set(HIDDEN_GLOBS);
const counting = new WeakMap<readonly string[], Map<Place, readonly string[]>>();

/** True when `path` (`/` between parts, absolute or relative) is hidden, or lies in a hidden folder. An empty list hides nothing. */
export function isHidden(path: string, globs: readonly string[]): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.').map(fold);
  let place: Place = 'own';
  // A part before the last is a folder; whether the last one is can't be told from a path, so it counts as both.
  return parts.some((part, at) => {
    const hides = hidesPart(ruleAt(globs, place), parts, at, part, true);
    place = placeIn(place, part);
    return hides;
  });
}

/** The rule for the entries of a folder. @param parts of the folder's path in the workspace, folded. */
export function ruleIn(globs: readonly string[], parts: readonly string[]): HiddenRule {
  return ruleAt(globs, parts.reduce<Place>(placeIn, 'own'));
}

function ruleAt(globs: readonly string[], place: Place): HiddenRule {
  const known = counting.get(globs) ?? new Map<Place, readonly string[]>();
  counting.set(globs, known);
  let some = known.get(place);
  if (some === undefined) {
    // What is in the list a second time, the person put there.
    some = globs.filter((glob, at) => !BUILT_IN.has(glob) || globs.indexOf(glob) !== at || !isIdle(glob, place));
    known.set(place, some);
  }
  return hiddenRule(some);
}

/** @param above folded parts, of which the first `depth` stand before `name`. @param name folded. */
export function hidesPart(rule: HiddenRule, above: readonly string[], depth: number, name: string, folder: boolean): boolean {
  let rank = -1;
  let hides = false;
  const meet = (pattern: Pattern): void => {
    if (pattern.rank < rank || (pattern.folder && !folder) || !fits(pattern, above, depth)) return;
    ({ rank, hides } = pattern);
  };
  for (const pattern of rule.exact.get(name) ?? []) meet(pattern);
  for (const [ending, pattern] of rule.endings) if (name.endsWith(ending)) meet(pattern);
  for (const [beginning, pattern] of rule.beginnings) if (name.startsWith(beginning)) meet(pattern);
  for (const pattern of rule.others) if (matches(pattern.last, name)) meet(pattern);
  return hides;
}

/** The form in which names are compared. Unicode forms are folded too: some file systems treat them alike. */
export function fold(name: string): string {
  return (PLAIN.test(name) ? name : name.normalize('NFKC')).toLowerCase();
}

/** A list of patterns, ready to be asked by name. @param tops whether a leading `/` means the workspace's top; for what is hidden it means nothing. */
export function hiddenRule(globs: readonly string[], tops = false): HiddenRule {
  const known = compiled.get(globs);
  if (known !== undefined) return known;
  const exact = new Map<string, Pattern[]>();
  const endings: [string, Pattern][] = [];
  const beginnings: [string, Pattern][] = [];
  const others: Pattern[] = [];
  globs.forEach((glob, rank) => {
    const pattern = parsePattern(glob, rank, tops);
    const { last } = pattern;
    if (last === '') return;
    if (!WILD.test(last)) exact.set(last, [...(exact.get(last) ?? []), pattern]);
    else if (last.startsWith('*') && !WILD.test(last.slice(1))) endings.push([last.slice(1), pattern]);
    else if (last.endsWith('*') && !WILD.test(last.slice(0, -1))) beginnings.push([last.slice(0, -1), pattern]);
    else others.push(pattern);
  });
  const rule = { exact, endings, beginnings, others };
  compiled.set(globs, rule);
  return rule;
}

function parsePattern(glob: string, rank: number, tops: boolean): Pattern {
  const hides = !glob.startsWith('!');
  const body = hides ? glob : glob.slice(1);
  const parts = body.split('/').filter((part) => part !== '').map(fold);
  return { hides, rank, folder: body.endsWith('/'), top: tops && body.startsWith('/'), before: parts.slice(0, -1), last: parts.at(-1) ?? '' };
}

function fits({ before, top }: Pattern, above: readonly string[], depth: number): boolean {
  const from = depth - before.length;
  return (top ? from === 0 : from >= 0) && before.every((part, index) => matches(part, above[from + index] ?? ''));
}

/** Wildcard match that never backtracks past the last `*`: its time is bounded by the product of both lengths. */
function matches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let star = -1;
  let mark = 0;
  while (t < text.length) {
    if (pattern[p] === '*') {
      star = p++;
      mark = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++mark;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}
