// Which files hold secrets by their name. The sandbox masks them, the read tool and policy ask isHidden: one
// list and one rule for all. It goes by names only and doesn't claim to know a secret by its content.

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
  readonly parts: readonly string[];
  readonly folder: boolean;
  readonly hides: boolean;
}

export interface HiddenRule {
  readonly literals: ReadonlyMap<string, readonly Ranked[]>;
  readonly wild: readonly Ranked[];
}
interface Ranked extends Pattern {
  readonly rank: number;
}

const compiled = new WeakMap<readonly string[], HiddenRule>();

/** True when `path` (`/` between parts, absolute or relative) is hidden, or lies in a hidden folder. An empty list hides nothing. */
export function isHidden(path: string, globs: readonly string[]): boolean {
  const rule = hiddenRule(globs);
  const parts = path.split('/').filter((part) => part !== '' && part !== '.').map(fold);
  // A part before the last is a folder; whether the last one is can't be told from a path, so it counts as both.
  return parts.some((_, at) => hidesPart(rule, parts, at, true));
}

/** @param parts folded parts of a path, of which the one at `at` is asked about. */
export function hidesPart(rule: HiddenRule, parts: readonly string[], at: number, folder: boolean): boolean {
  const last = parts[at] ?? '';
  let rank = -1;
  let hides = false;
  for (const one of rule.literals.get(last) ?? []) if (one.rank > rank && fits(one, parts, at, folder)) ({ rank, hides } = one);
  for (const one of rule.wild) if (one.rank > rank && fits(one, parts, at, folder)) ({ rank, hides } = one);
  return hides;
}

/** The form in which names are compared. Unicode forms are folded too: some file systems treat them alike. */
export function fold(name: string): string {
  return name.normalize('NFKC').toLowerCase();
}

export function hiddenRule(globs: readonly string[]): HiddenRule {
  const known = compiled.get(globs);
  if (known !== undefined) return known;
  const literals = new Map<string, Ranked[]>();
  const wild: Ranked[] = [];
  globs.forEach((glob, rank) => {
    const pattern = parsePattern(glob);
    const last = pattern.parts.at(-1);
    if (last === undefined) return;
    if (/[*?]/.test(last)) wild.push({ ...pattern, rank });
    else literals.set(last, [...(literals.get(last) ?? []), { ...pattern, rank }]);
  });
  const rule = { literals, wild };
  compiled.set(globs, rule);
  return rule;
}

function parsePattern(glob: string): Pattern {
  const hides = !glob.startsWith('!');
  const body = hides ? glob : glob.slice(1);
  return { hides, folder: body.endsWith('/'), parts: body.split('/').filter((part) => part !== '').map(fold) };
}

function fits(pattern: Pattern, parts: readonly string[], at: number, folder: boolean): boolean {
  if (pattern.folder && !folder) return false;
  const from = at - pattern.parts.length + 1;
  return from >= 0 && pattern.parts.every((part, index) => matches(part, parts[from + index] ?? ''));
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
