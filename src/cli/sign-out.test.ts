// pwb sign-out, from outside, beside a server that runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { launch, PROGRAM } from '../../vectors/cli/pwb.ts';
import { openTestHouse } from '../../vectors/house/house.ts';
import { openStream, signIn } from '../../vectors/server/client.ts';
import { serve } from '../server/serve.ts';

test('browsers that are signed in are listed, and one is ended at once, by a process of its own', async () => {
  await using house = await openTestHouse({ turns: [] });
  const served = await serve(house.bench, { port: 0 });
  const pwb = (...args: string[]): ReturnType<typeof launch>['ended'] => launch([...PROGRAM, ...args], { env: house.env, cwd: house.folder }).ended;
  try {
    assert.equal((await pwb('sign-out')).stdout, 'No browser is signed in.\n');
    const { client } = await signIn(await served.link());
    const stream = await openStream(served.port, '/api/events', client.headers);
    const [browser] = (await pwb('sign-out', '--json')).json<{ id: string }[]>();
    assert.equal((await pwb('sign-out', '0000000000')).code, 1);
    assert.equal((await pwb('sign-out', browser?.id ?? '')).stdout, `Signed out ${browser?.id ?? ''}.\n`);
    assert.equal((await client.ask('GET', '/api/health')).status, 401);
    await stream.ended;
  } finally {
    await served.close();
  }
});
