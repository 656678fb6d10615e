// What a rehearsal costs: a no-op run in a view, its effects read, against a bare bubblewrap; and the same in a
// workspace of very many files against an empty one, since cost must follow the change.
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { findContainment, type Containment } from '../src/execute/containment.ts';
import { HIDDEN_GLOBS } from '../src/execute/hidden.ts';
import { canRehearse, prepareView, rehearseRun, type View } from '../src/execute/rehearse.ts';
import { LIMITS, planSandbox, type SandboxSpec } from '../src/execute/sandbox.ts';
import { median, ms, ratioRow, timeSpawn, type Result } from './measure.ts';

const ROUNDS = 60;
const WARM = 8;
/** The large workspace: a million with FILES=1000000, which takes minutes to make. */
const FILES = Number(process.env['FILES'] ?? 200_000);
const FILES_PER_FOLDER = 100;
const MOST_READY = 2;
const MOST_COLD = 3;
const MOST_LARGE = 1.2;
/** Milliseconds. */
const REST = 3_000;

interface Times {
  readonly cold: number;
  readonly ready: number;
  readonly change: number;
  readonly plan: number;
}

export async function bench(): Promise<Result> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-bench-')));
  try {
    const containment = await findContainment({ cacheFile: join(top, 'containment.json') });
    const empty = join(top, 'empty');
    const large = join(top, 'large');
    for (const folder of [empty, large]) mkdirSync(folder);
    const can = await canRehearse(empty, join(top, 'views'));
    if (containment.bwrap === undefined || !can.ok) return { title: 'Rehearsal', rows: [{ what: 'no-op run', figure: can.ok ? containment.why : can.why, target: '', ok: false }] };
    fill(large);
    // Folders that have just changed are read each time.
    await pause(REST);
    const begin = performance.now();
    await planSandbox(specOf(large, ['true']), containment);
    const first = performance.now() - begin;
    const { path } = containment.bwrap;
    const bare: number[] = [];
    const rounds: { readonly [place: string]: Times[] } = { [empty]: [], [large]: [] };
    for (let round = 0; round < WARM + ROUNDS; round++) {
      const base = await timeSpawn(path, ['--unshare-all', '--ro-bind', '/', '/', 'true']);
      for (const root of [empty, large]) {
        const times = await measure({ root, lower: [], folder: join(top, 'views') }, containment);
        if (round >= WARM) rounds[root]?.push(times);
      }
      if (round >= WARM) bare.push(base);
    }
    const of = (root: string, what: keyof Times): number => median((rounds[root] ?? []).map((times) => times[what]));
    const base = median(bare);
    const yardstick = 'bare `bwrap --unshare-all true`';
    return {
      title: 'Rehearsal',
      rows: [
        ratioRow('no-op rehearsal in a view made ready before', of(empty, 'ready'), base, yardstick, MOST_READY),
        ratioRow('no-op rehearsal from nothing', of(empty, 'cold'), base, yardstick, MOST_COLD),
        ratioRow(`no-op rehearsal over ${FILES} files`, of(large, 'cold'), of(empty, 'cold'), 'over none', MOST_LARGE),
        ratioRow(`one file written, over ${FILES} files`, of(large, 'change'), of(empty, 'change'), 'over none', MOST_LARGE),
        ratioRow(`no-op rehearsal and its plan (search for secrets) over ${FILES} files`, of(large, 'cold') + of(large, 'plan'), of(empty, 'cold') + of(empty, 'plan'), 'over none', MOST_LARGE),
        { what: `the first plan over ${FILES} files`, figure: ms(first), target: '', ok: true },
      ],
    };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

async function measure(view: View, containment: Containment): Promise<Times> {
  const run = async (argv: readonly string[], ready: boolean): Promise<{ time: number; plan: number }> => {
    const begin = performance.now();
    const plan = await planSandbox(specOf(view.root, argv), containment);
    const planned = performance.now();
    const prepared = ready ? { prepared: await prepareView(view) } : {};
    const start = performance.now();
    const { result, effects, discard } = await rehearseRun(specOf(view.root, argv), plan, view, containment, { signal: new AbortController().signal, ...prepared });
    const time = performance.now() - start;
    await discard();
    if (result.exit !== 0 || effects.changes.length !== argv.length - 1) throw new Error(`${argv.join(' ')} ended with ${result.exit} and ${effects.changes.length} changes`);
    return { time, plan: planned - begin };
  };
  const cold = await run(['true'], false);
  return { cold: cold.time, plan: cold.plan, ready: (await run(['true'], true)).time, change: (await run(['touch', 'new-file'], false)).time };
}

function specOf(root: string, argv: readonly string[]): SandboxSpec {
  return { root, cwd: '.', argv, access: 'write', limits: LIMITS, toolchains: [], hide: HIDDEN_GLOBS, never: [] };
}

function fill(root: string): void {
  for (let folder = 0; folder * FILES_PER_FOLDER < FILES; folder++) {
    const path = join(root, `f${folder % 50}`, `d${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < FILES_PER_FOLDER; file++) writeFileSync(join(path, `module-${file}.ts`), '');
  }
}

if (import.meta.main) console.table((await bench()).rows);
