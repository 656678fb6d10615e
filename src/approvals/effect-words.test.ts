import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Action, Run } from '../model/action.ts';
import { UNKNOWN_EFFECTS, type Change, type Clash, type Effects, type NetworkUse } from '../model/effects.ts';
import { plainLines, sizeWords } from './drawing.ts';
import { diffOfPath, effectParts, landingWords, type Sight, type View } from './effect-words.ts';
import type { Rehearsal } from './rehearsal-words.ts';

const ID = 'abcdefghjk';
const RUN: Run = { kind: 'run', workspace: ID, root: '/home/me/work', argv: ['make'], cwd: '.', access: 'write', timeout: 60_000 };
const WRITE: Action = { kind: 'write', op: 'write', workspace: ID, root: '/home/me/work', path: 'a', content: 'x' };
const digest = (digit: string): string => digit.repeat(64);
const made = (path: string, more: Partial<Extract<Change, { change: 'created' }>> = {}): Change => ({ change: 'created', path, type: 'file', mode: 0o644, size: 7, after: digest('a'), ...more });
const changed = (path: string, more: Partial<Extract<Change, { change: 'changed' }>> = {}): Change => ({ change: 'changed', path, type: 'file', mode: 0o644, size: 7, before: digest('b'), after: digest('a'), ...more });
const gone = (path: string): Change => ({ change: 'deleted', path, type: 'file', before: digest('c') });
const effectsOf = (changes: readonly Change[], more: Partial<Effects> = {}): Effects => ({ certainty: 'known', changes, diffs: [], undo: 'fully', ...more });

function draw(effects: Effects | null, sight: Partial<Sight> = {}, view: Partial<View> = {}): string[] {
  return plainLines(effectParts({ action: RUN, effects, rehearsal: null, rules: [], ...sight }, { id: ID, many: 'folders', ...view }));
}

test('a card says how many of each kind there are, and then each change', () => {
  const unified = '--- a/b\n+++ b/b\n@@ -1,2 +1,3 @@\n same\n--- old\n+++ new\n+more\n';
  const changes = [made('dist', { type: 'folder', mode: 0o755, size: 0 }), changed('b', { mode: 0o755, modeBefore: 0o600 }), changed('c', { only: 'mode', mode: 0o755, modeBefore: 0o644 }), changed('c2', { only: 'mode', mode: 0o755 }), changed('d', { only: 'times' }), gone('e'), { change: 'renamed', path: 'f', to: 'g', type: 'file', before: digest('d') } as const];
  assert.deepEqual(draw(effectsOf(changes, { diffs: [{ path: 'b', unified }] }), { action: WRITE }), [
    '1 created, 1 changed, 1 deleted, 1 renamed, 2 with other permissions only, 1 with other times only; +2 −1 lines',
    '  created dist (folder, 0755)', '  changed b (file, 7 bytes, 0600 → 0755)', '  mode c 0644 → 0755 (file)', '  mode c2 0755 (file)', '  times d (file; nothing else of it)', '  deleted e (file)', '  renamed f → g (file)',
    'diff of b: +2 −1', '  @@ -1,2 +1,3 @@', '   same', '  --- old', '  +++ new', '  +more',
  ]);
});

test('a change of times says to which time, also one that no calendar has', () => {
  const line = (time: number): string | undefined => draw(effectsOf([changed('d', { only: 'times', time })])).find((one) => one.includes('times d'));
  assert.equal(line(Date.UTC(2001, 1, 3, 4, 5, 6)), '  times d (file; nothing else of it) → 2001-02-03 04:05:06 UTC');
  assert.equal(line(-Date.UTC(2001, 1, 3)), '  times d (file; nothing else of it) → 1938-11-29 00:00:00 UTC');
  assert.equal(line(9e15), '  times d (file; nothing else of it) → 9000000000000 seconds since 1970');
});

