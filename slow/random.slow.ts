// Every property that the everyday run plays a few times, played fifty times as often.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';

const ROOT = join(import.meta.dirname, '..');
const FILES = ['verify/mutations', 'tools/understand', 'execute/files-edit', 'execute/hidden-memory.attack', 'execute/undo-before', 'audit/search', 'policy/cedar', 'policy/flow-attack', 'policy/flow-properties', 'policy/layers', 'policy/replay', 'policy/standing'];

for (const file of FILES) {
  test(`src/${file}, fifty times as often`, () => {
    const { status, stdout } = spawnSync(process.execPath, ['--test', join(ROOT, `src/${file}.test.ts`)], { encoding: 'utf8', env: { ...process.env, NODE_TEST_CONTEXT: undefined, PWB_OFTEN: '50' } });
    assert.equal(status, 0, stdout);
  });
}
