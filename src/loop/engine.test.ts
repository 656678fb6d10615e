import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noEngine, startRealEngine } from '../../vectors/engine/serve.ts';
import { openTestHouse } from '../../vectors/house/house.ts';
import { pendingActions } from '../approvals/actions.ts';
import { deny, openSession } from './desk.ts';
import { advance, say } from './turn.ts';

test('real inference over the real protocol goes the whole path: tokens are noise, calls are valid, the record holds', { skip: noEngine }, async () => {
  const engine = await startRealEngine();
  try {
    await using house = await openTestHouse({ turns: [] });
    const { bench, workspace } = house;
    const session = openSession(bench, workspace, engine.url, 'noise', 'cli', true);
    let rest = await say(bench, session, 'do something', house.watch(), true);
    // Whatever the noise proposes: what waits is denied, and the model is asked again with the denial.
    for (let round = 0; rest.state === 'waiting' && round < 5; round++) {
      for (const { id } of pendingActions(bench.log.store.db)) await deny(bench, id, 'noise', { door: 'cli', credential: 'test' });
      rest = await advance(bench, session, house.watch());
    }
    assert.ok(['answered', 'repeats', 'waiting'].includes(rest.state), JSON.stringify(rest));
    const types = house.types();
    assert.ok(types.filter((type) => type === 'model.answered').length >= 1);
    const proposed = house.events().flatMap(({ body }) => (body.type === 'action.proposed' && body.by === 'model' ? [body] : []));
    assert.ok(house.events().some(({ body }) => body.type === 'model.answered' && body.calls > 0), 'the grammar makes the first answer a call');
    for (const { action } of proposed) {
      assert.deepEqual(house.events().filter(({ body }) => body.type === 'action.ended' && body.action === action).length, 1);
    }
    const usage = house.events().find(({ body }) => body.type === 'model.answered')?.body;
    assert.ok(usage?.type === 'model.answered' && (usage.promptTokens ?? 0) > 100 && (usage.outputTokens ?? 0) > 0);
    assert.equal((await bench.log.verify()).ok, true);
  } finally {
    await engine.close();
  }
});
