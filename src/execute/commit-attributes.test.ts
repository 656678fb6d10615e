// Access lists, extended attributes and capabilities: kept where a file is replaced or undone, named where they aren't,
// and never a way for a group to get rights. Looked at from outside, by getfacl(1) and getfattr(1) or what stands for them.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeStage, noRehearsal, type Copied, type Played, type Stage } from '../../vectors/rehearse/stage.ts';
import { newId } from '../model/id.ts';
import { land, undo } from './commit.ts';
import { attributesOf, NO_ATTRIBUTES, type Attributes } from './effects-attributes.ts';

/** `u::rw, u:1000:rw, g::---, m::rw, o::---`, as the kernel keeps it (acl(5)). */
const LIST = '0200000001000600ffffffff02000600e803000004000000ffffffff10000600ffffffff20000000ffffffff';
/** The same for this user, whom a sandbox knows too. */
const OWN = LIST.replace('e8030000', Buffer.from(Uint32Array.of(process.getuid?.() ?? 0).buffer).toString('hex'));
/** For where there is no setfattr(1). */
const SET = 'import os, sys; os.setxattr(sys.argv[1], sys.argv[2], bytes.fromhex(sys.argv[3]))';
let stage: Stage;
let skip: string | false = await noRehearsal();

function set(path: string, name: string, hex: string): boolean {
  const at = join(stage.world.root, path);
  return [['setfattr', '-n', name, '-v', `0x${hex}`, at], ['python3', '-c', SET, at, name, hex]].some(([program = '', ...words]) => spawnSync(program, words, { stdio: 'ignore' }).status === 0);
}

async function has(path: string): Promise<Attributes> {
  return (await attributesOf(stage.world.root, [path]))?.get(path) ?? NO_ATTRIBUTES;
}

function modeOf(path: string): string {
  return (lstatSync(join(stage.world.root, path)).mode & 0o777).toString(8);
}

async function landed(played: Played | Copied): Promise<{ readonly undo: () => Promise<unknown> }> {
  const { effects, started } = played;
  const source = 'source' in played ? played.source : played.upper;
  const places = { journal: join(stage.world.outside, 'journal'), undo: join(stage.world.outside, 'undo') };
  const id = newId();
  const ended = await land({ id, root: stage.world.root, source, changes: effects.changes, started }, places);
  assert.ok(!('conflicts' in ended), JSON.stringify(ended));
  return { undo: () => undo(id, places) };
}

before(async () => {
  if (skip !== false) return;
  stage = await makeStage();
  stage.real('echo a > probe');
  if (!set('probe', 'user.probe', '61') || !set('probe', 'system.posix_acl_access', LIST)) skip = 'nothing here sets access lists and attributes: no setfattr or python3, or the file system has none';
  else if ((await has('probe')).access === '') skip = 'no tar here that reads access lists';
});
after(() => (stage as Stage | undefined)?.end());

for (const how of ['sh', 'inCopy'] as const) {
  test(`a file with an access list and attributes keeps both when its content is replaced and when that is undone (${how})`, async (t) => {
    if (skip !== false) return t.skip(skip);
    stage.real(`rm -rf ./*; echo a > acl.txt; head -c 3000000 /dev/zero > large; chmod 640 acl.txt large; echo p > plain`);
    for (const path of ['acl.txt', 'large']) assert.ok(set(path, 'user.note', '6869') && set(path, 'system.posix_acl_access', LIST));
    const was = await has('acl.txt');
    // What is set within a tick of the kernel's clock before it begins counts as set meanwhile.
    await new Promise((resume) => setTimeout(resume, 30));
    const played = await stage[how]('echo b >> acl.txt; echo b >> large; echo b >> plain');
    assert.deepEqual([played.effects.limits, played.effects.unlandable, played.effects.undo], [undefined, undefined, 'fully']);
    const { undo: back } = await landed(played);
    assert.equal(readFileSync(join(stage.world.root, 'acl.txt'), 'utf8'), 'a\nb\n');
    for (const path of ['acl.txt', 'large']) assert.deepEqual([await has(path), modeOf(path)], [was, '660']);
    assert.deepEqual(await has('plain'), NO_ATTRIBUTES);
    await back();
    for (const path of ['acl.txt', 'large']) assert.deepEqual([await has(path), modeOf(path)], [was, '660']);
  });
}

test('a new mode of a file with an access list is its mask, and gives its group nothing', async (t) => {
  if (skip !== false) return t.skip(skip);
  stage.real('rm -rf ./*; echo a > f');
  assert.ok(set('f', 'system.posix_acl_access', LIST));
  await landed(await stage.sh('echo b > f; chmod 640 f'));
  const { access } = await has('f');
  assert.equal(modeOf('f'), '640');
  assert.equal(Buffer.from(access, 'latin1').toString('hex').slice(40, 48), '04000000', 'the group itself has no rights');
});

test('what a command does to lists and attributes alone is named, and a list that would become rights of a group does not land', async (t) => {
  if (skip !== false) return t.skip(skip);
  stage.real('rm -rf ./*; echo a > given; echo a > note; echo a > noted; echo a > listed; chmod 600 listed');
  assert.ok(set('note', 'user.note', '6869') && set('given', 'system.posix_acl_access', OWN));
  const { effects, lines } = await stage.sh('cp --attributes-only --preserve=xattr note noted; cp --attributes-only --preserve=mode given listed');
  assert.deepEqual(lines, ['changed file listed 660 mode']);
  assert.match((effects.limits ?? []).join(), /^attributes: noted keeps those/);
  assert.deepEqual((effects.unlandable ?? []).map(({ path }) => path), ['listed']);
});

test('capabilities are named and never land on what was written', async (t) => {
  if (skip !== false) return t.skip(skip);
  stage.real('rm -rf ./*; echo a > tool');
  // CAP_NET_RAW, permitted and effective (capabilities(7)).
  if (!set('tool', 'security.capability', '0100000200200000000000000000000000000000')) return t.skip('this user can not give capabilities');
  const played = await stage.sh('echo b >> tool');
  assert.deepEqual(played.effects.limits, ['attributes: tool loses its capabilities, as a file does that is written to']);
  assert.equal(played.effects.undo, 'partly');
  await landed(played);
  assert.equal((await has('tool')).capability, '');
});

test('what is new in a folder that hands a list on has it, and says so', async (t) => {
  if (skip !== false) return t.skip(skip);
  stage.real('rm -rf ./*; mkdir in; echo a > in/old');
  assert.ok(set('in', 'system.posix_acl_default', LIST));
  const played = await stage.sh('umask 0; echo b > in/new; mkdir in/sub; echo b >> in/old');
  assert.deepEqual((played.effects.limits ?? []).map((words) => words.split(' ').slice(0, 3).join(' ')), ['access list: in/new', 'access list: in/sub']);
  await landed(played);
  assert.notEqual((await has('in/new')).access, '');
  assert.ok((await has('in/sub')).access !== '' || (lstatSync(join(stage.world.root, 'in/sub')).mode & 0o070) === 0);
  assert.deepEqual(await has('in/old'), NO_ATTRIBUTES);
});
