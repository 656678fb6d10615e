import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import test, { after, before } from 'node:test';
import { rolldown } from 'rolldown';
import type { Report } from './report.ts';

const VECTORS = join(import.meta.dirname, '../../vectors/log');
const BUNDLE = join(VECTORS, 'bundle');
const vkey = readFileSync(join(VECTORS, 'vkey'), 'utf8').trim();
const folder = mkdtempSync(join(tmpdir(), 'pwb-verify-'));
const verifier = join(folder, 'verify.mjs');

before(async () => {
  const build = await rolldown({ input: join(import.meta.dirname, 'verify.ts'), platform: 'node', logLevel: 'silent' });
  await build.write({ file: verifier, format: 'esm' });
  await build.close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

function run(args: readonly string[], node = process.execPath): { readonly code: number | null; readonly out: string; readonly err: string } {
  const { status, stdout, stderr } = spawnSync(node, [verifier, ...args], { encoding: 'utf8', cwd: folder, env: {} });
  return { code: status, out: stdout, err: stderr };
}

/** Every other Node that this machine has on its path and that the verifier promises to run on. */
function otherNodes(): string[] {
  const found = (process.env['PATH'] ?? '').split(delimiter).map((dir) => join(dir, 'node')).filter((path) => existsSync(path));
  return [...new Set(found.map((path) => realpathSync(path)))].filter((path) => {
    const [major = 0, minor = 0] = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout.slice(1).split('.').map(Number);
    return path !== realpathSync(process.execPath) && (major > 20 || (major === 20 && minor >= 12));
  });
}

test('the verifier is one file that needs nothing but Node', () => {
  const imports = [...readFileSync(verifier, 'utf8').matchAll(/^import .* from "([^"]+)"/gm)].map(([, name = '']) => name);
  assert.deepEqual(imports.filter((name) => !name.startsWith('node:')), []);
});

test('a sound bundle exits 0 and says what is proven and what is not, on every Node that is here', () => {
  for (const node of [process.execPath, ...otherNodes()]) {
    const { code, out, err } = run([BUNDLE, '--key', vkey], node);
    assert.equal(code, 0, err);
    assert.match(out, /^OK: 19 events of proworkbench\//);
    assert.match(out, /14 there and right, 1 erased/);
    assert.match(out, /Not proven: that nothing was cut off/);
  }
});

test('a bundle that is not what was signed exits 1, with codes and places in the JSON', () => {
  const { code, out } = run([BUNDLE, '--key', readFileSync(join(VECTORS, 'foreign-vkey'), 'utf8'), '--json']);
  assert.equal(code, 1);
  const report = JSON.parse(out) as Report;
  assert.equal(report.ok, false);
  assert.deepEqual(report.problems.map((problem) => problem.code), ['checkpoint.foreign-key', 'event.first']);
  assert.equal(run([join(folder, 'nowhere'), '--key', vkey]).code, 1);
});

test('a pipe, a device or a link in a bundle is named, and not read', () => {
  const blob = join('blobs', 'a'.repeat(64));
  for (const [at, name] of ['checkpoint', 'events.jsonl', 'leaves', 'payloads.jsonl', blob].entries()) {
    const dir = join(folder, `odd-${at}`);
    cpSync(BUNDLE, dir, { recursive: true });
    mkdirSync(join(dir, 'blobs'), { recursive: true });
    rmSync(join(dir, name), { force: true });
    if (process.platform === 'linux' && at % 2 === 0) spawnSync('mkfifo', [join(dir, name)]);
    else symlinkSync('/dev/zero', join(dir, name));
    const { code, out } = run([dir, '--key', vkey]);
    assert.equal(code, 1, name);
    assert.match(out, /no plain file|can't be read|missing/, name);
  }
});

test('an earlier checkpoint is compared when it is given', () => {
  const earlier = join(VECTORS, 'earlier-checkpoint');
  assert.equal(run([BUNDLE, '--key', vkey, '--against', earlier]).code, 0);
  writeFileSync(join(folder, 'forged'), readFileSync(earlier, 'utf8').replace('\n8\n', '\n7\n'));
  assert.equal(run([BUNDLE, '--key', vkey, '--against', join(folder, 'forged')]).code, 1);
});

test('a call that can not be understood exits 2 and says how to call it', () => {
  for (const args of [[], [BUNDLE], [BUNDLE, '--key', 'rubbish'], [BUNDLE, '--key', vkey.replace(/.\+/, 'x+')], [BUNDLE, '--key', vkey, '--unknown'], [BUNDLE, 'two', '--key', vkey], [BUNDLE, '--key', vkey, '--against', join(folder, 'nowhere')]]) {
    const { code, err } = run(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(err, /usage: node verify\.mjs/);
  }
});
