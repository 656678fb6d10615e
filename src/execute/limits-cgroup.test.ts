import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { groupCandidates, groupHits, makeGroup, sweepGroups, type GroupPlace } from './limits-cgroup.ts';
import { LIMITS } from './limits.ts';

const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/sandbox/cgroups.json'), 'utf8')) as { name: string; groups: string; mounts: string; places: GroupPlace[] }[];

for (const { name, groups, mounts, places } of vectors) {
  test(`control groups: ${name}`, () => {
    assert.deepEqual(groupCandidates(groups, mounts), places);
  });
}

test('a group gets the limits of its run, and one that a crash left behind is swept away', () => {
  const parent = mkdtempSync(join(tmpdir(), 'pwb-groups-'));
  try {
    const group = makeGroup({ version: 2, parent, memory: true }, { ...LIMITS, processes: 7, memory: 1234 });
    const read = (name: string): string => readFileSync(join(group.path, name), 'utf8');
    assert.deepEqual([read('pids.max'), read('memory.max')], ['8', '1234']);
    assert.deepEqual(groupHits(group), []);
    const dead = join(parent, 'pwb-run-4194305-1');
    mkdirSync(dead);
    mkdirSync(join(parent, 'somebody-elses'));
    sweepGroups({ version: 2, parent, memory: true });
    assert.equal(existsSync(dead), false);
    assert.equal(existsSync(group.path), true, 'ours is alive');
    assert.equal(existsSync(join(parent, 'somebody-elses')), true);
  } finally {
    rmSync(parent, { recursive: true, force: true });
  }
});