test('a link is drawn with where it leads, and one that leads out of the workspace is marked', () => {
  const out = (path: string, target: string): boolean => draw(effectsOf([made(path, { type: 'link', target })])).some((line) => line.includes('leads out of the workspace'));
  for (const [path, target] of [['a', '/etc/passwd'], ['a', '..'], ['d/a', '../../x'], ['a', 'd/../../x'], ['a', '/home/me/work/../other'], ['a', '/home/me/workshop'], ['d/a', '..//.././x/..']] as const) assert.ok(out(path, target), target);
  for (const [path, target] of [['a', 'b'], ['d/a', '../b'], ['a', '/home/me/work/b'], ['a', '/home/me/work'], ['a', '...'], ['d/e/a', '../../b/..']] as const) assert.ok(!out(path, target), target);
  assert.ok(draw(effectsOf([made('a', { type: 'link', target: 'b c' })])).includes('  created a (link to "b c")'));
  const hidden = { ...installed, changes: [...install, made('node_modules/big/out', { type: 'link', target: '/etc' })] };
  const lines = draw(hidden);
  assert.deepEqual(lines.slice(lines.indexOf('! 1 link leads out of the workspace') + 1)[0], '  created node_modules/big/out (link to /etc) ! it leads out of the workspace', 'by name also among ten thousand');
});

test('what is not text, or too large for a diff, says what is known of both sides and how to see it', () => {
  const lines = draw(effectsOf([changed('b.bin', { size: 70_000_000 }), changed('big'), made('new.bin')], { diffs: [{ path: 'b.bin', unified: '', note: 'binary' }, { path: 'big', unified: '', note: 'too-large' }, { path: 'new.bin', unified: '', note: 'binary' }] }));
  assert.ok(lines.includes("b.bin isn't text: sha256 bbbbbbbbbbbb… → 70 MB, sha256 aaaaaaaaaaaa…"));
  assert.ok(lines.includes("new.bin isn't text: new, 7 bytes, sha256 aaaaaaaaaaaa…"));
  assert.ok(lines.some((line) => line.startsWith('big is too large') && line.endsWith(`pwb show ${ID} --diff big`)));
  assert.match(lines[0] ?? '', /3 files have no diff$/);
});

test('what can not land is named with its reason, and a limit of the view with the way out', () => {
  const lines = draw(effectsOf([made('a')], { undo: 'partly', unlandable: [{ path: 'pipe\\xff', why: 'it is a named pipe' }], limits: ['hard link: a has other names'] }));
  assert.ok(lines.includes('! 1 not kept') && lines.includes('  "pipe\\xff" is not kept: it is a named pipe'));
  assert.ok(lines.some((line) => /may have gone otherwise.*rehearse in a full copy/.test(line)) && lines.includes('  hard link: a has other names'));
  assert.ok(!draw(effectsOf([made('a')], { limits: ['clock: it asked for the time'] })).some((line) => line.includes('full copy')));
});

test('a clash is shown with its three sides', () => {
  const conflicts: readonly Clash[] = [{ path: 'a', why: 'changed', base: digest('1'), now: digest('2'), wanted: digest('3'), judged: '--- a\n+++ b\n@@ -1 +1 @@\n-x\n+y\n' }, { path: 'b', why: 'gone', base: digest('1'), now: null, wanted: digest('3') }];
  const lines = draw(effectsOf([changed('a')], { conflicts }));
  assert.ok(lines.some((line) => /^! 2 clashes: .* A yes replaces what is there now, and keeps it/.test(line)));
  assert.ok(lines.includes('  a was changed since: was sha256 111111111111…, now sha256 222222222222…, would be sha256 333333333333…'));
  assert.ok(lines.includes('  b is gone since: was sha256 111111111111…, now none, would be sha256 333333333333…'));
  assert.deepEqual(lines.slice(lines.indexOf('diff of a as the action saw it') + 1).slice(0, 3), ['  @@ -1 +1 @@', '  -x', '  +y'], 'and with what it did to what it saw');
});

