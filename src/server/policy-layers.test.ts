// Rules in files over HTTP: seen with all that is wrong, and a workspace's trusted by the digest of what was seen.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openTestHouse, type TestHouse } from '../../vectors/house/house.ts';
import { signIn, type Client } from '../../vectors/server/client.ts';
import { codeOf } from '../../vectors/server/raw.ts';
import { serve, type Served } from './serve.ts';

const THEIRS = `@id("theirs.asks") @verdict("ask") @reason("Look at each command here.")\n@matches("exec kind=run") @differs("read kind=run")\nforbid (principal, action == Action::"exec", resource) when { context.kind == "run" };\n`;

interface Seen {
  readonly holds: boolean;
  readonly rules: readonly { readonly id: string }[];
  readonly problems: readonly { readonly line: number | null; readonly code: string }[];
  readonly workspaces: readonly { readonly state: string; readonly digest: string; readonly rules: readonly { readonly id: string }[]; readonly offered: readonly { readonly id: string }[] }[];
}

let house: TestHouse;
let served: Served;
let client: Client;

before(async () => {
  house = await openTestHouse({ turns: [] });
  served = await serve(house.bench, { port: 0 });
  ({ client } = await signIn(await served.link()));
});
after(async () => {
  await served.close();
  await house[Symbol.asyncDispose]();
});

test('rules of a workspace are seen before they hold, and hold in the words that were seen', async () => {
  const look = (): Promise<Seen> => client.get<Seen>('/api/policy/layers');
  assert.deepEqual((await look()).workspaces, []);
  const folder = join(house.folder, '.proworkbench/rules');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'w.cedar'), THEIRS);
  const [seen] = (await look()).workspaces;
  assert.deepEqual([seen?.state, seen?.rules.length, seen?.offered.map(({ id }) => id)], ['untrusted', 0, ['theirs.asks']]);
  writeFileSync(join(folder, 'w.cedar'), THEIRS.replace('exec', 'exec'.toUpperCase()));
  const path = `/api/workspaces/${house.workspace.id}/rules`;
  assert.equal(codeOf(await client.ask('POST', path, { digest: seen?.digest })), 'policy.trust-changed');
  writeFileSync(join(folder, 'w.cedar'), THEIRS);
  await client.post(path, { digest: seen?.digest });
  assert.deepEqual((await look()).workspaces.map(({ state, rules }) => [state, rules.map(({ id }) => id)]), [['trusted', ['theirs.asks']]]);
  writeFileSync(join(folder, 'w.cedar'), `// another word\n${THEIRS}`);
  assert.deepEqual((({ state, files, problems }) => ({ state, files, problems }))(await client.get<{ readonly state: string; readonly files: readonly object[]; readonly problems: readonly object[] }>(path)), {
    state: 'changed', files: [{ file: '.proworkbench/rules/w.cedar', trusted: THEIRS, now: `// another word\n${THEIRS}` }], problems: [],
  });
  assert.equal((await client.ask('DELETE', path)).status, 200);
  assert.equal(codeOf(await client.ask('DELETE', path)), 'policy.not-trusted');
});

test('what is wrong with a file is all seen', async () => {
  const folder = join(house.bench.home.config, 'rules');
  mkdirSync(folder);
  writeFileSync(join(folder, 'a.cedar'), `${THEIRS}\npermit this;\nforbid that;\n`);
  const { holds, problems } = await client.get<Seen>('/api/policy/layers');
  assert.deepEqual([holds, problems.map(({ line, code }) => `${line} ${code}`)], [false, ['5 policy.syntax', '6 policy.syntax']]);
  writeFileSync(join(folder, 'a.cedar'), THEIRS);
  const now = await client.get<Seen>('/api/policy/layers');
  assert.deepEqual([now.holds, now.rules.map(({ id }) => id)], [true, ['theirs.asks']]);
});
