// Search: ripgrep inside the sandbox, with the workspace read-only and secrets masked. Its arguments are fixed;
// pattern, glob and path are values that can't become options.
import type { Read } from '../model/action.ts';
import { withRoot } from './beneath.ts';
import type { Containment } from './containment.ts';
import type { FileResult } from './files.ts';
import { notFound } from './files-near.ts';
import { inWords, Refused } from './files-refused.ts';
import type { Limits } from './limits.ts';
import type { Prepared } from './rehearse-view.ts';
import { planSandbox, runSandboxed, type SandboxResult, type SandboxSpec } from './sandbox.ts';
import { findRipgrep } from './search-program.ts';
import { MOST_PER_FILE, searchText, type Raw } from './search-results.ts';

export interface SearchSettings {
  readonly containment: Containment;
  readonly limits: Limits;
  /** Patterns of hidden.ts. */
  readonly hide: readonly string[];
  readonly never: readonly string[];
  /** A view to search instead of the real workspace. */
  readonly view?: Prepared;
}

const INSIDE = '/opt/search/rg';
/** Milliseconds. */
const TIME = 20_000;
/** Bytes of what ripgrep says after which nobody would read on. */
const ENOUGH = 2 * 1024 * 1024;

type Search = Extract<Read, { op: 'search' }>;

/** ripgrep's semantics: .gitignore holds, hidden and binary files are skipped. Throws Refused (`not-found`, `bad-pattern`, `outside`…) or a Fault. */
export async function searchFiles(action: Search, settings: SearchSettings, signal: AbortSignal): Promise<FileResult> {
  const real = await realPath(action, settings);
  const spec = searchSpec(action, real, settings);
  const { view } = settings;
  const plan = await (view === undefined ? planSandbox(spec, settings.containment) : planSandbox({ ...spec, seen: view.sides.merged }, settings.containment));
  const enough = new AbortController();
  const heard: Uint8Array[] = [];
  let bytes = 0;
  const onOutput = (chunk: Uint8Array): void => {
    if (bytes > ENOUGH) return;
    // A copy: the chunk's memory may be used again for the next.
    heard.push(chunk.slice());
    bytes += chunk.length;
    if (bytes > ENOUGH) enough.abort();
  };
  const result = await runSandboxed(view === undefined ? spec : { ...spec, seen: view.sides.merged }, plan, settings.containment, { signal: AbortSignal.any([signal, enough.signal]), onOutput, ...(view === undefined ? {} : { world: view.world }) });
  signal.throwIfAborted();
  const { text, files } = searchText(action, { output: Buffer.concat(heard), stopped: stopOf(result, enough.signal.aborted) });
  return { text, touched: [...new Set([action.path, ...files])] };
}

/** The path that is searched, links resolved beneath the root: ripgrep itself would follow a link that it is given. */
async function realPath(action: Search, { never, view }: SearchSettings): Promise<string> {
  try {
    return await withRoot({ root: action.root, never, ...(view === undefined ? {} : { seen: view.sides.merged }) }, (root) => {
      const found = root.find(action.path, 'follow');
      if (found.entry === null) throw notFound(found);
      if (found.entry.type === 'special') throw new Refused('special', `${action.path} is a special file and isn't searched.`);
      return found.path;
    });
  } catch (error) {
    throw inWords(error, action.path);
  }
}

function searchSpec(action: Search, path: string, { limits, hide, never }: SearchSettings): SandboxSpec {
  const argv = [
    INSIDE, '--no-config', '--json', '--no-messages', '--crlf', '--sort=path', `--max-count=${MOST_PER_FILE}`, '--max-filesize=5M',
    ...(action.literal ? ['--fixed-strings'] : []),
    ...(action.ignoreCase ? ['--ignore-case'] : ['--case-sensitive']),
    ...(action.glob === '' ? [] : [`--glob=${action.glob}`]),
    `--regexp=${action.pattern}`, '--', path === '.' ? './' : `./${path}`,
  ];
  return {
    root: action.root, cwd: '.', argv, access: 'read', limits: { ...limits, time: Math.min(limits.time, TIME) },
    toolchains: [], hide, never, also: [{ host: findRipgrep(), inside: INSIDE }],
  };
}

function stopOf({ limits }: SandboxResult, enough: boolean): Raw['stopped'] {
  if (enough) return 'enough';
  if (limits.includes('time')) return 'time';
  return limits.length > 0 ? 'limit' : '';
}
