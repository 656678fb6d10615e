import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { basename, dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { UNKNOWN_EFFECTS } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import { Root, withRoot } from './beneath.ts';
import { MEANS, type Means } from './beneath-folder.ts';
import { applyWrite, previewWrite, readFiles, Refused } from './files.ts';
import { fastFolder } from '../../vectors/fast.ts';

interface Vectors {
  readonly tree: readonly { readonly file?: string; readonly text?: string; readonly link?: string; readonly target?: string }[];
  readonly reads: readonly { readonly name: string; readonly path: string; readonly text?: string; readonly refused?: string }[];
  readonly writes: readonly { readonly name: string; readonly path: string; readonly refused: string }[];
}

const vectors: Vectors = JSON.parse(readFileSync(new URL('../../vectors/paths/links.json', import.meta.url), 'utf8'));
const base = realpathSync(mkdtempSync(join(fastFolder(), 'beneath-')));
after(() => rmSync(base, { recursive: true }));

function build(root: string, outside: string): (text: string) => string {
  const fill = (text: string): string => text.replaceAll('OUTSIDE-NAME', basename(outside)).replaceAll('ROOT-NAME', basename(root)).replaceAll('OUTSIDE', outside).replaceAll('ROOT', root);
  mkdirSync(root);
  for (const folder of [outside, `${root}x`]) {
    mkdirSync(folder);
    writeFileSync(join(folder, 'secret.txt'), 'outside secret');
  }
  for (const { file, text = '', link, target = '' } of vectors.tree) {
    const path = join(root, file ?? link ?? '');
    mkdirSync(dirname(path), { recursive: true });
    if (file === undefined) symlinkSync(fill(target), path);
    else writeFileSync(path, text);
  }
  return fill;
}

const refusedAs = (code: string) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, code, error.message);
  assert.ok(!error.message.includes('outside secret'));
  return true;
};

