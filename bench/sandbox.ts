// What the sandbox costs: one no-op run, planned, contained and followed to its last byte, against a bare
// bubblewrap started in the same way. Pairs are measured in turn, so that a busy machine slows both.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findContainment } from '../src/execute/containment.ts';
import { findHidden } from '../src/execute/hidden-walk.ts';
import { HIDDEN_GLOBS } from '../src/execute/hidden.ts';
import { LIMITS, planSandbox, runSandboxed, type SandboxSpec } from '../src/execute/sandbox.ts';
import { median, ms, ratioRow, timeSpawn, type Result } from './measure.ts';

const ROUNDS = 120;
const WARM = 10;
const MOST_RATIO = 1.8;
const FILES = 20_000;
/** Milliseconds after which a folder is at rest. */
const REST = 3_000;

export async function bench(): Promise<Result> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-bench-')));
  try {
    const containment = await findContainment({ cacheFile: join(top, 'containment.json') });
    if (containment.bwrap === undefined) return { title: 'Sandbox', rows: [{ what: 'no-op run', figure: containment.why, target: '', ok: false }] };
    const root = join(top, 'workspace');
    mkdirSync(root);
    const noop = (access: 'read' | 'write') => async (): Promise<void> => {
      const spec: SandboxSpec = { root, cwd: '.', argv: ['true'], access, limits: LIMITS, toolchains: [], hide: HIDDEN_GLOBS, never: [top] };
      const { exit } = await runSandboxed(spec, await planSandbox(spec, containment), containment, { signal: new AbortController().signal });
      if (exit !== 0) throw new Error(`true ended with ${exit}`);
    };
    const path = containment.bwrap.path;
    const runs = [() => timeSpawn(path, ['--unshare-all', '--ro-bind', '/', '/', 'true']), timed(noop('read')), timed(noop('write'))];
    const [bare = NaN, read = NaN, write = NaN] = await medians(runs);
    const { again, rested } = await searching(join(top, 'large'));
    return {
      title: 'Sandbox',
      rows: [
        ratioRow('no-op run, workspace read-only', read, bare, 'bare `bwrap --unshare-all true` by asynchronous spawn', MOST_RATIO),
        ratioRow('no-op run, workspace writable', write, bare, 'the same', MOST_RATIO),
        { what: `search of ${FILES} files for secrets, the second time`, figure: ms(again), target: '≤ 150 ms', ok: again <= 150 },
        { what: `search of ${FILES} files and as many of packages, at rest`, figure: ms(rested), target: '≤ 20 ms', ok: rested <= 20 },
      ],
    };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

async function medians(runs: readonly (() => Promise<number>)[]): Promise<readonly number[]> {
  const taken = runs.map((): number[] => []);
  for (let round = 0; round < WARM + ROUNDS; round++) {
    for (const [index, run] of runs.entries()) {
      const time = await run();
      if (round >= WARM) taken[index]?.push(time);
    }
  }
  return taken.map(median);
}

function timed(run: () => Promise<void>): () => Promise<number> {
  return async () => {
    const begin = performance.now();
    await run();
    return performance.now() - begin;
  };
}

/** Milliseconds. */
async function searching(root: string): Promise<{ readonly again: number; readonly rested: number }> {
  const search = timed(async () => void (await findHidden(root, HIDDEN_GLOBS)));
  fill(root, 'f');
  await search();
  const again = await search();
  fill(join(root, 'node_modules'), 'package-');
  await pause(REST);
  await search();
  const taken: number[] = [];
  for (let round = 0; round < WARM; round++) taken.push(await search());
  return { again, rested: median(taken) };
}

function fill(root: string, name: string): void {
  for (let folder = 0; folder < FILES / 20; folder++) {
    const path = join(root, `${name}${folder % 40}`, `d${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < 20; file++) writeFileSync(join(path, `module-${file}.ts`), '');
  }
}

if (import.meta.main) console.table((await bench()).rows);
