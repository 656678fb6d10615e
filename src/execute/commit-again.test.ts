// What has landed is no difference any more, to the last digit of its times: a draft that is looked at again after a
// crash between landing it and clearing it away must be seen to hold nothing new.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import { makeStage, noRehearsal } from '../../vectors/rehearse/stage.ts';
import { newId } from '../model/id.ts';
import { land } from './commit.ts';
import { readEffects } from './rehearse.ts';

test('a rehearsal that landed has no effect over the workspace that it landed in', { skip: await noRehearsal() }, async (t) => {
  const stage = await makeStage();
  t.after(() => stage.end());
  const { root, outside } = stage.world;
  stage.real('mkdir d; echo m > d/mode; echo t > d/time; echo c > d/content; ln -s mode d/link; echo g > d/gone');
  const { effects, upper, started } = await stage.sh('cd d; chmod 600 mode; touch -d 2020-01-01T00:00:00.123456789 time; echo C > content; touch -hd 2020-01-01T00:00:00.987654321 link; rm gone; mkdir new; echo n > new/n; touch -d 2020-01-01T00:00:00.111111111 new/n new');
  assert.equal(effects.changes.length, 7, JSON.stringify(effects.changes));
  const ended = await land({ id: newId(), root, source: upper, changes: effects.changes, started }, { journal: join(outside, 'journal'), undo: join(outside, 'undo') });
  assert.ok('touched' in ended, JSON.stringify(ended));
  assert.deepEqual((await readEffects(stage.view, upper)).changes, []);
});