test('a run without hosts says that it had no network; one with hosts which, and what it asked of them, the refused first', () => {
  assert.equal(draw(effectsOf([])).at(-1), 'no network, nothing outside visible');
  const use = (more: Partial<NetworkUse>): NetworkUse => ({ method: 'GET', host: 'a.example', port: 443, path: null, status: null, sent: 10, received: 12_000, verdict: 'allowed', why: '', ...more });
  const lines = draw(effectsOf([], { network: [use({}), use({ method: 'POST', host: 'b.example', port: 80, path: '/x', verdict: 'refused', why: 'it was not asked for' })] }), { action: { ...RUN, hosts: ['a.example:443'] } });
  assert.deepEqual(lines.slice(1), [
    '! network: it may reach a.example:443, and nothing else; 2 requests, 1 of them refused',
    '  refused POST b.example:80/x: it was not asked for', '  GET a.example:443 (encrypted) → no status, 10 bytes out, 12 kB in',
  ]);
  assert.ok(!draw(effectsOf([made('a')]), { action: WRITE }).some((line) => line.includes('network')), 'writing a file starts nothing');
});

test('how the rehearsal ended, what it hit and the end of what it said are there, and how much more it said', () => {
  const rehearsal: Rehearsal = { exit: null, signal: 'SIGKILL', limits: ['memory'], duration: 61_000, output: Array.from({ length: 30 }, (_, at) => `line ${at}\n`).join('') };
  const lines = draw(effectsOf([]), { rehearsal });
  assert.equal(lines[1], `! rehearsed: ended by SIGKILL, it took too much memory, 1 min 1 s, the last 20 of 30 lines of output (all: pwb show ${ID} --all)`);
  assert.deepEqual(lines.slice(2, 22), Array.from({ length: 20 }, (_, at) => `  | line ${at + 10}`));
  assert.equal(draw(effectsOf([]), { rehearsal }, { many: Infinity }).filter((line) => line.startsWith('  | line')).length, 30);
  assert.equal(draw(effectsOf([]), { rehearsal: { exit: 0, signal: '', limits: [], duration: 5, output: '\n' } })[1], 'rehearsed: exit 0, 5 ms, no output');
});

test('a yes says where it goes and how far that can be taken back', () => {
  const words = (effects: Effects, profile = 'step', action: Action = RUN, rules: readonly string[] = []): string => landingWords({ action, effects, rules }, ID, profile);
  assert.equal(words(effectsOf([made('a')])), `lands in the workspace · undo: fully, by pwb undo ${ID} · profile step`);
  assert.match(words(effectsOf([made('a')], { undo: 'partly', limits: ['hard link: a …', 'another owner: b …', 'hard link: c …'] }), 'draft'), /^goes to the draft · undo: partly, .*: hard link, another owner\) · profile draft$/);
  assert.match(words(effectsOf([made('a')]), 'draft', { kind: 'commit', workspace: ID, root: '/w', draft: ID, paths: [], hunks: [] }), /^lands in the workspace/);
  assert.match(words(effectsOf([made('a')], { undo: 'not' })), /undo: not/);
  assert.match(words(effectsOf([])), /nothing to undo/);
  const network = [{ method: 'GET', host: 'a.example', port: 80, path: '/', status: 200, sent: 1, received: 1, verdict: 'allowed', why: '' }] as const;
  assert.match(words(effectsOf([made('a')], { network })), /undo: all of its changes, by pwb undo [a-z]+; what was sent to hosts stays sent/);
  assert.match(words(effectsOf([], { network })), /nothing to undo; what was sent to hosts stays sent/);
  assert.match(words(effectsOf([made('a')], { network: network.map((one) => ({ ...one, verdict: 'refused' })) })), /undo: fully, by pwb undo [a-z]+ ·/);
});

