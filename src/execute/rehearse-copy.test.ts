import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { makeStage, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';

interface Wanted {
  readonly effects?: readonly string[];
  readonly limits?: readonly string[];
  readonly undo?: string;
}

interface Vector extends Wanted {
  readonly name: string;
  readonly before?: string;
  readonly run: string;
  readonly count?: number;
  readonly prints?: string;
  readonly unlandable?: readonly string[];
  readonly never?: string;
  /** Where a copy tells otherwise than a layered view. */
  readonly copy?: Wanted;
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
  test(`rehearsed in a copy: ${vector.name}`, { skip }, async () => {
    stage.real(`chmod -R u+rwX . ; find . -mindepth 1 -delete; chmod 755 .; ${vector.before ?? ''}`);
    const was = stage.picture();
    const { effects, lines, text, discard } = await stage.inCopy(vector.run);
    const wanted: Wanted = { ...vector, ...vector.copy };
    assert.equal(stage.picture(), was, 'the real workspace is as it was');
    if (wanted.effects !== undefined) assert.deepEqual(lines, wanted.effects, text);
    if (vector.count !== undefined) assert.equal(lines.length, vector.count);
    if (vector.prints !== undefined) assert.match(text, new RegExp(vector.prints));
    if (vector.never !== undefined) assert.doesNotMatch(text + JSON.stringify(effects), new RegExp(vector.never));
    assert.deepEqual((effects.limits ?? []).map((words) => words.split(':')[0]), wanted.limits ?? []);
    assert.deepEqual((effects.unlandable ?? []).map(({ path }) => path).toSorted(), vector.unlandable ?? []);
    assert.equal(effects.undo, wanted.undo ?? 'fully');
    await discard();
  });
}
