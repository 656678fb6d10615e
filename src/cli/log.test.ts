// The log by the command line: heard from another process, verified, tampered with, exported, erased.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { filesWith, launch, openDesk, VERIFIER, type Desk } from '../../vectors/cli/pwb.ts';
import { startScripted } from '../../vectors/dialects/scripted.ts';
import type { LogEvent } from '../model/event.ts';

interface Report {
  readonly ok: boolean;
  readonly size: number;
  readonly problems: readonly { readonly code: string; readonly seq?: number }[];
}

/** A desk with a few events. */
async function openUsedDesk(): Promise<Desk> {
  const desk = openDesk();
  await desk.call(['workspace', 'add', desk.folder]);
  await desk.call(['models', 'add', 'http://127.0.0.1:9', '--name', 'one']);
  await desk.call(['models', 'remove', 'one']);
  return desk;
}

/** As somebody would who has the file and knows SQLite: its triggers are no obstacle. */
function tamper(desk: Desk, sql: string): void {
  const db = new DatabaseSync(join(desk.state, 'state.db'));
  const triggers = db.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'`).all();
  for (const { name } of triggers) db.exec(`DROP TRIGGER ${String(name)}`);
  db.exec(sql);
  for (const trigger of triggers) db.exec(String(trigger['sql']));
  db.close();
}

const lines = (text: string): LogEvent[] => text.split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as LogEvent);

test('log --follow --json prints one event a line, hears other processes, and ends well at Ctrl-C', async () => {
  await using desk = await openUsedDesk();
  const follower = desk.start(['log', '--follow', '--json']);
  await follower.heard(/"type":"workspace\.added"/);
  const folder = join(desk.base, 'second');
  mkdirSync(folder);
  await desk.call(['workspace', 'add', folder]);
  await follower.heard(/"type":"workspace\.added"[^]*"type":"workspace\.added"/);
  follower.child.kill('SIGINT');
  const { code, stdout } = await follower.ended;
  assert.equal(code, 0);
  const events = lines(stdout);
  assert.deepEqual(events.map(({ seq }) => seq), events.map((_, at) => at), 'in order, without gap or repetition');
  assert.deepEqual((await desk.call(['log', '--json'])).json<LogEvent[]>(), events);
});

test('a reader that goes away (log | head) is no fault', async () => {
  await using desk = await openUsedDesk();
  const follower = desk.start(['log', '--follow', '--json']);
  await follower.heard(/log\.opened/);
  follower.child.stdout?.destroy();
  const folder = join(desk.base, 'second');
  mkdirSync(folder);
  await desk.call(['workspace', 'add', folder]);
  const { code, stderr } = await follower.ended;
  assert.deepEqual([code, stderr], [0, '']);
});

test('log verify holds, and finds an event that was changed in the middle', async () => {
  await using desk = await openUsedDesk();
  const good = await desk.pwb(['log', 'verify', '--json']);
  assert.deepEqual([good.code, good.json<Report>().ok, good.json<Report>().problems], [0, true, []]);
  tamper(desk, `UPDATE events SET leaf = replace(leaf, '"door":"cli"', '"door":"http"') WHERE seq = 1`);
  const bad = await desk.pwb(['log', 'verify', '--json']);
  assert.equal(bad.code, 1);
  assert.ok(bad.json<Report>().problems.some(({ code, seq }) => code === 'event.changed' && seq === 1), bad.stdout);
});

test('a log with a changed end runs nothing any more, and log verify still says what is wrong with it', async () => {
  await using desk = await openUsedDesk();
  tamper(desk, `UPDATE events SET leaf = replace(leaf, '"door":"cli"', '"door":"http"') WHERE seq = (SELECT max(seq) FROM events)`);
  const refused = await desk.pwb(['inbox']);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^log\.broken: .*\n {2}→ .*pwb log verify/);
  const report = await desk.pwb(['log', 'verify', '--json']);
  assert.equal(report.code, 1);
  assert.ok(report.json<Report>().problems.some(({ code }) => code === 'event.changed'));
  assert.match((await desk.pwb(['log', 'verify'])).stdout, /^event\.changed .*event 3/m);
  const { ok, checks } = (await desk.call(['doctor', '--json'])).json<{ ok: boolean; checks: { status: string }[] }>();
  assert.deepEqual([ok, checks.some(({ status }) => status === 'fail')], [false, true]);
});

