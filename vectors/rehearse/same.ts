// One case of the property: the same script in a real folder, and rehearsed and landed in another that started alike.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { land, undo } from '../../src/execute/commit.ts';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import { newId } from '../../src/model/id.ts';
import { makeTree, SCRIPT, shapeOf, START } from './random.ts';
import type { Stage } from './stage.ts';

/** @param runs how many random cases. Throws with the smallest that fails. */
export async function playAll(stage: Stage, runs: number): Promise<void> {
  const places = { journal: join(stage.world.outside, 'journal'), undo: join(stage.world.outside, 'undo') };
  const real = join(stage.world.outside, 'real');
  await fc.assert(
    fc.asyncProperty(START, SCRIPT, async (start, script) => {
      await removeTree(real);
      mkdirSync(real);
      stage.real('chmod -R u+rwX .; find . -mindepth 1 -delete');
      for (const folder of [real, stage.world.root]) makeTree(folder, start);
      const line = `umask 022\n${script.join('\n')}\nexit 0`;
      execFileSync('/bin/sh', ['-c', line], { cwd: real, stdio: 'ignore', env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' } });
      const before = shapeOf(stage.world.root);
      const { effects, upper, started, discard, text } = await stage.sh(line);
      assert.deepEqual(shapeOf(stage.world.root), before);
      assert.deepEqual([effects.unlandable, effects.limits], [undefined, undefined], text);
      const id = newId();
      const ended = await land({ id, root: stage.world.root, source: upper, changes: effects.changes, started }, places);
      assert.ok('touched' in ended, JSON.stringify(ended));
      // A change of times and nothing else is told, and it is the commit's choice not to land it.
      const ageless = new Set(effects.changes.flatMap((change) => ('only' in change && change.only === 'times' ? [change.path] : [])));
      assert.deepEqual(shapeOf(stage.world.root, '', ageless), shapeOf(real, '', ageless), JSON.stringify(effects.changes));
      await discard();
      if (effects.changes.length === 0) return;
      const undone = await undo(id, places);
      assert.ok('touched' in undone, JSON.stringify(undone));
      assert.deepEqual(shapeOf(stage.world.root), before);
    }),
    { numRuns: runs },
  );
}
