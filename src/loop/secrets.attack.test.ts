// Where a secret could come to lie: a model's key and the secrets of a workspace are looked for in every byte that the
// house writes, prints, sends or exports, and every file's mode is looked at.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk } from '../../vectors/cli/pwb.ts';
import { startScripted, type Turn } from '../../vectors/dialects/scripted.ts';

const hasSandbox = existsSync('/usr/bin/bwrap');

/** Every file below, with its bytes; fails when one could be read by others. What runs see as /etc lies behind a closed door. */
function privateFiles(folder: string, isEtc = false): readonly [string, Buffer][] {
  if (!isEtc) assert.equal(lstatSync(folder).mode & 0o777, 0o700, folder);
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry): readonly [string, Buffer][] => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return privateFiles(path, isEtc || /\/sandbox\/etc-\w+$/.test(path));
    if (!entry.isFile()) return [];
    const mode = lstatSync(path).mode & 0o777;
    if (!isEtc) assert.equal(mode & 0o177, 0, path);
    return mode === 0 ? [] : [[path, readFileSync(path)]];
  });
}

/** As it is, or in base64, as an export has it: there are three ways in which it may lie. */
function holds(bytes: Buffer, word: string): boolean {
  const encoded = [0, 1, 2].map((shift) => Buffer.from('x'.repeat(shift) + word).toString('base64').slice(shift === 0 ? 0 : 4, -8));
  return [word, ...encoded].some((spelling) => bytes.includes(spelling));
}

test("a model's key, also one that a server says back, and the secrets of a workspace are in no file, output, request or export of the house", async () => {
  const key = `sk-${randomBytes(16).toString('hex')}`;
  const secret = `secret${randomBytes(16).toString('hex')}`;
  const told = `told${randomBytes(16).toString('hex')}`;
  const inside = `inside${randomBytes(16).toString('hex')}`;
  const files = { 'a.txt': 'alpha\n', '.env': `TOKEN=${secret}\n`, 'sub/.env.local': `TOKEN=${secret}\n`, 'id_rsa': secret, 'conf/secrets.json': `{"x":"${secret}"}` };
  const calls = [
    { name: 'read', arguments: { path: '.env' } },
    { name: 'edit', arguments: { path: '.env', old: 'TOKENX', new: 'y' } },
    { name: 'list', arguments: { path: '.', depth: 3 } },
    { name: 'search', arguments: { pattern: 'secret|TOKEN', glob: '.env' } },
    { name: 'search', arguments: { pattern: 'secret', path: 'conf' } },
    { name: 'run', arguments: { command: 'cat .env sub/.env.local id_rsa conf/*; grep -r secret .; env; cat /proc/*/environ /proc/*/cmdline' } },
  ];
  const echoes = (status: number): Turn => ({ answer: { status, headers: { 'content-type': 'application/json' }, body: [JSON.stringify({ error: { message: `wrong key ${key}`, authorization: `Bearer ${key}` } })] } });
  await using desk = openDesk(files, { PWB_MODEL_KEY: key, AWS_SECRET_ACCESS_KEY: inside, NODE_EXTRA_SECRET: inside });
  const scripted = await startScripted({ dialect: 'llamacpp', turns: [echoes(401), echoes(500), { calls }, { text: 'ok' }] });
  const said: string[] = [];
  const pwb = async (...args: string[]): Promise<string> => {
    const { stdout, stderr } = await desk.pwb(args, { env: { PWB_MODEL_URL: scripted.url } });
    said.push(stdout, stderr);
    return stdout;
  };
  try {
    await pwb('ask', told);
    await pwb('ask', 'two', '--json');
    const { pending } = JSON.parse(await pwb('ask', 'three', '--json')) as { pending: { id: string }[] };
    for (const { id } of pending) await pwb('deny', id, '--why', 'no');
    if (hasSandbox) await pwb('run', '--read-only', '--', 'sh', '-c', 'env; cat .env');
    await pwb('log', '--json');
    await pwb('doctor');
    const copy = join(desk.base, 'export');
    await pwb('log', 'export', copy);
    const written = [...privateFiles(desk.state), ...privateFiles(copy)];
    assert.ok(written.some(([path]) => path.endsWith('state.db')) && written.some(([path]) => path.endsWith('payloads.jsonl')));
    const where = (word: string): string[] => written.filter(([, bytes]) => holds(bytes, word)).map(([path]) => path);
    assert.ok(where(told).some((path) => path.includes('/state.db')) && where(told).some((path) => path.endsWith('payloads.jsonl')), 'what is there is found');
    for (const word of [key, secret, inside]) {
      assert.deepEqual(where(word), [], `${word.slice(0, 6)}… was written`);
      assert.ok(!said.some((text) => text.includes(word)), `${word.slice(0, 6)}… was printed`);
      assert.ok(!scripted.requests.some((request) => request.includes(word)), `${word.slice(0, 6)}… was sent`);
    }
    assert.ok(scripted.requests.length >= 3);
  } finally {
    await scripted.close();
  }
});

test("a credential of the server is known to the store by its hash only", async () => {
  await using desk = openDesk();
  const served = desk.start(['start', '--port', '0', '--no-open']);
  const [, code = ''] = await served.heard(/#(\S+)/);
  const token = readFileSync(join(desk.state, 'credential'), 'utf8').trim();
  served.child.kill('SIGTERM');
  await served.ended;
  assert.ok(code.length > 40 && token.length > 40);
  for (const [path, bytes] of privateFiles(desk.state)) {
    assert.ok(!bytes.includes(code.slice(-43)), `the link's code lies in ${path}`);
    assert.ok(path.endsWith('/credential') || !bytes.includes(token.slice(-43)), `the credential lies in ${path}`);
  }
});