for (const means of new Set<Means>([MEANS, 'paths'])) {
  describe(`beneath the root by ${means}`, () => {
    const root = join(base, `root-${means}`);
    const outside = join(base, `outside-${means}`);
    const fill = build(root, outside);
    const place = { workspace: 'w0000000ws', root };
    const hidden = (path: string): boolean => path.endsWith('.env');

    for (const { name, path, text, refused } of vectors.reads) {
      test(`read ${name}: ${refused ?? 'is read'}`, async () => {
        const reading = readFiles({ kind: 'read', op: 'read', ...place, path: fill(path), from: 1, to: 0 }, { means, hidden });
        if (refused !== undefined) return await assert.rejects(reading, refusedAs(refused));
        assert.equal((await reading).text.split('\n')[1], text);
      });
    }

    for (const { name, path, refused } of vectors.writes) {
      test(`write ${name}: ${refused}`, async () => {
        const action = { kind: 'write', op: 'write', ...place, path, content: 'x' } as const;
        // What is outside by its name isn't looked at, so that policy denies it; it can't be landed either way.
        if (refused === 'outside') assert.deepEqual(await previewWrite(action, { means }), UNKNOWN_EFFECTS);
        else await assert.rejects(previewWrite(action, { means }), refusedAs(refused));
        await assert.rejects(applyWrite(action, { ...UNKNOWN_EFFECTS, certainty: 'known' }, { means }), refused === 'outside' ? refusedAs(refused) : Error);
        assert.deepEqual(readdirSync(outside), ['secret.txt']);
      });
    }

    test('what a link leads to is named in what was touched', async () => {
      const { touched } = await readFiles({ kind: 'read', op: 'read', ...place, path: 'a/through', from: 1, to: 0 }, { means });
      assert.deepEqual(touched, ['a/through', 'a/b/deep.txt']);
    });

    test('a named pipe, a socket and a device never block and are never opened', async () => {
      execFileSync('mkfifo', [join(root, 'pipe')]);
      const server = createServer().listen(join(root, 'sock'));
      for (const path of ['pipe', 'sock']) {
        await assert.rejects(readFiles({ kind: 'read', op: 'read', ...place, path, from: 1, to: 0 }, { means }), refusedAs('special'));
        for (const action of [{ op: 'write', content: 'x' }, { op: 'delete' }, { op: 'move', to: 'moved' }] as const) {
          await assert.rejects(previewWrite({ kind: 'write', ...place, path, ...action }, { means }), refusedAs('special'));
        }
      }
      await new Promise((resolve) => server.close(resolve));
      rmSync(join(root, 'pipe'));
    });

    test("the workbench's own folder inside a workspace can't be read, listed, written, moved or deleted, nor through a link", async () => {
      const never = [join(root, 'state')];
      mkdirSync(join(root, 'state/deep'), { recursive: true });
      writeFileSync(join(root, 'state/log.key'), 'key');
      mkdirSync(join(root, 'holds'));
      symlinkSync('../state', join(root, 'holds/link'));
      const options = { means, never };
      for (const path of ['state/log.key', 'holds/link/log.key', 'absolute-root/state/log.key']) {
        await assert.rejects(readFiles({ kind: 'read', op: 'read', ...place, path, from: 1, to: 0 }, options), refusedAs('closed'));
      }
      await assert.rejects(readFiles({ kind: 'read', op: 'list', ...place, path: 'state', depth: 1 }, options), refusedAs('closed'));
      const listed = await readFiles({ kind: 'read', op: 'list', ...place, path: '.', depth: 3 }, options);
      assert.ok(!listed.text.includes('log.key'));
      for (const action of [{ op: 'write', path: 'state/x', content: '' }, { op: 'delete', path: 'state' }, { op: 'delete', path: 'state/deep' }, { op: 'move', path: 'state', to: 'gone' }, { op: 'move', path: 'plain.txt', to: 'state/x' }] as const) {
        await assert.rejects(previewWrite({ kind: 'write', ...place, ...action }, options), refusedAs('closed'));
      }
      const nested = { means, never: [join(root, 'state/deep')] };
      await assert.rejects(previewWrite({ kind: 'write', ...place, op: 'move', path: 'state', to: 'gone' }, nested), refusedAs('closed'));
      await assert.rejects(previewWrite({ kind: 'write', ...place, op: 'delete', path: 'state' }, nested), refusedAs('closed'));
      rmSync(join(root, 'state'), { recursive: true });
      rmSync(join(root, 'holds'), { recursive: true });
    });

    test('a workspace inside the workbench\'s own folder is closed as a whole', () => {
      assert.throws(() => new Root({ root: join(root, 'a/b'), never: [join(root, 'a')], means }), refusedAs('closed'));
    });

    test('a workspace that vanished, became a file or became a link is a fault that names it', async () => {
      const gone = join(base, `gone-${means}`);
      const list = (): Promise<unknown> => readFiles({ kind: 'read', op: 'list', workspace: 'w0000000ws', root: gone, path: '.', depth: 1 }, { means });
      const isFault = (error: unknown): boolean => error instanceof Fault && error.code.startsWith('workspace.') && error.hint !== undefined;
      await assert.rejects(list(), isFault);
      writeFileSync(gone, '');
      await assert.rejects(list(), isFault);
      rmSync(gone);
      symlinkSync(root, gone);
      await assert.rejects(list(), isFault);
      await assert.rejects(readFiles({ kind: 'read', op: 'list', workspace: 'w0000000ws', root: join(gone, 'a'), path: '.', depth: 1 }, { means }), isFault);
    });

    test('all descriptors are closed afterwards, also after refusals', { skip: process.platform !== 'linux' }, async () => {
      const count = (): number => readdirSync('/proc/self/fd').length;
      const before = count();
      for (const path of ['a/b/deep.txt', 'a/through', 'self', 'absolute-outside', 'nothing', 'plain.txt/x', 'a']) {
        await readFiles({ kind: 'read', op: 'read', ...place, path, from: 1, to: 0 }, { means }).catch(() => undefined);
        await previewWrite({ kind: 'write', op: 'write', ...place, path, content: 'y' }, { means }).catch(() => undefined);
      }
      await readFiles({ kind: 'read', op: 'list', ...place, path: '.', depth: 3 }, { means });
      assert.equal(count(), before);
    });

    test('a folder that is moved away after it was opened takes nothing of the new place along', async () => {
      mkdirSync(join(root, 'swap'));
      await withRoot({ root, means }, (open) => {
        const { folder } = open.find('swap/x', 'refuse');
        renameSync(join(root, 'swap'), join(root, 'swapped'));
        symlinkSync(outside, join(root, 'swap'));
        // By descriptors we still look into the folder that we opened; by paths we refuse to go on.
        if (means === 'descriptors') assert.equal(folder.peek('secret.txt'), null);
        else assert.throws(() => folder.check(), refusedAs('changing'));
      });
      rmSync(join(root, 'swap'));
      rmSync(join(root, 'swapped'), { recursive: true });
    });
  });
}

test('names of 255 bytes are written, read and listed; longer ones are refused in words', async () => {
  const root = join(base, 'long');
  mkdirSync(root);
  const place = { workspace: 'w0000000ws', root };
  const name = 'ä'.repeat(127) + 'x';
  const write = { kind: 'write', op: 'write', ...place, path: name, content: 'x' } as const;
  await applyWrite(write, await previewWrite(write));
  assert.deepEqual(readdirSync(root), [name]);
  assert.match((await readFiles({ kind: 'read', op: 'list', ...place, path: '.', depth: 1 })).text, new RegExp(name));
  await assert.rejects(previewWrite({ ...write, path: `${name}x` }), refusedAs('bad-name'));
});
