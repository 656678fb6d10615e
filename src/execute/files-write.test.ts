import assert from 'node:assert/strict';
import { chmodSync, chownSync, existsSync, linkSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { Write } from '../model/action.ts';
import { sha256 } from '../model/digest.ts';
import { EMPTY_SHA256, type Effects } from '../model/effects.ts';
import { MEANS, type Means } from './beneath-folder.ts';
import { applyWrite, Drifted, previewWrite, Refused, type FileResult } from './files.ts';
import { fastFolder } from '../../vectors/fast.ts';

let root = '';
beforeEach(() => {
  root = realpathSync(mkdtempSync(join(fastFolder(), 'write-')));
});
afterEach(() => rmSync(root, { recursive: true }));

type Asked = Write extends infer W ? (W extends Write ? Omit<W, 'kind' | 'workspace' | 'root'> : never) : never;

const asRoot = process.getuid?.() === 0;
const umask = process.umask();

function at(path: string): string {
  return join(root, path);
}

function text(path: string): string {
  return readFileSync(at(path), 'utf8');
}

const refused = (code: string, words = /./) => (error: unknown) => {
  assert.ok(error instanceof Refused, String(error));
  assert.equal(error.code, code, error.message);
  assert.match(error.message, words);
  return true;
};

const drifted = (path: string) => (error: unknown) => error instanceof Drifted && error.path === path && /has changed since this was judged, so nothing was done/.test(error.message);

for (const means of new Set<Means>([MEANS, 'paths'])) {
  describe(`writing by ${means}`, () => {
    const action = (asked: Asked): Write => ({ kind: 'write', workspace: 'w0000000ws', root, ...asked });
    const preview = (asked: Asked): Promise<Effects> => previewWrite(action(asked), { means });
    const apply = (asked: Asked, effects: Effects): Promise<FileResult> => applyWrite(action(asked), effects, { means });
    const both = async (asked: Asked): Promise<FileResult> => apply(asked, await preview(asked));

    test('a preview changes nothing at all', async () => {
      writeFileSync(at('a.txt'), 'one\n');
      mkdirSync(at('d'));
      const before = readdirSync(root, { recursive: true }).toSorted();
      for (const asked of [{ op: 'write', path: 'n/e/w.txt', content: 'x' }, { op: 'write', path: 'a.txt', content: 'x' }, { op: 'edit', path: 'a.txt', old: 'one', new: 'x', all: false }, { op: 'move', path: 'a.txt', to: 'x/b' }, { op: 'delete', path: 'd' }, { op: 'mkdir', path: 'x/y' }] as const) {
        assert.equal((await preview(asked)).certainty, 'known');
      }
      assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), before);
      assert.equal(text('a.txt'), 'one\n');
    });

    test('a new file is shown with its folders, lands as shown, and leaves nothing else', async () => {
      const asked = { op: 'write', path: 'new/deep/f.txt', content: 'hello\n' } as const;
      const effects = await preview(asked);
      const folder = { change: 'created', type: 'folder', mode: 0o777 & ~umask, size: 0, after: EMPTY_SHA256 };
      assert.deepEqual(effects.changes, [{ ...folder, path: 'new' }, { ...folder, path: 'new/deep' }, { change: 'created', path: 'new/deep/f.txt', type: 'file', mode: 0o666 & ~umask, size: 6, after: sha256('hello\n') }]);
      assert.equal(effects.diffs[0]?.unified, '--- /dev/null\n+++ b/new/deep/f.txt\n@@ -0,0 +1,1 @@\n+hello\n');
      assert.equal(effects.undo, 'fully');
      assert.deepEqual((await apply(asked, effects)).touched, ['new', 'new/deep', 'new/deep/f.txt']);
      assert.equal(text('new/deep/f.txt'), 'hello\n');
      assert.equal(statSync(at('new/deep/f.txt')).mode & 0o777, 0o666 & ~umask);
      assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), ['new', 'new/deep', 'new/deep/f.txt']);
    });

    test('a replaced file keeps its mode, shows a real diff, and is gone for nobody in between', async () => {
      writeFileSync(at('a.sh'), 'one\ntwo\nthree\n');
      chmodSync(at('a.sh'), 0o750);
      const asked = { op: 'write', path: 'a.sh', content: 'one\n2\nthree' } as const;
      const effects = await preview(asked);
      assert.deepEqual(effects.changes, [{ change: 'changed', path: 'a.sh', type: 'file', mode: 0o750, size: 11, before: sha256('one\ntwo\nthree\n'), after: sha256('one\n2\nthree') }]);
      assert.equal(effects.diffs[0]?.unified, '--- a/a.sh\n+++ b/a.sh\n@@ -1,3 +1,3 @@\n one\n-two\n-three\n+2\n+three\n\\ No newline at end of file\n');
      await apply(asked, effects);
      assert.equal(text('a.sh'), 'one\n2\nthree');
      assert.equal(statSync(at('a.sh')).mode & 0o777, 0o750);
      assert.deepEqual(readdirSync(root), ['a.sh']);
    });

    test('the modes that were judged are the modes that land, whoever lands them', async () => {
      const asked = { op: 'write', path: 'd/f', content: '' } as const;
      const { changes, ...rest } = await preview(asked);
      const strict = changes.map((change) => (change.change === 'created' ? { ...change, mode: change.type === 'file' ? 0o600 : 0o700 } : change));
      await apply(asked, { ...rest, changes: strict });
      assert.deepEqual([statSync(at('d')).mode & 0o777, statSync(at('d/f')).mode & 0o777], [0o700, 0o600]);
    });

    test('a mode that gives rights of the owner to others is never landed', async () => {
      const asked = { op: 'write', path: 'f', content: '' } as const;
      const { changes, ...rest } = await preview(asked);
      await assert.rejects(apply(asked, { ...rest, changes: changes.map((change) => (change.change === 'created' ? { ...change, mode: 0o4777 } : change)) }), drifted('f'));
      assert.deepEqual(readdirSync(root), []);
    });

    test('set-user-id is dropped when a file is rewritten', async () => {
      writeFileSync(at('s'), 'x');
      chmodSync(at('s'), 0o4755);
      await both({ op: 'write', path: 's', content: 'y' });
      assert.equal(statSync(at('s')).mode & 0o7777, 0o755);
    });

    test('a text that is there already is no change', async () => {
      writeFileSync(at('a'), 'same');
      const effects = await preview({ op: 'write', path: 'a', content: 'same' });
      assert.deepEqual(effects.changes, []);
      const { mtimeMs } = statSync(at('a'));
      assert.match((await apply({ op: 'write', path: 'a', content: 'same' }, effects)).text, /nothing was changed/);
      assert.equal(statSync(at('a')).mtimeMs, mtimeMs);
    });

    test('an edit lands exactly, says where, and reports what it took alike', async () => {
      writeFileSync(at('a'), 'x\r\ny\r\n');
      const { text: said } = await both({ op: 'edit', path: 'a', old: 'x\ny', new: 'x\nz', all: false });
      assert.equal(text('a'), 'x\r\nz\r\n');
      assert.match(said, /^edited a \(line 1; the file's own line ends \(CRLF\) were kept\)$/);
      await assert.rejects(preview({ op: 'edit', path: 'b', old: 'x', new: 'y', all: false }), refused('not-found', /Did you mean|Use list/));
    });

    test("an edit that can't match tells nothing of a secret file, neither lines nor counts", async () => {
      writeFileSync(at('.env'), 'PASSWORD=hunter2\nTOKEN=aaaa\n');
      const words: string[] = [];
      for (const old of ['PASSWORD = x', 'password', 'a', 'hunter3', '\tTOKEN']) {
        await assert.rejects(preview({ op: 'edit', path: '.env', old, new: 'hunter2', all: false }), (error) => {
          assert.ok(error instanceof Refused);
          words.push(error.message);
          return true;
        });
      }
      assert.deepEqual([...new Set(words)], ["old doesn't occur exactly once in .env, whose text isn't told. Ask to read it first."]);
      mkdirSync(at('.ssh'));
      writeFileSync(at('.ssh/known'), '');
      await assert.rejects(preview({ op: 'delete', path: '.ssh/knowm' }), (error) => error instanceof Refused && !error.message.includes('.ssh/known?'));
      assert.equal((await preview({ op: 'edit', path: '.env', old: 'hunter2', new: 'x', all: false })).changes.length, 1);
    });

    test('data is not edited, but may be replaced by text with a note in place of a diff', async () => {
      writeFileSync(at('b.png'), Buffer.from('\x89PNG\r\n\x1a\n\0', 'latin1'));
      await assert.rejects(preview({ op: 'edit', path: 'b.png', old: 'PNG', new: 'x', all: false }), refused('binary', /PNG/));
      const effects = await preview({ op: 'write', path: 'b.png', content: 'x' });
      assert.deepEqual(effects.diffs, [{ path: 'b.png', unified: '', note: 'binary' }]);
      assert.equal(effects.undo, 'not');
      writeFileSync(at('l.txt'), Buffer.from('caf\xe9\n', 'latin1'));
      await assert.rejects(preview({ op: 'edit', path: 'l.txt', old: 'caf', new: 'x', all: false }), refused('binary', /Latin-1/));
    });

    test('a huge file is not edited, and replacing it says that no diff is shown', async () => {
      writeFileSync(at('huge'), 'x');
      truncateSync(at('huge'), 300_000_000);
      await assert.rejects(preview({ op: 'edit', path: 'huge', old: 'x', new: 'y', all: false }), refused('too-large', /sed/));
      const effects = await preview({ op: 'write', path: 'huge', content: 'small' });
      assert.equal(effects.diffs[0]?.note, 'too-large');
      await apply({ op: 'write', path: 'huge', content: 'small' }, effects);
      assert.equal(text('huge'), 'small');
    });

    test('a diff of thousands of changed lines is whole', async () => {
      const lines = (word: string): string => Array.from({ length: 3000 }, (_, i) => `${word} ${i}\n`).join('');
      writeFileSync(at('a'), `head\n${lines('old')}tail\n`);
      const { diffs } = await preview({ op: 'write', path: 'a', content: `head\n${lines('new')}tail\n` });
      const rows = diffs[0]?.unified.split('\n') ?? [];
      assert.equal(rows.filter((row) => row.startsWith('-old')).length, 3000);
      assert.equal(rows.filter((row) => row.startsWith('+new')).length, 3000);
      assert.equal(rows[2], '@@ -1,3002 +1,3002 @@');
    });

    test('what was judged and has changed since is not landed, whatever changed', async () => {
      const cases: readonly (readonly [asked: Asked, drift: () => void, path: string])[] = [
        [{ op: 'write', path: 'a', content: 'new' }, () => writeFileSync(at('a'), 'other'), 'a'],
        [{ op: 'write', path: 'a', content: 'new' }, () => rmSync(at('a')), 'a'],
        [{ op: 'write', path: 'a', content: 'new' }, () => chmodSync(at('a'), 0o777), 'a'],
        [{ op: 'write', path: 'a', content: 'new' }, () => { rmSync(at('a')); symlinkSync('b', at('a')); }, 'a'],
        [{ op: 'write', path: 'n', content: 'new' }, () => writeFileSync(at('n'), ''), 'n'],
        [{ op: 'write', path: 'd/n', content: 'new' }, () => mkdirSync(at('d')), 'd'],
        [{ op: 'write', path: 'd/n', content: 'new' }, () => symlinkSync('f', at('d')), 'd/n'],
        [{ op: 'edit', path: 'a', old: 'old', new: 'new', all: false }, () => writeFileSync(at('a'), 'old, and more'), 'a'],
        [{ op: 'edit', path: 'a', old: 'old', new: 'new', all: false }, () => writeFileSync(at('a'), 'gone'), 'a'],
        [{ op: 'move', path: 'a', to: 'b' }, () => writeFileSync(at('a'), 'other'), 'a'],
        [{ op: 'move', path: 'a', to: 'b' }, () => writeFileSync(at('b'), 'there'), 'a'],
        [{ op: 'delete', path: 'a' }, () => writeFileSync(at('a'), 'other'), 'a'],
        [{ op: 'delete', path: 'f' }, () => writeFileSync(at('f/more'), ''), 'f/more'],
        [{ op: 'mkdir', path: 'm' }, () => writeFileSync(at('m'), ''), 'm'],
      ];
      for (const [asked, drift, path] of cases) {
        rmSync(root, { recursive: true });
        mkdirSync(at('f'), { recursive: true });
        writeFileSync(at('a'), 'old');
        const effects = await preview(asked);
        drift();
        const before = readdirSync(root, { recursive: true, withFileTypes: true }).map(({ name }) => name).toSorted();
        await assert.rejects(apply(asked, effects), drifted(path), `${asked.op} ${path}`);
        assert.deepEqual(readdirSync(root, { recursive: true, withFileTypes: true }).map(({ name }) => name).toSorted(), before);
        if (existsSync(at('a')) && !lstatSync(at('a')).isSymbolicLink()) assert.doesNotMatch(text('a'), /new/);
      }
    });

    test('a touched but unchanged file still lands', async () => {
      writeFileSync(at('a'), 'old');
      const effects = await preview({ op: 'write', path: 'a', content: 'new' });
      utimesSync(at('a'), 1, 1);
      await apply({ op: 'write', path: 'a', content: 'new' }, effects);
      assert.equal(text('a'), 'new');
    });

    test('effects that were never worked out can not be landed', async () => {
      await assert.rejects(apply({ op: 'write', path: 'a', content: 'x' }, { certainty: 'unknown', changes: [], diffs: [], undo: 'not' }), { code: 'files.unjudged' });
      assert.deepEqual(readdirSync(root), []);
    });

    test('a file with another hard link is replaced without changing the other', async () => {
      writeFileSync(at('a'), 'old');
      linkSync(at('a'), at('b'));
      assert.match((await both({ op: 'write', path: 'a', content: 'new' })).text, /1 other hard link/);
      assert.deepEqual([text('a'), text('b')], ['new', 'old']);
    });

    test('a file that is marked read-only is not replaced, not even by root', async () => {
      writeFileSync(at('a'), 'old');
      chmodSync(at('a'), 0o444);
      await assert.rejects(preview({ op: 'write', path: 'a', content: 'x' }), refused('read-only', /mode 444/));
    });

    test('what the system denies is refused before anyone is asked', { skip: asRoot && 'root is denied nothing' }, async () => {
      mkdirSync(at('locked'));
      writeFileSync(at('locked/a'), 'x');
      writeFileSync(at('unreadable'), 'x');
      chmodSync(at('unreadable'), 0o200);
      chmodSync(at('locked'), 0o555);
      for (const asked of [{ op: 'write', path: 'locked/a', content: 'y' }, { op: 'write', path: 'locked/n', content: 'y' }, { op: 'mkdir', path: 'locked/d' }, { op: 'delete', path: 'locked/a' }, { op: 'delete', path: 'locked' }, { op: 'move', path: 'locked/a', to: 'a' }, { op: 'write', path: 'unreadable', content: 'y' }] as const) {
        await assert.rejects(preview(asked), refused('denied', /denies this user/));
      }
      chmodSync(at('locked'), 0o755);
    });

    test('the owner of a file is kept', { skip: !asRoot && 'only root can give files away' }, async () => {
      writeFileSync(at('a'), 'x');
      chownSync(at('a'), 12_345, 54_321);
      await both({ op: 'write', path: 'a', content: 'y' });
      assert.deepEqual([statSync(at('a')).uid, statSync(at('a')).gid], [12_345, 54_321]);
    });

    test('a move takes files, links and folders, makes the folders it needs, and never replaces', async () => {
      mkdirSync(at('d/e'), { recursive: true });
      writeFileSync(at('d/e/f'), 'x');
      symlinkSync('nowhere', at('l'));
      await both({ op: 'move', path: 'd/e/f', to: 'new/g' });
      await both({ op: 'move', path: 'l', to: 'd/l' });
      await both({ op: 'move', path: 'd', to: 'moved/d' });
      await both({ op: 'move', path: 'new/g', to: 'new/G' });
      assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), ['moved', 'moved/d', 'moved/d/e', 'moved/d/l', 'new', 'new/G']);
      assert.equal(readlinkSync(at('moved/d/l')), 'nowhere');
      assert.equal(statSync(at('new/G')).nlink, 1);
      await assert.rejects(preview({ op: 'move', path: 'new/G', to: 'moved' }), refused('exists', /say to: moved\/G/));
      await assert.rejects(preview({ op: 'move', path: 'new/G', to: 'moved/d/l' }), refused('exists'));
      await assert.rejects(preview({ op: 'move', path: 'moved', to: 'moved/inside' }), refused('exists', /into itself/));
      await assert.rejects(preview({ op: 'move', path: '.', to: 'x' }), refused('outside'));
    });

    test('a deleted link leaves what it leads to, and a deleted folder names every entry', async () => {
      mkdirSync(at('keep'));
      writeFileSync(at('keep/f'), 'x');
      mkdirSync(at('d/sub'), { recursive: true });
      writeFileSync(at('d/f'), 'text\n');
      symlinkSync('../keep', at('d/sub/l'));
      const effects = await preview({ op: 'delete', path: 'd' });
      assert.deepEqual(effects.changes.map((change) => [change.change, change.path, change.type]), [['deleted', 'd', 'folder'], ['deleted', 'd/f', 'file'], ['deleted', 'd/sub', 'folder'], ['deleted', 'd/sub/l', 'link']]);
      assert.equal(effects.diffs[0]?.unified, '--- a/d/f\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-text\n');
      await apply({ op: 'delete', path: 'd' }, effects);
      assert.deepEqual(readdirSync(root, { recursive: true }).toSorted(), ['keep', 'keep/f']);
      await assert.rejects(preview({ op: 'delete', path: '.' }), refused('outside'));
      await assert.rejects(preview({ op: 'delete', path: 'kep' }), refused('not-found', /Did you mean keep/));
    });

    test('folders are made with their parents, and one that is there is done', async () => {
      assert.deepEqual((await both({ op: 'mkdir', path: 'a/b' })).touched, ['a', 'a/b']);
      assert.deepEqual((await preview({ op: 'mkdir', path: 'a/b' })).changes, []);
      writeFileSync(at('f'), '');
      await assert.rejects(preview({ op: 'mkdir', path: 'f' }), refused('exists'));
      await assert.rejects(preview({ op: 'mkdir', path: 'f/g' }), refused('not-folder'));
    });
  });
}

test('more than 10,000 entries are too many to judge', async () => {
  mkdirSync(at('d'));
  for (let i = 0; i < 10_001; i += 1) writeFileSync(at(`d/${i}`), '');
  await assert.rejects(previewWrite({ kind: 'write', op: 'delete', workspace: 'w0000000ws', root, path: 'd' }), refused('too-many', /10000/));
  assert.equal(readdirSync(at('d')).length, 10_001);
});