test('log verify --against an earlier head proves that nothing was rewritten or rolled back since', async () => {
  await using desk = await openUsedDesk();
  const head = (await desk.pwb(['log', 'verify'])).stdout.split('\n').slice(1).join('\n').trimEnd();
  const file = join(desk.base, 'head');
  writeFileSync(file, `${head}\n`);
  const copy = readFileSync(join(desk.state, 'state.db'));
  await desk.call(['workspace', 'remove', desk.folder]);
  assert.equal((await desk.pwb(['log', 'verify', '--against', file])).code, 0);

  const later = (await desk.pwb(['log', 'verify'])).stdout.split('\n').slice(1).join('\n').trimEnd();
  writeFileSync(file, `${later}\n`);
  for (const name of ['state.db-wal', 'state.db-shm']) rmSync(join(desk.state, name), { force: true });
  writeFileSync(join(desk.state, 'state.db'), copy);
  const rolledBack = await desk.pwb(['log', 'verify', '--json', '--against', file]);
  assert.deepEqual([rolledBack.code, rolledBack.json<Report>().problems.map(({ code }) => code)], [1, ['against.rolled-back']]);
});

/** Node 20 or 22, where the machine has one beside ours. */
const older = (process.env['PATH'] ?? '')
  .split(delimiter)
  .concat('/usr/local/bin', '/usr/bin')
  .map((folder) => join(folder, 'node'))
  .find((node) => existsSync(node) && /^v(20|22)\./.test(execFileSync(node, ['--version'], { encoding: 'utf8' })));

test('log export is checked by the stand-alone verifier, also on the oldest supported Node, and a changed byte is found', async (t) => {
  await using desk = await openUsedDesk();
  const bundle = join(desk.base, 'bundle');
  const exported = await desk.pwb(['log', 'export', bundle]);
  assert.equal(exported.code, 0);
  const key = (await desk.call(['log', 'key'])).stdout.trim();
  assert.ok(exported.stdout.includes(key));
  const nodes = [process.execPath];
  if (older === undefined || VERIFIER.endsWith('.ts')) t.diagnostic('checked on Node 24 only: no Node 20 or 22 here, or the verifier is not built');
  else nodes.push(older);
  const check = async (node: string): Promise<number | null> => (await launch([node, VERIFIER, bundle, '--key', key], { env: { PATH: process.env['PATH'] } }).ended).code;
  for (const node of nodes) assert.equal(await check(node), 0, node);
  const again = await desk.pwb(['log', 'export', bundle]);
  assert.deepEqual([again.code, again.stderr.startsWith('export.not-empty')], [1, true]);
  const events = readdirSync(bundle, { recursive: true, encoding: 'utf8' }).find((name) => /events/.test(name) && statSync(join(bundle, name)).isFile()) ?? '';
  writeFileSync(join(bundle, events), readFileSync(join(bundle, events), 'utf8').replace('"door":"cli"', '"door":"http"'));
  for (const node of nodes) assert.equal(await check(node), 1, node);
});

test('log erase takes the bytes away, everywhere, while the log still verifies and says so', async () => {
  const secret = 'the-words-that-must-go';
  const model = await startScripted({ dialect: 'generic', turns: [{ text: `I heard ${secret}.` }] });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    await desk.pwb(['ask', `remember ${secret}`]);
    const events = (await desk.call(['log', '--json', '--limit', '1000'])).json<LogEvent[]>();
    const digests = events.flatMap(({ payloads }) => Object.values(payloads).map(({ digest }) => digest));
    const erased = await desk.pwb(['log', 'erase', ...digests, '--why', 'a test', '--json']);
    assert.deepEqual([erased.code, erased.json<{ state: string }>().state], [0, 'finished']);
    assert.deepEqual(filesWith(desk, secret), []);
    const verified = await desk.pwb(['log', 'verify', '--json']);
    assert.deepEqual([verified.code, verified.json<{ erased: number }>().erased], [0, new Set(digests).size]);
    assert.equal((await desk.call(['log', '--json'])).json<LogEvent[]>().at(-1)?.body.type, 'payload.erased');
    assert.equal((await desk.call(['sessions'])).code, 0);
    assert.equal((await desk.call(['log', 'erase', '0'.repeat(64), '--why', 'x'])).code, 1);
  } finally {
    await model.close();
  }
});
