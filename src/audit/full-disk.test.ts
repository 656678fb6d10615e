import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import test from 'node:test';
import { freshFolder } from '../../vectors/log/open.ts';

const FILL = join(import.meta.dirname, '../../vectors/log/fill-disk.ts');
/** A disk of 8 MB that only the process inside sees. */
const inSmallDisk = (folder: string, command: readonly string[]) => spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=8m,mode=700 tmpfs "$1" && shift && exec "$@"', 'sh', folder, ...command], { encoding: 'utf8' });
const can = process.platform === 'linux' && spawnSync('unshare', ['-rm', 'true']).status === 0;

test('on a disk that fills up every refusal says so, nothing acknowledged is lost, and the log goes on once there is room', { skip: !can && 'no small disk can be made here' }, (t) => {
  const folder = freshFolder(t);
  const { status, stdout, stderr } = inSmallDisk(folder, [process.execPath, FILL, folder]);
  assert.equal(status, 0, stderr);
  const { codes, acknowledged, kept, problems } = JSON.parse(stdout) as { codes: string[]; acknowledged: number; kept: number; problems: string[] };
  assert.deepEqual(codes, ['storage.full', 'storage.full', 'storage.full']);
  assert.equal(acknowledged > 100, true);
  assert.equal(kept, acknowledged);
  assert.deepEqual(problems, []);
});
