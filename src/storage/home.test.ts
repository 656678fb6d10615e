import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { freshFolder } from '../../vectors/log/open.ts';
import { findHome, openHome } from './home.ts';

const both = (folder: string) => ({ config: folder, state: folder });

test('PWB_HOME is both folders; without it they are those of the XDG specification', () => {
  assert.deepEqual(findHome({ PWB_HOME: '/a/b', XDG_STATE_HOME: '/x' }), both('/a/b'));
  assert.deepEqual(findHome({ HOME: '/home/u', XDG_STATE_HOME: '/x' }), { config: '/home/u/.config/proworkbench', state: '/x/proworkbench' });
  assert.deepEqual(findHome({ HOME: '/home/u', PWB_HOME: '', XDG_CONFIG_HOME: 'relative' }), { config: '/home/u/.config/proworkbench', state: '/home/u/.local/state/proworkbench' });
});

test('the folders are made for their owner only, whatever the umask is', (t) => {
  const folder = freshFolder(t);
  const before = process.umask(0o277);
  try {
    openHome({ config: join(folder, 'deep/config'), state: join(folder, 'state') });
  } catch {
    // With such a umask the parent folder of config may be closed to us; the state folder is what counts here.
  } finally {
    process.umask(before);
  }
  assert.equal(statSync(join(folder, 'state')).mode & 0o777, 0o700);
});

test('a state folder that others could read or change is refused, with the command that mends it', (t) => {
  const folder = join(freshFolder(t), "it's mine");
  for (const mode of [0o750, 0o705, 0o770, 0o701]) {
    mkdirSync(folder, { recursive: true });
    chmodSync(folder, mode);
    assert.throws(() => openHome(both(folder)), { code: 'storage.home-mode', hint: `run: chmod 700 '${folder.replace("'", `'\\''`)}'` });
  }
  chmodSync(folder, 0o700);
  openHome(both(folder));
});

test('a state folder that is a link, a file, or below a file is refused', (t) => {
  const folder = freshFolder(t);
  mkdirSync(join(folder, 'real'), { mode: 0o700 });
  symlinkSync(join(folder, 'real'), join(folder, 'link'));
  writeFileSync(join(folder, 'file'), '');
  assert.throws(() => openHome(both(join(folder, 'link'))), { code: 'storage.home-link' });
  assert.throws(() => openHome(both(join(folder, 'file'))), { code: 'storage.home-kind' });
  assert.throws(() => openHome(both(join(folder, 'file/below'))), { code: 'storage.home-make' });
});

test("another user's state folder is refused", { skip: process.getuid?.() !== 0 && 'needs root to make such a folder' }, (t) => {
  const folder = join(freshFolder(t), 'theirs');
  mkdirSync(folder, { mode: 0o700 });
  chownSync(folder, 12345, 12345);
  assert.throws(() => openHome(both(folder)), { code: 'storage.home-owner', hint: 'run this as that user, not as root' });
});

test('a state folder that can not be written is refused', { skip: process.getuid?.() === 0 && 'root may write everywhere' }, (t) => {
  const folder = join(freshFolder(t), 'closed');
  mkdirSync(folder, { mode: 0o500 });
  assert.throws(() => openHome(both(folder)), { code: 'storage.home-read-only' });
});
