// Rehearsals over a draft: what was accepted before is below, the real workspace still lower.
import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { lineOf, makeStage, noRehearsal, type Played, type Stage } from '../../vectors/rehearse/stage.ts';
import { planRehearsal, prepareView, readEffects, rehearseRun, type View } from './rehearse.ts';
import type { SandboxSpec } from './sandbox.ts';

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

/** Rehearses over the draft so far. */
async function step(line: string, more: Partial<SandboxSpec> = {}): Promise<Pick<Played, 'text' | 'lines' | 'effects' | 'upper' | 'discard'>> {
  const spec = stage.world.spec(['/bin/sh', '-c', line], more);
  const prepared = await prepareView(view());
  const plan = await planRehearsal(spec, prepared, stage.world.containment).catch(async (error: unknown) => {
    await prepared.discard();
    throw error;
  });
  const rehearsed = await rehearseRun(spec, plan, view(), stage.world.containment, { signal: new AbortController().signal, prepared });
  return { ...rehearsed, text: Buffer.from(rehearsed.result.output).toString('utf8'), lines: rehearsed.effects.changes.map(lineOf) };
}

/** Rehearses, and puts what came of it on top of the draft. */
async function accept(line: string): Promise<readonly string[]> {
  const { upper, lines, discard } = await step(line);
  const layer = join(stage.world.outside, `layer-${readdirSync(stage.world.outside).length}`);
  renameSync(upper, layer);
  layers = [layer, ...layers];
  await discard();
  return lines;
}

test('a later action sees what was accepted, and its effects are its own', { skip }, async () => {
  stage.real('echo real > a; mkdir d; echo 1 > d/1; echo 2 > d/2');
  const was = stage.picture();
  assert.deepEqual(await accept('echo draft > a; mkdir n; echo x > n/x'), ['changed file a 644', 'created folder n 755', 'created file n/x 644']);
  assert.deepEqual(await accept('rm d/1 n/x; echo y > n/y'), ['deleted file d/1', 'deleted file n/x', 'created file n/y 644']);
  const { text, lines, discard } = await step('cat a; ls d n; echo 22 > d/2; echo again > d/1');
  assert.equal(text, 'draft\nd:\n2\n\nn:\ny\n');
  assert.deepEqual(lines, ['created file d/1 644', 'changed file d/2 644']);
  await discard();
  assert.equal(stage.picture(), was);
});

test('a folder that was replaced in a draft hides the real one from all that comes later', { skip }, async () => {
  stage.real('mkdir -p d/e; echo 1 > d/1; echo 2 > d/e/2');
  assert.deepEqual(await accept('rm -r d; mkdir -p d/e; echo 3 > d/e/3'), ['deleted file d/1', 'deleted file d/e/2', 'created file d/e/3 644']);
  const { text, lines, discard } = await step('find d -type f; rm -r d; mkdir d; echo 4 > d/4');
  assert.equal(text, 'd/e/3\n');
  assert.deepEqual(lines, ['created file d/4 644', 'deleted folder d/e', 'deleted file d/e/3']);
  await discard();
});

test('what was accepted reads the same afterwards', { skip }, async () => {
  stage.real('mkdir -p d/e; echo 1 > d/1; echo 2 > d/e/2; ln -s 1 d/l');
  const over = view();
  const first = await accept('rm -r d; mkdir d; echo 3 > d/3; touch -d 2001-01-01 d/3');
  const [upper = ''] = layers;
  assert.deepEqual((await readEffects(over, upper)).changes.map(lineOf), first);
  const second = await accept('mv d/3 d/4; chmod 700 d; echo x > d/l');
  assert.deepEqual((await readEffects({ ...over, lower: layers.slice(1) }, layers[0] ?? '')).changes.map(lineOf), second);
});

test('a folder of the draft can be where a run starts', { skip }, async () => {
  await accept('mkdir -p made/here; ln -s made/here way; ln -s /etc out');
  for (const cwd of ['made/here', 'way']) {
    const { text, discard } = await step('pwd -P; echo x > f', { cwd });
    assert.equal(text, `${stage.world.root}/made/here\n`);
    await discard();
  }
  await assert.rejects(step('pwd', { cwd: 'out' }), { code: 'sandbox.cwd' });
  await assert.rejects(step('pwd', { cwd: 'nowhere' }), { code: 'sandbox.cwd' });
});

test('secrets and repositories that only the draft holds are out of reach, also by a link', { skip }, async () => {
  stage.real('mkdir conf; echo plain > conf/prod');
  const told = await accept('echo canary > .env; ln -s prod conf/.env; mkdir conf/.git; echo x > conf/.git/config');
  assert.equal(told.length, 4);
  const { text, lines, discard } = await step('cat .env conf/.env conf/prod; echo y > conf/.git/config; rm -rf .env');
  assert.doesNotMatch(text, /canary|plain/);
  assert.deepEqual(lines, []);
  await discard();
});

test('a secret that the draft removed needs no hiding, and hiding makes no file', { skip }, async () => {
  stage.real('mkdir k; echo canary > k/.env; echo x > k/x');
  const layer = join(stage.world.outside, 'layer-by-hand');
  mkdirSync(layer);
  layers = [layer];
  const { text, lines, discard } = await step('ls -A k; cat k/.env', { hide: ['.env'] });
  assert.doesNotMatch(text, /canary/);
  assert.deepEqual(lines, []);
  await discard();
  layers = [];
  const { upper, discard: drop } = await step('rm -r k', { hide: [] });
  renameSync(upper, join(stage.world.outside, 'layer-without'));
  await drop();
  layers = [join(stage.world.outside, 'layer-without')];
  const later = await step('ls -A');
  assert.deepEqual([later.text, later.lines], ['', []]);
  await later.discard();
});

test('a plan that was made without looking at the draft is refused when the draft makes it another', { skip }, async () => {
  await accept('echo canary > .env');
  await assert.rejects(stage.sh('cat .env', {}, {}, view()), { code: 'sandbox.drifted' });
  assert.deepEqual(readdirSync(stage.view.folder), []);
});

test('a draft of very many layers is refused in words, not cut', { skip }, async () => {
  const many = Array.from({ length: 250 }, () => stage.world.outside);
  await assert.rejects(prepareView({ ...stage.view, lower: many }), { code: 'overlay.layers' });
  assert.deepEqual(readdirSync(stage.view.folder), []);
});

test('a draft of a hundred layers under odd names shows every one of them', { skip }, async () => {
  const odd = join(stage.world.outside, `a:b,c\\d ${'x'.repeat(100)}`);
  layers = Array.from({ length: 100 }, (_, index) => join(odd, String(index)));
  for (const layer of layers) mkdirSync(join(layer, layer.split('/').at(-1) ?? ''), { recursive: true });
  const { text, discard } = await step('ls | wc -l; echo x > 0/x');
  assert.equal(text, '100\n');
  await discard();
});
