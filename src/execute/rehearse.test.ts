import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeStage, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';

interface Vector {
  readonly name: string;
  readonly before?: string;
  readonly run: string;
  readonly effects?: readonly string[];
  readonly count?: number;
  readonly prints?: string;
  readonly limits?: readonly string[];
  readonly unlandable?: readonly string[];
  readonly undo?: string;
  readonly never?: string;
}

const skip = await noRehearsal();
const vectors = JSON.parse(readFileSync(join(import.meta.dirname, '../../vectors/rehearse/effects.json'), 'utf8')) as readonly Vector[];
let stage: Stage;
let mask: number;
before(async () => {
  mask = process.umask(0o022);
  stage = await makeStage();
});
after(async () => {
  await stage.end();
  process.umask(mask);
});

for (const vector of vectors) {
  test(`rehearsed: ${vector.name}`, { skip }, async () => {
    stage.real(`chmod -R u+rwX . ; find . -mindepth 1 -delete; chmod 755 .; ${vector.before ?? ''}`);
    const was = stage.picture();
    const { effects, lines, text, discard } = await stage.sh(vector.run);
    assert.equal(stage.picture(), was, 'the real workspace is as it was');
    if (vector.effects !== undefined) assert.deepEqual(lines, vector.effects, text);
    if (vector.count !== undefined) assert.equal(lines.length, vector.count);
    if (vector.prints !== undefined) assert.match(text, new RegExp(vector.prints));
    if (vector.never !== undefined) assert.doesNotMatch(text + JSON.stringify(effects), new RegExp(vector.never));
    assert.deepEqual((effects.limits ?? []).map((words) => words.split(':')[0]), vector.limits ?? []);
    assert.deepEqual((effects.unlandable ?? []).map(({ path }) => path).toSorted(), vector.unlandable ?? []);
    assert.equal(effects.undo, vector.undo ?? 'fully');
    assert.equal(effects.certainty, 'known');
    await discard();
  });
}
