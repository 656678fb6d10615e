import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { noSandbox } from '../../vectors/sandbox/world.ts';
import { prepareFolder } from './containment-folder.ts';
import { fixFor, probeBubblewrap } from './containment-probe.ts';
import { findContainment } from './containment.ts';

const skip = await noSandbox();
const state = mkdtempSync(join(tmpdir(), 'pwb-containment-'));
after(() => rmSync(state, { recursive: true, force: true }));

const WORDS = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/sandbox/bwrap-words.json'), 'utf8')) as { said: string; fix: string }[];

test('what holds a run is told in words, with a check for each part', { skip }, async () => {
  const cacheFile = join(state, 'containment.json');
  const containment = await findContainment({ cacheFile });
  assert.equal(containment.sandbox, 'bwrap');
  assert.match(containment.why, /^bubblewrap \d/);
  assert.deepEqual(containment.checks.map(({ id }) => id), ['sandbox', 'sandbox.filter', 'limits.processes', 'limits.memory', 'limits.disk']);
  for (const check of containment.checks) assert.ok(check.status === 'ok' || check.status === 'warn', check.detail);
  assert.equal(statSync(cacheFile).mode & 0o777, 0o600);
  assert.equal(await findContainment({ cacheFile }), containment, 'asked once for each process');
});

test('a damaged or outdated cache is tried again, not believed', { skip }, async () => {
  const cacheFile = join(state, 'other', 'containment.json');
  await findContainment({ cacheFile });
  const good = readFileSync(cacheFile, 'utf8');
  writeFileSync(cacheFile, `somewhere else\n9.9.9\n`);
  const again = await findContainment({ cacheFile, fresh: true });
  assert.notEqual(again.bwrap?.version, '9.9.9');
  assert.equal(readFileSync(cacheFile, 'utf8'), good);
});

test('a bubblewrap that is not there or not one is no sandbox, and says what to do', async () => {
  for (const path of [join(state, 'no-bwrap'), '/bin/false']) {
    const probed = await probeBubblewrap(path);
    assert.equal(probed.works, false);
    assert.ok(!probed.works && probed.fix.length > 0 && probed.why.includes(path));
  }
});

test('what bubblewrap says becomes a next step', () => {
  for (const { said, fix } of WORDS) assert.ok(fixFor(said).includes(fix), `${said} → ${fixFor(said)}`);
});

test("a run's /etc has nothing of this machine's people", { skip }, () => {
  const { etc, mask, path } = prepareFolder(state);
  const names = readdirSync(etc);
  for (const name of ['shadow', 'gshadow', 'ssh', 'sudoers', 'machine-id', 'ssl/private', 'krb5.keytab']) assert.equal(existsSync(join(etc, name)), false, name);
  assert.ok(names.includes('passwd') && names.includes('hosts'));
  assert.doesNotMatch(readFileSync(join(etc, 'passwd'), 'utf8'), /\/home\/(?!user)/);
  assert.equal(statSync(mask).mode & 0o777, 0);
  assert.equal(statSync(path).mode & 0o077, 0, 'only ours');
  assert.equal(prepareFolder(state).etc, etc, 'made once');
});
