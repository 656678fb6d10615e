// Files of rules in their folders: what is read, what is refused, and that a change is seen at once.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { LiveRuleFiles, readRuleFiles, type RuleFolder } from './rule-files.ts';

const UID = process.getuid?.() ?? 0;

function place(): { readonly base: string; readonly path: string; folder(owner?: RuleFolder['owner']): RuleFolder; [Symbol.dispose](): void } {
  const base = mkdtempSync(join(tmpdir(), 'pwb-rules-'));
  const path = join(base, 'rules');
  mkdirSync(path);
  return { base, path, folder: (owner = { uid: UID, strict: 'own' }) => ({ layer: 'person', path, name: 'rules', owner }), [Symbol.dispose]: () => rmSync(base, { recursive: true, force: true }) };
}

test('files of rules are read by their names, and what is none of them is left alone', () => {
  using here = place();
  for (const [name, text] of [['b.cedar', '// b'], ['a.cedar', '\uFEFF// ä'], ['README', 'x'], ['.#a.cedar', 'x'], ['a.cedar~', 'x']] as const) writeFileSync(join(here.path, name), text);
  const { files, problems } = readRuleFiles(here.folder());
  assert.deepEqual(files, [{ name: 'rules/a.cedar', layer: 'person', text: '// ä' }, { name: 'rules/b.cedar', layer: 'person', text: '// b' }]);
  assert.deepEqual(problems, []);
  assert.deepEqual(readRuleFiles({ ...here.folder(), path: join(here.base, 'none') }).files, []);
});

test('what can not be read as text of its owner is told, file by file, with what to do', () => {
  using here = place();
  writeFileSync(join(here.path, 'ok.cedar'), '// fine');
  writeFileSync(join(here.path, 'binary.cedar'), Buffer.from([0x2f, 0x2f, 0x0a, 0x2f, 0xff, 0xfe]));
  writeFileSync(join(here.path, 'huge.cedar'), Buffer.alloc(1024 * 1024 + 1, 0x20));
  mkdirSync(join(here.path, 'folder.cedar'));
  symlinkSync(join(here.path, 'ok.cedar'), join(here.path, 'link.cedar'));
  symlinkSync('/nowhere', join(here.path, 'dangling.cedar'));
  const { files, problems } = readRuleFiles(here.folder());
  assert.deepEqual(files.map(({ name }) => name), ['rules/ok.cedar']);
  assert.deepEqual(problems.map(({ file, code }) => [file, code]), [
    ['rules/binary.cedar', 'policy.text'], ['rules/dangling.cedar', 'policy.link'], ['rules/folder.cedar', 'policy.file'], ['rules/huge.cedar', 'policy.long'], ['rules/link.cedar', 'policy.link'],
  ]);
  assert.match(problems[0]?.words ?? '', /from line 2 on/);
  for (const { words, hint } of problems) assert.ok(words.length > 5 && hint.length > 5);
});

test('a file that may not be read is told, and not taken for none', { skip: UID === 0 ? 'root reads everything' : false }, () => {
  using here = place();
  writeFileSync(join(here.path, 'a.cedar'), '// x', { mode: 0o000 });
  assert.deepEqual(readRuleFiles(here.folder()).problems.map(({ code }) => code), ['policy.file']);
  chmodSync(here.path, 0o000);
  assert.deepEqual(readRuleFiles(here.folder()).problems.map(({ file, code }) => [file, code]), [['rules', 'policy.file']]);
  chmodSync(here.path, 0o700);
});

test("what belongs to another user, or could be changed by one, is no rule of the machine's", () => {
  using here = place();
  const file = join(here.path, 'a.cedar');
  writeFileSync(file, '// x', { mode: 0o644 });
  chmodSync(here.path, 0o755);
  const sole = here.folder({ uid: UID, strict: 'sole' });
  const codes = (folder: RuleFolder): readonly string[] => readRuleFiles(folder).problems.map(({ file: name, code }) => `${name} ${code}`);
  assert.deepEqual(codes(sole), []);
  assert.deepEqual(codes(here.folder({ uid: UID + 1, strict: 'sole' })), ['rules policy.owner']);
  assert.deepEqual(codes(here.folder({ uid: UID + 1, strict: 'own' })), UID === 0 ? [] : ['rules policy.owner'], 'what is root\'s, root may have put there');
  chmodSync(file, 0o664);
  assert.deepEqual(codes(sole), ['rules/a.cedar policy.owner']);
  chmodSync(file, 0o644);
  chmodSync(here.path, 0o777);
  assert.deepEqual(codes(sole), ['rules policy.owner']);
  chmodSync(here.path, 0o755);
  chmodSync(here.base, 0o777);
  assert.deepEqual(codes(sole), ['rules policy.owner']);
});

test("a folder that is a link or a file is no folder of rules, nor is one behind a link in a workspace", () => {
  using here = place();
  writeFileSync(join(here.path, 'a.cedar'), '// x');
  symlinkSync(here.path, join(here.base, 'link'));
  writeFileSync(join(here.base, 'file'), '');
  for (const name of ['link', 'file', 'file/rules']) {
    const { files, problems } = readRuleFiles({ layer: name === 'file/rules' ? 'workspace' : 'person', path: join(here.base, name), name, owner: null });
    assert.deepEqual([files.length, problems.map(({ code }) => code)], [0, ['policy.folder']], name);
  }
  mkdirSync(join(here.base, 'real/rules'), { recursive: true });
  symlinkSync(join(here.base, 'real'), join(here.base, 'linked'));
  assert.deepEqual(readRuleFiles({ layer: 'workspace', path: join(here.base, 'linked/rules'), name: 'rules', owner: null }).problems.map(({ code }) => code), ['policy.folder']);
});

test('a change is seen at the next look: written over, put in place, taken away, or with its old time', () => {
  using here = place();
  const live = new LiveRuleFiles([here.folder(), { ...here.folder(), path: join(here.base, 'later'), name: 'later' }]);
  const texts = (): readonly string[] => live.now().files.map(({ text }) => text);
  const file = join(here.path, 'a.cedar');
  assert.deepEqual(texts(), []);
  for (let at = 0; at < 20; at += 1) {
    writeFileSync(file, `// ${at % 10}`);
    utimesSync(file, 1, 1);
    assert.deepEqual(texts(), [`// ${at % 10}`], 'the same length and time');
  }
  const before = live.now();
  assert.equal(live.now(), before, 'what did not change is the very same');
  writeFileSync(join(here.path, 'b.new'), '// new');
  renameSync(join(here.path, 'b.new'), file);
  assert.deepEqual(texts(), ['// new']);
  mkdirSync(join(here.base, 'later'));
  writeFileSync(join(here.base, 'later/c.cedar'), '// c');
  assert.deepEqual(texts(), ['// new', '// c']);
  rmSync(file);
  assert.deepEqual(texts(), ['// c']);
});
