// What an installation costs when it is rehearsed: `npm ci` of this project from a primed cache, its effects read, against
// a plain one; from nothing, and over modules that are there already (which it removes first).
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findContainment, type Containment } from '../src/execute/containment.ts';
import { HIDDEN_GLOBS } from '../src/execute/hidden.ts';
import { canRehearse, prepareView, rehearseRun } from '../src/execute/rehearse.ts';
import { LIMITS, planSandbox, type SandboxSpec } from '../src/execute/sandbox.ts';
import { median, ms, now, ratioRow, ROOT, type Result, type Row } from './measure.ts';

const ROUNDS = 3;
const FROM_NOTHING = 1.15;
const OVER_MODULES = 1.5;
const FLAGS = ['ci', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

export async function bench(): Promise<Result> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-bench-install-')));
  try {
    const containment = await findContainment({ cacheFile: join(top, 'containment.json') });
    const root = join(top, 'work');
    mkdirSync(root);
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(ROOT, file), join(root, file));
    const can = await canRehearse(root, join(top, 'views'));
    const cache = join(root, '.cache');
    const primed = prime(root, cache);
    if (containment.bwrap === undefined || !can.ok || primed !== '') return { title: 'An installation', rows: [{ what: '`npm ci`', figure: can.ok ? primed || containment.why : can.why, target: '', ok: false }] };
    const rows: Row[] = [];
    for (const [what, most] of [['from nothing', FROM_NOTHING], ['over existing modules', OVER_MODULES]] as const) {
      const plain: number[] = [];
      const rehearsed: number[] = [];
      const effects: number[] = [];
      for (let round = 0; round < ROUNDS; round++) {
        if (most === FROM_NOTHING) rmSync(join(root, 'node_modules'), { recursive: true, force: true });
        spawnSync('sync');
        const times = await rehearse(root, cache, join(top, 'views'), containment);
        rehearsed.push(times.whole);
        effects.push(times.effects);
        if (most === FROM_NOTHING) rmSync(join(root, 'node_modules'), { recursive: true, force: true });
        spawnSync('sync');
        const start = now();
        npm(root, cache);
        plain.push(now() - start);
      }
      rows.push(ratioRow(`rehearsed \`npm ci\`, effects read, ${what}`, median(rehearsed), median(plain), 'a plain one', most));
      rows.push({ what: `of that, after the command ended, ${what}`, figure: ms(median(effects)), target: '', ok: true });
    }
    return { title: 'An installation', rows };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** A cache of this project alone: the sandbox shows no home. Empty, or why it can't be. */
function prime(root: string, cache: string): string {
  const { status, stderr } = spawnSync('npm', [...FLAGS.filter((flag) => flag !== '--offline'), '--cache', cache], { cwd: root, encoding: 'utf8' });
  return status === 0 ? '' : `the cache can't be primed: ${stderr.slice(0, 200)}`;
}

function npm(root: string, cache: string): void {
  const { status, stderr } = spawnSync('npm', [...FLAGS, '--cache', cache], { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`npm ci ended with ${status}: ${stderr.slice(0, 500)}`);
}

async function rehearse(root: string, cache: string, folder: string, containment: Containment): Promise<{ readonly whole: number; readonly effects: number }> {
  const view = { root, lower: [], folder };
  const spec: SandboxSpec = {
    root, cwd: '.', argv: ['npm', ...FLAGS, '--cache', cache, '--logs-max=0', ...registry()], access: 'write', limits: { ...LIMITS, time: 600_000 }, toolchains: [], hide: HIDDEN_GLOBS, never: [],
  };
  const start = now();
  const plan = await planSandbox(spec, containment);
  const { result, effects, discard } = await rehearseRun(spec, plan, view, containment, { signal: new AbortController().signal, prepared: await prepareView(view) });
  const whole = now() - start;
  await discard();
  if (result.exit !== 0 || effects.changes.length < 1000) throw new Error(`npm ci ended with ${result.exit} and ${effects.changes.length} changes: ${new TextDecoder().decode(result.output).slice(-500)}`);
  return { whole, effects: whole - result.duration };
}

/** The cache knows its files by where they came from. */
function registry(): readonly string[] {
  const { stdout } = spawnSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' });
  return stdout.trim() === '' ? [] : ['--registry', stdout.trim()];
}

if (import.meta.main) console.table((await bench()).rows);
