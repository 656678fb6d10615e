import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { isFault } from '../../vectors/house/faults.ts';
import { openPages } from './pages.ts';

function folderWith(t: TestContext, files: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'pwb-pages-'));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const file of files) {
    mkdirSync(join(folder, file, '..'), { recursive: true });
    writeFileSync(join(folder, file), file);
  }
  return folder;
}

test("a console's folder is served file by file, and nothing beside it", (t) => {
  const folder = folderWith(t, ['console/index.html', 'console/assets/app.js', 'console/.env', 'console/.git/config', 'secret.txt']);
  const console_ = join(folder, 'console');
  symlinkSync(join(folder, 'secret.txt'), join(console_, 'link.txt'));
  symlinkSync(folder, join(console_, 'up'));
  const pages = openPages(console_);
  assert.equal(Buffer.from(pages.read('/')?.bytes ?? []).toString(), 'console/index.html');
  assert.equal(pages.read('/assets/app.js')?.type, 'text/javascript; charset=utf-8');
  for (const room of ['/work', '/work/k3mh8z0c1d', '/timeline/12', '/drafts/']) assert.equal(Buffer.from(pages.read(room)?.bytes ?? []).toString(), 'console/index.html', room);
  for (const path of ['/link.txt', '/up/secret.txt', '/.env', '/.git/config', '/../secret.txt', '/assets', '/assets/', '//index.html', '/work.js', '/assets/app', '/Work', '/work/../secret.txt', '/work/a.b', '/work/%2e%2e', '', '/__proto__']) assert.equal(pages.read(path), null, path);
});

test('a packed file is given to a browser that takes it, and only that', (t) => {
  const pages = openPages(folderWith(t, ['index.html', 'assets/app.js', 'assets/app.js.br']));
  const given = (takes: string): string => Buffer.from(pages.read('/assets/app.js', takes)?.bytes ?? []).toString();
  assert.deepEqual(['gzip, deflate, br', 'br;q=0.5', 'gzip', 'br;q=0', 'sbr', ''].map(given), ['assets/app.js.br', 'assets/app.js.br', 'assets/app.js', 'assets/app.js', 'assets/app.js', 'assets/app.js']);
  assert.deepEqual([pages.read('/assets/app.js')?.lasting, pages.read('/')?.lasting, pages.read('/assets/app.js', 'br')?.packed], [true, undefined, 'br']);
});

test('a file that is swapped for a link after the start is not followed', (t) => {
  const folder = folderWith(t, ['index.html', 'app.js', 'secret.txt']);
  const pages = openPages(folder);
  rmSync(join(folder, 'app.js'));
  symlinkSync(join(folder, 'secret.txt'), join(folder, 'app.js'));
  assert.throws(() => pages.read('/app.js'));
});

test('our own sign-in page stays ours, and is the only one that is open', (t) => {
  const pages = openPages(folderWith(t, ['index.html', 'sign-in', 'sign-in.js']));
  assert.match(Buffer.from(pages.read('/sign-in.js')?.bytes ?? []).toString(), /use strict/);
  assert.deepEqual(['/', '/index.html', '/sign-in', '/sign-in.js', '/pwb.css', '/sign-in/'].filter((path) => pages.isOpen(path)), ['/sign-in', '/sign-in.js', '/pwb.css']);
});

test('a console that is not there, or has no page, is said so at the start', (t) => {
  assert.throws(() => openPages(folderWith(t, ['app.js'])), isFault('server.console'));
  assert.throws(() => openPages('/no/such/folder'), isFault('server.console'));
});