test('a yes to a rehearsal is told from a yes to the real thing', () => {
  const told = (rules: readonly string[], action: Run = RUN): string => [...draw(UNKNOWN_EFFECTS, { rules, action }), landingWords({ action, effects: UNKNOWN_EFFECTS, rules }, ID, 'strict')].join('\n');
  assert.match(told(['rehearse.strict']), /runs in a copy of the workspace[^]*No network[^]*\nrehearses it; what it did is shown before anything lands/);
  assert.match(told(['run.unrehearsed']), /may change any file in the workspace[^]*\nit is done in the workspace itself · undo: not/);
  assert.match(told(['rehearse.hosts'], { ...RUN, hosts: ['a.example:443'] }), /It may reach a\.example:443, and what it sends there can't be taken back/);
});

const HOSTILE = ['line\n  deleted all (file)', 'esc\u001b[2J\u001b[1;1H', 'bidi\u202etxt.exe', 'zero\u200bwidth', 'c1\u009b31m', 'cr\r  effects: none', 'рaypal.txt', `pad${' '.repeat(500)}end`, 'a" (file, 0 bytes) "', 'x → y', '\u2028separate', 'tab\tbed', 'colon:', ' ', '"', '\\'];
// oxlint-disable-next-line no-control-regex
const HIDING = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

/** The name at every place where one can be. */
function withName(name: string): string[] {
  const changes = [made(name), made('l', { type: 'link', target: name }), changed(`${name}/b`), { change: 'renamed', path: 'f', to: name, type: 'file', before: digest('d') } as const, gone(name)];
  const one = JSON.stringify(name).slice(1, -1);
  const effects = effectsOf(changes, {
    diffs: [{ path: name, unified: '', note: 'binary' }, { path: `${name}/b`, unified: `@@ -1 +1 @@\n-${one}\n+${name.replaceAll('\n', '')}\n` }, { path: 'g', unified: '', note: 'too-large' }],
    limits: [`hard link: ${name} has other names`], unlandable: [{ path: name, why: `it is ${name}` }], conflicts: [{ path: name, why: 'type', base: null, now: null, wanted: null }],
    network: [{ method: name, host: name, port: 1, path: name, status: 200, sent: 1, received: 1, verdict: 'refused', why: name }],
    summary: [{ folder: name, created: 1, changed: 1, deleted: 1, renamed: 1, bytes: 1 }, { folder: '.', created: 1, changed: 0, deleted: 0, renamed: 0, bytes: 1 }],
  });
  const rehearsal = { exit: 1, signal: name, limits: [], duration: 1, output: `said ${name.replaceAll('\n', '')}` };
  return (['folders', Infinity] as const).flatMap((many) => draw(effects, { rehearsal, action: { ...RUN, hosts: [name] } }, { many }));
}

test('no name, target, host or reason can add a line, hide, or run into the words around it', () => {
  const harmless = withName('name').length;
  for (const name of HOSTILE) {
    const lines = withName(name);
    assert.equal(lines.length, harmless, JSON.stringify(name));
    for (const line of lines) {
      assert.doesNotMatch(line, HIDING, JSON.stringify(name));
      assert.ok(!line.includes('\t') || /^ {2}[-+|]/.test(line), 'a tab is kept in text of files and programs only');
      assert.doesNotMatch(line, /^\s*(deleted all|effects: none)/);
      assert.ok(line.length < 500 || name.length < 400, 'padding does not push anything out of sight');
    }
  }
  assert.ok(withName('a" (file, 0 bytes) "').includes('  created "a\\" (file, 0 bytes) \\"" (file, 7 bytes, 0644)'));
});

const MANY = 10_000;
const install = [changed('package.json'), changed('src/deep/x.ts'), ...Array.from({ length: MANY }, (_, at) => made(`node_modules/${at % 3 === 0 ? 'big' : `p${at % 2}`}/lib/f${at}.js`))];
const installed = effectsOf(install, {
  summary: [
    { folder: '.', created: 0, changed: 1, deleted: 0, renamed: 0, bytes: 7 }, { folder: 'node_modules/big', created: 3334, changed: 0, deleted: 0, renamed: 0, bytes: 4e6 }, { folder: 'node_modules/p0', created: 3333, changed: 0, deleted: 0, renamed: 0, bytes: 1 },
    { folder: 'node_modules/p1', created: 3333, changed: 0, deleted: 0, renamed: 0, bytes: 1 }, { folder: 'src/deep', created: 0, changed: 1, deleted: 0, renamed: 0, bytes: 7 },
  ],
  diffs: install.slice(0, 5000).map(({ path }) => ({ path, unified: '@@ -0,0 +1 @@\n+x\n' })),
  limits: Array.from({ length: 500 }, (_, at) => `hard link: f${at}`), unlandable: Array.from({ length: 500 }, (_, at) => ({ path: `s${at}`, why: 'it is a socket' })),
});

test('ten thousand changes are told by folder, the biggest first, with all numbers and where the rest is', () => {
  const lines = draw(installed);
  assert.deepEqual(lines.slice(0, 10), [
    '10,000 created, 2 changed; +5,000 −0 lines, by folder',
    '  ./ 10,000 created, 2 changed, 4.0 MB', '    changed package.json (file, 7 bytes, 0644)', '    node_modules/ 10,000 created, 4.0 MB',
    '      big/ 3,334 created, 4.0 MB', '      p0/ 3,333 created, 1 byte', '      p1/ 3,333 created, 1 byte', '    src/deep/ 1 changed, 7 bytes', '      changed src/deep/x.ts (file, 7 bytes, 0644)',
    `all 10,002 changes one by one: pwb show ${ID} --all`,
  ]);
  assert.ok(lines.includes('diff of package.json: +1 −0') && lines.includes('diff of src/deep/x.ts: +1 −0'), 'what is named has its diff');
  assert.ok(lines.includes(`diffs of 4,998 more files, not drawn here: pwb show ${ID} --all`));
  assert.equal(lines.filter((line) => line.includes('480 more')).length, 2);
  assert.ok(lines.length < 100);
});

test('a file that has no diff is not counted among the diffs that are not drawn', () => {
  const lines = draw({ ...installed, diffs: installed.diffs.map((diff, at) => (at < 2000 ? diff : { ...diff, unified: '', note: at % 2 === 0 ? 'binary' : 'too-large' })) });
  assert.match(lines[0] ?? '', /\+2,000 −0 lines, 3,000 files have no diff/);
  assert.ok(lines.includes(`diffs of 1,998 more files, not drawn here: pwb show ${ID} --all`));
});

test('a folder that the summary does not open is told by its biggest folders, and how many more there are', () => {
  const changes = Array.from({ length: 40 * 41 / 2 }, (_, at) => made(`node_modules/p${Math.floor((Math.sqrt(8 * at + 1) - 1) / 2)}/lib/f${at}.js`));
  const lines = draw(effectsOf(changes, { summary: [{ folder: 'node_modules', created: changes.length, changed: 0, deleted: 0, renamed: 0, bytes: 7 * changes.length }] }));
  assert.deepEqual(lines.slice(1, 8), [
    '  node_modules/ 820 created, 5,740 bytes', '    p39/ 40 created, 280 bytes', '    p38/ 39 created, 273 bytes', '    p37/ 38 created, 266 bytes', '    p36/ 37 created, 259 bytes', '    p35/ 36 created, 252 bytes',
    '    and 35 more folders: 630 created, 4,410 bytes',
  ]);
});

test('asked for all, each is there; a most is kept, and what lies beyond is told by its number', () => {
  const all = draw(installed, {}, { many: Infinity });
  assert.equal(all.filter((line) => line.startsWith('  created node_modules/')).length, MANY);
  assert.equal(all.filter((line) => line.startsWith('diff of ')).length, 5000);
  assert.ok(!all.some((line) => line.includes('not drawn here')));
  const some = draw(installed, {}, { many: 600 });
  assert.ok(some.includes(`  9,402 more changes, not drawn here: pwb show ${ID} --all`));
  assert.equal(draw(installed, {}, { id: null }).filter((line) => line.startsWith('  created node_modules/')).length, MANY, 'what is on no record yet is here whole');
});

test('one diff can be asked for by its path; a path that is not changed has none', () => {
  assert.equal(diffOfPath(installed, 'package.json', ID)?.part.heading, 'diff of package.json: +1 −0');
  assert.equal(diffOfPath(installed, 'node_modules/big/lib/f9999.js', ID)?.part.heading, 'node_modules/big/lib/f9999.js has no diff');
  assert.equal(diffOfPath(installed, 'package', ID), null);
});

test('sizes are exact while they are small', () => {
  assert.deepEqual([0, 1, 9999, 10_000, 999_499, 999_999, 1_500_000, 5e12].map(sizeWords), ['0 bytes', '1 byte', '9,999 bytes', '10 kB', '999 kB', '1.0 MB', '1.5 MB', '5.0 TB']);
});
