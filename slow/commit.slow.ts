// Landings and undos whose process is killed at any moment, 500 times: after the next start the workspace is all as
// it was or all as it was to be. Then a great many random trees, and a failure at every single system call.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { plainTree, type Node, type Tree } from '../vectors/commit/tree.ts';
import { freshWorld, sweep, whichOf } from '../vectors/commit/world.ts';
import { fastFolder } from '../vectors/fast.ts';
import { recoverLandings } from '../src/execute/commit.ts';
import { newId } from '../src/model/id.ts';

const KILLS = Number(process.env['PWB_COMMIT_KILLS'] ?? 500);
const CHILD = join(import.meta.dirname, '../vectors/commit/crashing.ts');

test(`${KILLS} kills in the middle of landings and undos: never a mixed workspace after the next start`, async (t) => {
  const base = mkdtempSync(join(fastFolder(), 'commit-kill-'));
  t.after(() => sweep(base));
  const file = (content: string, mtime = 1_600_000_000, mode = 0o644): Node => ({ type: 'file', content, mode, mtime });
  const common = { to: { type: 'link', target: 'x', mtime: 1_600_000_000 }, swap: file('s'), 'swap-back': { type: 'folder', mode: 0o755 }, 'swap-back/in': file('in') } as const satisfies { [path: string]: Node };
  const looks = (mtime: number, mode: number): [string, Node][] => Array.from({ length: 40 }, (_, i) => [`look${i}`, file(`${i}`, mtime, i % 2 === 0 ? 0o644 : mode)]);
  const from: Tree = new Map<string, Node>([...plainTree(150, 'old'), ...looks(1_600_000_000, 0o644), ...Object.entries(common), ['gone', { type: 'folder', mode: 0o555 }], ['gone/a', file('a')], ['gone/b', file('b')]]);
  const to: Tree = new Map<string, Node>([...plainTree(120, 'new'), ...looks(1_000_000_000, 0o700), ['to', file('no link')], ['swap', { type: 'folder', mode: 0o700 }], ['swap/in', file('in')], ['swap-back', file('s')], ['made', { type: 'folder', mode: 0o555 }], ['made/a', file('a')]]);
  const world = freshWorld(base, from, to);
  const list = join(world.top, 'changes.json');
  writeFileSync(list, JSON.stringify(world.changes));
  let state: 'old' | 'new' = 'old';
  let id = newId();
  let [span, cut, broken] = [60, 0, 0];
  for (let round = 0; cut < KILLS; round += 1) {
    assert.ok(round < KILLS * 20, `only ${cut} kills came in time`);
    const op: 'land' | 'undo' = state === 'old' ? 'land' : 'undo';
    if (op === 'land') id = newId();
    const child = spawn(process.execPath, [CHILD, op, world.top, id, list], { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    let said = '';
    child.stdout.on('data', (bytes: Buffer) => (said += bytes.toString()));
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, Math.random() * span));
    const intime = child.kill('SIGKILL');
    await ended;
    const took = /"took":([\d.]+)/.exec(said)?.[1];
    if (took !== undefined) span = 0.8 * span + 0.2 * Number(took) * 1.1;
    else if (intime) cut += 1;
    const recovered = await recoverLandings(world.places);
    broken += recovered.length;
    const why: string = `round ${round}, ${op}; recovered as ${JSON.stringify(recovered)}`;
    const now: 'old' | 'new' = whichOf(world.root, from, to, why);
    const [one] = recovered;
    if (one !== undefined) assert.equal(now, (one.ended === 'new') === (op === 'land') ? 'new' : 'old', why);
    assert.deepEqual(one?.left ?? [], [], why);
    if (took !== undefined) assert.equal(now, op === 'land' ? 'new' : 'old', why);
    assert.deepEqual(readdirSync(world.places.journal), [], why);
    state = now;
  }
  t.diagnostic(`${cut} kills came in time, ${broken} landings and undos had to be ended by recovery`);
  assert.ok(broken > KILLS / 10, `only ${broken} kills left something to recover`);
});

test('2,000 random trees and scripts, and a failure at every system call of a landing and an undo', () => {
  const { status, stdout } = spawnSync(process.execPath, ['--test', join(import.meta.dirname, '../src/execute/commit-random.test.ts')], { encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined, PWB_COMMIT_CASES: '2000', PWB_COMMIT_STRIDE: '1' } });
  assert.equal(status, 0, stdout);
});
