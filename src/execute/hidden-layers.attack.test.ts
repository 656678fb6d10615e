// In a view of a draft over the workspace nothing secret may be seen, whichever layer has it, and whenever it came.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { makeStage, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';
import { findInLayers } from './hidden-layers.ts';
import { findMarks, foundOf } from './hidden-walk.ts';
import { HIDDEN_GLOBS } from './hidden.ts';
import { planRehearsal, prepareView, rehearseRun, type View } from './rehearse.ts';
import { sightOf } from './sandbox-sight.ts';

const skip = await noRehearsal();
let stage: Stage;
let layers: string[];
before(async () => {
  stage = await makeStage();
});
after(() => stage.end());
beforeEach(() => {
  layers = [];
  stage.real('chmod -R u+rwX .; find . -mindepth 1 -delete');
});

const view = (): View => ({ ...stage.view, lower: layers });

/** What a run over the draft says; nothing is hidden from it when `hide` is empty. */
async function play(line: string, hide: readonly string[], keep = false): Promise<string> {
  const spec = stage.world.spec(['/bin/sh', '-c', line], { hide });
  const prepared = await prepareView(view());
  const plan = await planRehearsal(spec, prepared, stage.world.containment);
  const { result, upper, discard } = await rehearseRun(spec, plan, view(), stage.world.containment, { signal: new AbortController().signal, prepared });
  if (keep) {
    const layer = join(stage.world.outside, `layer-${readdirSync(stage.world.outside).length}`);
    renameSync(upper, layer);
    layers = [layer, ...layers];
  }
  await discard();
  return Buffer.from(result.output).toString('utf8');
}

/** What is found in the layers, after a check that it is what a walk through the view finds. */
async function found(): Promise<readonly string[]> {
  const prepared = await prepareView(view());
  try {
    const sight = sightOf(stage.view.root, prepared.sides.merged);
    assert.ok(sight.layers !== undefined);
    const fast = await findInLayers(sight, sight.layers, HIDDEN_GLOBS);
    const { met } = await findMarks(sight.at, HIDDEN_GLOBS);
    const slow = await foundOf(met, sight.at, async (path) => sight.resolve(path));
    for (const part of ['files', 'folders', 'doors', 'repositories'] as const) assert.deepEqual(fast[part].toSorted(), slow[part].toSorted(), part);
    return [...fast.files, ...fast.folders, ...fast.doors, ...fast.repositories].map((path) => path.slice(sight.at.length + 1)).toSorted();
  } finally {
    await prepared.discard();
  }
}

test('what is found in the layers is what is in their view, however the draft changed the tree', { skip }, async () => {
  stage.real(`mkdir -p a/b gone/deep swap kind/.ssh conf repo/.git plain; echo s > a/b/.env; echo s > a/b/k.pem; echo s > gone/deep/.env; echo s > swap/.env
    echo s > kind/.ssh/id_rsa; echo s > conf/prod; ln -s prod conf/.env; mkfifo plain/pipe; echo x > plain/x`);
  assert.deepEqual(await found(), ['a/b/.env', 'a/b/k.pem', 'conf/prod', 'gone/deep/.env', 'kind/.ssh', 'plain/pipe', 'repo/.git', 'swap/.env']);
  await play('rm -r gone; mkdir gone; rm -r swap; ln -s a/b swap; rm -r kind/.ssh; echo file > kind/.ssh; rm a/b/k.pem; echo n > a/b/new.key; rm conf/.env; ln -s other conf/.env; echo o > conf/other', [], true);
  assert.deepEqual(await found(), ['a/b/.env', 'a/b/new.key', 'conf/other', 'plain/pipe', 'repo/.git']);
  await play('mkdir -p gone/deep plain/.aws; echo again > gone/deep/.env; rm -r a; echo > a; mv conf/other conf/now; mkdir swap2; mkdir swap2/.git', [], true);
  assert.deepEqual(await found(), ['gone/deep/.env', 'plain/.aws', 'plain/pipe', 'repo/.git', 'swap2/.git']);
});

test('a secret that is made in the real workspace later is hidden, also in a folder that the draft changed', { skip }, async () => {
  stage.real('mkdir a b; echo 1 > a/1; echo 1 > b/1');
  await play('echo draft > a/2; echo draft > b/2', HIDDEN_GLOBS, true);
  await play('true', HIDDEN_GLOBS);
  writeFileSync(join(stage.view.root, 'a/.env'), 'canary');
  mkdirSync(join(stage.view.root, 'b/.ssh'));
  writeFileSync(join(stage.view.root, 'b/.ssh/id'), 'canary');
  const said = await play('cat a/2; cat a/.env b/.ssh/id', HIDDEN_GLOBS);
  assert.match(said, /^draft\n/);
  assert.doesNotMatch(said, /canary/);
});

test('a secret among packages is hidden in whichever layer it is', { skip }, async () => {
  stage.real('mkdir -p node_modules/a target; echo canary > node_modules/a/.env; echo canary > target/.env; echo shown > node_modules/a/k.pem');
  await play('mkdir -p node_modules/b .next; echo canary > node_modules/b/.env; echo canary > .next/.env; echo more > node_modules/a/l.pem', HIDDEN_GLOBS, true);
  assert.deepEqual(await found(), ['.next/.env', 'node_modules/a/.env', 'node_modules/b/.env', 'target/.env']);
  assert.equal(await play('cat node_modules/*/.env target/.env .next/.env node_modules/a/*.pem 2>/dev/null', HIDDEN_GLOBS), 'shown\nmore\n');
});

test('a folder of ours that is closed can not be opened by a run to see what is secret in it', { skip: skip || (process.getuid?.() === 0 && 'root is kept out of no folder') }, async () => {
  stage.real('mkdir -p shut/deep blind; echo canary > shut/.env; echo canary > shut/deep/.env; echo canary > blind/.env; mkdir blind/deep; echo canary > blind/deep/.env; mkdir later; echo canary > later/.env');
  for (const [path, mode] of [['shut', 0], ['blind', 0o400]] as const) chmodSync(join(stage.view.root, path), mode);
  const line = 'chmod -R u+rwx shut blind later; cat shut/.env shut/deep/.env blind/.env blind/deep/.env later/.env';
  assert.doesNotMatch(await play(line, HIDDEN_GLOBS), /canary/);
  const layer = join(stage.world.outside, 'layer-that-closes');
  mkdirSync(join(layer, 'later'), { recursive: true });
  chmodSync(join(layer, 'later'), 0);
  layers = [layer];
  try {
    assert.doesNotMatch(await play(line, HIDDEN_GLOBS), /canary/);
  } finally {
    chmodSync(join(layer, 'later'), 0o700);
    for (const path of ['shut', 'blind']) chmodSync(join(stage.view.root, path), 0o700);
  }
});
