// Attacks on copies, and what people do to a workspace while it is copied or a command runs on the copy.
import assert from 'node:assert/strict';
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { lineOf, makeStage, mountPoints, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';
import { newId } from '../model/id.ts';
import { land, undo } from './commit.ts';
import { prepareView, readEffects, rehearsalEngine } from './rehearse.ts';
import { rehearseInCopy, toUpper } from './rehearse-copy.ts';
import { walkTree } from './rehearse-copy-tree.ts';
import { hearRefusals } from './rehearse-heard.ts';

const skip = await noRehearsal();
const noGit = skip || (existsSync('/usr/bin/git') ? false : 'no git');
let stage: Stage;
let mounts: readonly string[];
before(async () => {
  stage = await makeStage();
  mounts = mountPoints();
});
after(() => stage.end());
beforeEach(() => stage.real('chmod -R u+rwX .; find . -mindepth 1 -delete'));
afterEach(() => {
  assert.deepEqual(mountPoints(), mounts, 'nothing is left mounted');
  assert.deepEqual(readdirSync(stage.view.folder), [], 'nothing is left in the folder for views');
});

test('a workspace that is too large is refused with its size before anything is copied', { skip }, async () => {
  stage.real('mkdir d; for i in 1 2 3 4 5; do echo $i > d/$i; done; head -c 3000000 /dev/zero | tr "\\\\0" x > large; truncate -s 90G holes');
  await assert.rejects(stage.inCopy('true', {}, { most: { bytes: 1e9, files: 4 } }), { code: 'rehearsal.large', message: /more than 4 files/ });
  await assert.rejects(stage.inCopy('true', {}, { most: { bytes: 2_000_000, files: 100 } }), { code: 'rehearsal.large', message: /more than 2 MiB: 3 MiB in its first/ });
  const { source, discard, lines } = await stage.inCopy('true');
  assert.deepEqual([statSync(join(source, 'holes')).size, lines], [90 * 1024 ** 3, []]);
  assert.ok(statSync(join(source, 'holes')).blocks < 1000, 'holes are no content');
  await discard();
  await assert.rejects(stage.inCopy('true', {}, { folder: join(stage.world.root, 'views') }), { code: 'rehearsal.inside' });
});

test('a folder that is swapped for a link while it is copied leads to nothing outside', { skip }, async () => {
  const { root, outside } = stage.world;
  stage.real('mkdir -p a/b c; echo x > a/b/x; echo y > c/y');
  mkdirSync(join(outside, 'far/b'), { recursive: true });
  writeFileSync(join(outside, 'far/b/canary'), 'canary');
  const seen: string[] = [];
  await walkTree(root, {
    entry({ path }) {
      seen.push(path);
      // Once its parent has been listed, before it is entered itself.
      if (path === 'a/b' || path === 'c') {
        renameSync(join(root, path), join(outside, `was-${path.replace('/', '-')}`));
        symlinkSync(path === 'c' ? join(outside, 'far') : join(outside, 'far/b'), join(root, path));
      }
      return true;
    },
  });
  assert.deepEqual(seen.toSorted(), ['a', 'a/b', 'c']);
});

test('what somebody edits while a command runs is no effect of it, and where both did it is said and no landing overwrites it', { skip }, async () => {
  const { root } = stage.world;
  stage.real('echo old > both; echo old > theirs; echo old > ours; mkdir d; echo x > d/x');
  // A change just before counts as one during it, since the system's clock has ticks.
  await wait(25);
  const edit = (): void => {
    for (const name of ['both', 'theirs', 'd/new']) writeFileSync(join(root, name), 'edited');
  };
  const spec = stage.world.spec(['/bin/sh', '-c', 'echo ready; echo new > both; echo new > ours; rm -r d; sleep 0.2']);
  const { effects, source, started, discard } = await rehearseInCopy(spec, stage.world.containment, { folder: stage.view.folder }, { signal: new AbortController().signal, onOutput: edit });
  assert.deepEqual(effects.changes.map(lineOf), ['changed file both 644', 'deleted folder d', 'deleted file d/x', 'changed file ours 644']);
  assert.deepEqual(effects.limits?.map((words) => words.slice(0, 22)), ['edited meanwhile: both']);
  const places = { journal: join(stage.world.outside, 'journal'), undo: join(stage.world.outside, 'undo') };
  const ended = await land({ id: newId(), root, source, changes: effects.changes, started }, places);
  assert.ok('conflicts' in ended);
  assert.deepEqual(ended.conflicts.map(({ path }) => path).toSorted(), ['both', 'd']);
  assert.equal(readFileSync(join(root, 'both'), 'utf8'), 'edited');
  await discard();
});

test('two names of one file, changed in a copy, both land and both go back', { skip }, async () => {
  const { root, outside } = stage.world;
  stage.real('echo old > a; ln a b; touch -d 2001-01-01 a');
  await wait(25);
  const was = stage.picture();
  const { effects, source, started, discard, lines } = await stage.inCopy('echo new > a');
  assert.deepEqual(lines, ['changed file a 644', 'changed file b 644']);
  const places = { journal: join(outside, 'journal'), undo: join(outside, 'undo') };
  const id = newId();
  assert.ok('touched' in (await land({ id, root, source, changes: effects.changes, started }, places)));
  assert.equal(readFileSync(join(root, 'b'), 'utf8'), 'new\n');
  assert.ok('touched' in (await undo(id, places)));
  assert.equal(stage.picture(), was);
  await discard();
});

test('names that are no text and special files are left alone, and named when the command did something to them', { skip }, async () => {
  stage.real('bad=$(printf "\\\\377d"); mkdir -p "$bad/in"; echo x > "$bad/in/x"; mkfifo pipe; echo x > "$(printf "\\\\376")"');
  const idle = await stage.inCopy('find . | wc -l; cat pipe');
  assert.deepEqual([idle.lines, idle.effects.unlandable, idle.text], [[], undefined, '6\n']);
  const busy = await stage.inCopy('echo y > "$(printf "\\\\377d")/in/x"; rm pipe "$(printf "\\\\376")"');
  assert.deepEqual(busy.effects.unlandable?.map(({ path }) => path).toSorted(), ['\\xfe', '\\xffd', 'pipe']);
  assert.deepEqual(busy.lines, []);
  for (const one of [idle, busy]) await one.discard();
});

test("what this user can't read is said, stays as it is, and never lands as gone", { skip: skip || (process.getuid?.() === 0 && 'root reads all') }, async () => {
  stage.real('echo x > shut; chmod 000 shut; mkdir -p p/dark p/listed; echo y > p/dark/y; chmod 000 p/dark; echo z > p/listed/z; chmod 400 p/listed');
  const idle = await stage.inCopy('echo n > n');
  assert.deepEqual([idle.lines, idle.effects.unlandable], [['created file n 644'], undefined]);
  assert.deepEqual(idle.effects.limits?.map((words) => words.split(' ').slice(0, 2).join(' ')).toSorted(), ['unreadable: p/dark', 'unreadable: p/listed', 'unreadable: shut']);
  const busy = await stage.inCopy('rm -f shut; mv p q');
  assert.deepEqual(busy.effects.unlandable?.map(({ path }) => path).toSorted(), ['p/dark', 'p/listed', 'shut']);
  for (const one of [idle, busy]) await one.discard();
});

test('a cancel while the copy is made leaves nothing', { skip }, async () => {
  stage.real('i=0; while [ $i -lt 300 ]; do : > $i; i=$((i+1)); done');
  const cancel = new AbortController();
  const spec = stage.world.spec(['true']);
  const copied = rehearseInCopy(spec, stage.world.containment, { folder: stage.view.folder }, { signal: cancel.signal });
  cancel.abort(new Error('enough'));
  await assert.rejects(copied, /enough/);
});

test('a folder of a repository is renamed in a copy, and taken into the draft from there', { skip: noGit }, async () => {
  stage.real('git init -q .; git config user.name n; git config user.email n@n; mkdir -p src/in; echo a > src/a; echo b > src/in/b; git add .; git commit -qm one');
  const git = { git: 'write' } as const;
  const first = await stage.sh('echo more > drafted', git);
  const layer = join(stage.world.outside, 'layer');
  renameSync(first.upper, layer);
  await first.discard();
  const view = { ...stage.view, lower: [layer] };
  const prepared = await prepareView(view);
  const copied = await stage.inCopy('git mv src lib && cat drafted && git status --short', git, { draft: prepared });
  assert.equal(copied.text, 'more\nR  src/a -> lib/a\nR  src/in/b -> lib/in/b\n?? drafted\n');
  assert.deepEqual(copied.lines.filter((line) => !line.includes('.git')), ['created folder lib 755', 'created folder lib/in 755', 'deleted folder src', 'renamed file src/a to lib/a', 'deleted folder src/in', 'renamed file src/in/b to lib/in/b']);
  assert.equal(copied.effects.limits, undefined);
  await toUpper(copied.effects.changes, copied.source, prepared);
  await copied.discard();
  const upper = join(stage.world.outside, 'layer-2');
  renameSync(prepared.upper, upper);
  await prepared.discard();
  assert.deepEqual((await readEffects(view, upper)).changes, copied.effects.changes);
  const said = await stage.sh('git mv src lib', git);
  assert.match(said.effects.limits?.join() ?? '', /^folder rename/);
  await said.discard();
});

test("a large repository's index that only learned the copy's own times is no effect", { skip: noGit }, async () => {
  stage.real('git init -q .; echo x > a; git add a; i=0; o=$(git rev-parse :a); while [ $i -lt 12000 ]; do printf "100644 $o\\t%090d\\n" $i; i=$((i+1)); done | git update-index --index-info');
  assert.ok(statSync(join(stage.world.root, '.git/index')).size > 1024 * 1024);
  const { lines, text, discard } = await stage.inCopy('cp .git/index /tmp/was; touch -d 2001-01-01 a; touch -r a b; rm b; git update-index -q --refresh; cmp .git/index /tmp/was', { git: 'write' });
  assert.match(text, /differ/);
  assert.deepEqual(lines, ['changed file a 644 times']);
  await discard();
});

test('what is taken into a draft is what was judged, or nothing is', { skip }, async () => {
  stage.real('mkdir d; echo x > d/x; ln -s d l');
  const { effects, source, discard } = await stage.inCopy('rm l; mkdir l; echo y > l/y; echo z > d/x; chmod 500 d');
  const prepared = await prepareView(stage.view);
  const [change] = effects.changes;
  assert.ok(change !== undefined);
  writeFileSync(join(source, 'l/y'), 'swapped');
  await assert.rejects(toUpper(effects.changes, source, prepared), { code: 'rehearsal.replay' });
  await prepared.discard();
  const again = await prepareView(stage.view);
  // The workspace changes under the view: what was a folder leads outside now.
  stage.real('mv d e; ln -s /tmp d');
  await assert.rejects(toUpper(effects.changes, source, again), { code: 'rehearsal.replay' });
  await again.discard();
  await discard();
  assert.equal(lstatSync('/tmp/x', { throwIfNoEntry: false }), undefined);
});

test('what can be had is said: a view here, nothing in a folder that holds our state', { skip }, async () => {
  assert.deepEqual(await rehearsalEngine(stage.world.root, stage.view.folder), { engine: 'overlay' });
  const inside = await rehearsalEngine(stage.world.root, join(stage.world.root, 'views'));
  assert.ok(inside.engine === 'none' && inside.fix !== undefined);
});

test('a refusal of the view is heard in pieces, by number, and where much else is said', () => {
  const limits = (...chunks: readonly string[]): readonly string[] => {
    const heard = hearRefusals();
    for (const chunk of chunks) heard.hear(Buffer.from(chunk));
    return heard.limits().map((words) => words.split(':')[0] ?? '');
  };
  assert.deepEqual(limits('x'.repeat(100_000), 'Invalid cross-', 'device link', 'y'.repeat(100_000)), ['folder rename']);
  assert.deepEqual(limits('(os error 18)', 'OSError: [Errno 75] x'), ['folder rename', 'another owner']);
  assert.deepEqual(limits('error 1', '8 errors; os error 180'), []);
});
