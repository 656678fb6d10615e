// Standing rules in words, as a person reads them before saying Always: one clause a line, nothing left out. All that
// a file, a model or a program named goes through `visible`.
import type { WorkPath } from '../model/action.ts';
import { visible } from '../model/visible.ts';
import type { ChangeKind, StandingBody } from './standing.ts';

const KINDS: { readonly [kind in ChangeKind]: string } = { created: 'create', changed: 'change', deleted: 'delete', renamed: 'rename' };
const THINGS = { run: 'command', write: 'file tool', commit: 'draft', fetch: 'address' } as const;

/** The rule, one clause a line. */
export function standingLines(rule: StandingBody): string[] {
  const { root, by, paths, folders, changes, executable } = rule;
  if (rule.kind === 'fetch') return fetchLines(rule);
  return [
    `may go without asking, in ${quoted(root)}:`,
    ...sameLines(rule),
    `proposed by: ${by === 'person' ? 'you' : 'the model or you'}`,
    `when all that it does is to: ${doingWords(changes)} files or folders${executable ? ', and make files executable' : '; none is made executable'}`,
    ...(folders.length === 0 ? [] : [`below: ${folders.map(folderWords).join(', ')}`]),
    ...(paths.length === 0 ? [] : [`${folders.length === 0 ? 'only these' : 'and these'}: ${paths.map(quoted).join(', ')}`]),
    'asked all the same: secrets, .git, links, hosts, what changed meanwhile, what could not be tried or undone fully, and everything in the profile strict',
  ];
}

function fetchLines(rule: StandingBody): string[] {
  return [
    `may go without asking, in ${quoted(rule.root)}:`,
    ...sameLines(rule),
    `proposed by: ${rule.by === 'person' ? 'you' : 'the model or you'}`,
    rule.same.as === 'url' ? 'also once something from outside was read: its server learns no more than this address' : 'only while nothing from outside was read: the model chooses what stands behind the address',
    'asked all the same: addresses of this machine and its networks, what would carry a secret, and everything in the profile strict',
  ];
}

function sameLines({ kind, same }: StandingBody): string[] {
  switch (same.as) {
    case 'argv':
      return [`the command, word for word: ${same.argv.map(quoted).join(' ')}`, `begun in: ${folderWords(same.cwd)}`];
    case 'call':
      return [`the file tool ${same.op}, with the very same arguments (sha256 ${same.digest})`];
    case 'op':
      return [`the file tool ${same.op}, whatever it writes`];
    case 'program':
      return [`the program ${quoted(same.program)}, with any arguments`, `begun in: ${folderWords(same.cwd)}`];
    case 'url':
      return [`reading this address: ${quoted(same.url)}`];
    case 'site':
      return [`reading any address that begins with ${quoted(same.prefix)}`];
    case 'any':
      return [`any ${THINGS[kind]}`];
  }
}

function doingWords(changes: readonly ChangeKind[]): string {
  const words = changes.map((kind) => KINDS[kind]);
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}

/** What a person should know before agreeing to a wide one. */
export function warningOf({ kind, same, folders, changes }: StandingBody): string | null {
  if (kind === 'fetch') return same.as === 'site' ? `Whatever the model writes behind ${quoted(same.prefix)} reaches that server, and you are not asked.` : null;
  const where = folders.includes('.') ? 'in the whole workspace' : folders.length === 0 ? '' : `below ${folders.map(folderWords).join(', ')}`;
  const what = doingWords(changes);
  switch (same.as) {
    case 'any':
      if (where === '') return null;
      return `${ANY[kind]} may ${what} anything ${where}, and you are not asked.`;
    case 'program':
      return RUNS_OTHERS.test(same.program) ? `${quoted(same.program)} carries out whatever its arguments or files say, so this is as wide as any command.` : changes.includes('deleted') && where !== '' ? `Whatever its arguments say, it may ${what} anything ${where}.` : null;
    case 'op':
      return where === '' ? null : `It may ${what} anything ${where}, with any content.`;
    case 'argv':
    case 'call':
    case 'url':
    case 'site':
      return null;
  }
}

const ANY = { run: 'Any command', write: 'Any file tool', commit: 'Any draft' } as const;
/** Programs that carry out what they are told: for the warning only. */
const RUNS_OTHERS = /(^|\/)(env|xargs|find|nohup|nice|timeout|sudo|node|deno|bun|python[\d.]*|perl|ruby|php|lua|awk|gawk|make|npm|npx|pnpm|yarn|uv|cargo|go|docker|git)$/;

/** @returns for one line. */
export function inPaths(paths: readonly WorkPath[]): string {
  return paths.length === 1 ? `only ${quoted(paths[0] ?? '')}` : `only these ${paths.length} paths`;
}

/** @returns for one line. */
export function inFolders({ paths, folders }: { readonly paths: readonly WorkPath[]; readonly folders: readonly WorkPath[] }): string {
  const some = folders.length <= 3 ? folders.map(folderWords).join(', ') : `${folders.length} folders`;
  const more = paths.length === 0 ? '' : paths.length === 1 ? ` and ${quoted(paths[0] ?? '')}` : ` and ${paths.length} paths`;
  return folders.includes('.') ? 'anywhere in the workspace' : `below ${some}${more}`;
}

function folderWords(path: WorkPath): string {
  return path === '.' ? 'the workspace' : quoted(`${path}/`);
}

const PLAIN = /^[\p{L}\p{M}\p{N}./_@+~%=-]+$/u;

/** In quotes as soon as it could run into the words around it. */
function quoted(text: string): string {
  return PLAIN.test(text) ? visible(text) : `"${visible(text.replaceAll(/["\\]/g, '\\$&')).replaceAll(/ {3,}/g, (run) => `‹${run.length} blanks›`)}"`;
}
