// A file of rules, checked and tried on what is on record: what it is refused for, what each rule says, and that
// nothing comes of it.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, ROOT } from '../../vectors/cli/pwb.ts';
import { openTestHouse } from '../../vectors/house/house.ts';
import { checkFile, tryFile, type Tried } from './policy-file.ts';

const PERMIT = `@id("mine.notes") @reason("Notes can be written again.") @matches("write paths=notes/a.md") @differs("write paths=b.md; egress paths=notes/a.md")
permit (principal, action == Action::"write", resource) when { context.paths.contains("notes/a.md") };
`;
const FORBID = `@id("mine.never") @reason("A model writes nothing here.") @matches("write by=model") @differs("write by=person; read")
forbid (principal == Proposer::"model", action == Action::"write", resource);
`;
const BREAKS = `@id("mine.breaks") @reason("This one can not be computed.") @matches("read newLinks=1") @differs("read")
forbid (principal, action, resource) when { context.paths.contains("notes/a.md") && 9223372036854775807 + context.newLinks + 1 > 0 || context.newLinks > 0 };
`;
const shown = ({ stages }: Tried, stage: string): string => stages.filter((one) => one.stage === stage).map(({ verdict, rules }) => `${verdict} ${rules.join(' ')}`).join();

test("a file of rules is tried on a past action: what they would have decided stands beside what was decided, and nothing comes of it", async () => {
  await using house = await openTestHouse({ turns: [{ calls: [{ name: 'write', arguments: { path: 'notes/a.md', content: 'x\n' } }] }] });
  const { rest } = await house.ask('write a note');
  const id = rest.state === 'waiting' ? (rest.pending[0] ?? '') : assert.fail(rest.state);
  await house.bench.log.settle();
  const before = { size: house.bench.log.size(), rows: house.bench.log.store.db.prepare('SELECT * FROM actions').all() };
  const tried = await tryFile(house.bench, 'mine.cedar', PERMIT, id);
  assert.equal(tried.profile, 'step');
  assert.deepEqual(tried.decided.at(-1), { stage: 'land', verdict: 'ask', rules: ['write.workspace'], profile: 'step' });
  assert.equal(shown(tried, 'land'), 'allow mine.notes');
  assert.equal(tried.stages.at(-1)?.reason, 'Notes can be written again.');

  const both = await tryFile(house.bench, 'mine.cedar', PERMIT + FORBID, id);
  assert.equal(shown(both, 'rehearse'), 'deny mine.never');
  const own = both.stages[0]?.each.filter(({ origin }) => origin === 'file');
  assert.deepEqual(own?.map((one) => [one.id, one.line, one.holds]), [['mine.notes', 1, true], ['mine.never', 3, true]], 'a permit is not hidden by a forbid');
  assert.deepEqual(both.decided.map(({ stage }) => stage), ['rehearse', 'land'], 'what was decided is told also of a stage that the rules would not come to');

  const broken = await tryFile(house.bench, 'mine.cedar', PERMIT + BREAKS, id);
  assert.deepEqual(broken.stages.map(({ verdict, rules }) => [verdict, ...rules]), [['deny', 'mine.breaks']]);
  assert.match(broken.stages[0]?.each.find((one) => one.id === 'mine.breaks')?.trouble ?? '', /overflow/);

  assert.equal(shown(await tryFile(house.bench, 'mine.cedar', PERMIT, id, 'strict'), 'land'), 'allow mine.notes', 'the person permits, over silence');
  const sealed = await tryFile(house.bench, 'mine.cedar', PERMIT, id, 'sealed');
  assert.equal(shown(sealed, 'land'), house.bench.world().means(house.folder) === 'view' ? 'allow draft.keeps mine.notes' : 'deny sealed.landing');
  await house.bench.log.settle();
  assert.deepEqual({ size: house.bench.log.size(), rows: house.bench.log.store.db.prepare('SELECT * FROM actions').all() }, before);
  assert.equal(existsSync(join(house.folder, 'notes/a.md')), false);
});

test('a file takes no id of a built-in rule, of whichever profile', async () => {
  for (const id of ['read.workspace', 'draft.keeps', 'sealed.landing']) await assert.rejects(checkFile('mine.cedar', PERMIT.replace('mine.notes', id)), { code: 'policy.double' });
  assert.deepEqual(await checkFile('empty.cedar', '// nothing yet\n'), []);
});

test('pwb policy check lists the rules of a file, or says what is wrong, in which line and what to do', async () => {
  const [, example = ''] = /## Rules in a file[^]*?```\n([^]*?)```/.exec(readFileSync(join(ROOT, 'docs/policy.md'), 'utf8')) ?? [];
  await using desk = openDesk({ 'a.txt': 'alpha\n', 'mine.cedar': example, 'wrong.cedar': `${PERMIT}\n${FORBID.replace('A model writes nothing here.', ' ')}`, 'odd.cedar': PERMIT.replace('Notes', '\u202ENotes') });
  const good = await desk.pwb(['policy', 'check', 'mine.cedar']);
  assert.equal(good.code, 0, good.stderr);
  assert.match(good.stdout, /^mine\.build {2}goes without asking {2}line 1\n {2}What the build makes can be made again\.\n {2}matches: write kind=run .*\n {2}differs: .*\n1 rule, nothing wrong/);
  const listed = (await desk.call(['policy', 'check', 'mine.cedar', '--json'])).json<{ rules: readonly { id: string; verdict: string; matches: string }[] }>();
  assert.deepEqual(listed.rules.map(({ id, verdict }) => [id, verdict]), [['mine.build', 'allow']]);
  const wrong = await desk.call(['policy', 'check', 'wrong.cedar']);
  assert.deepEqual([wrong.code, wrong.stdout], [1, '']);
  assert.match(wrong.stderr, /wrong\.cedar:4: mine\.never has no @reason[^]*→ .*say in a sentence why/);
  assert.equal((await desk.call(['policy', 'check', 'odd.cedar'])).stdout.includes('\u202E'), false, 'a letter that turns text round is drawn');
  writeFileSync(join(desk.folder, 'binary'), Buffer.from([0x2f, 0x2f, 0xff, 0xfe]));
  assert.match((await desk.call(['policy', 'check', 'binary'])).stderr, /policy\.file/);
});

test('pwb policy try says, rule by rule, what a file would have decided about an action of this log', async () => {
  await using desk = openDesk({ 'a.txt': 'alpha\n', 'mine.cedar': PERMIT + FORBID });
  await desk.pwb(['run', '--', 'true']);
  const [action] = (await desk.call(['log', '--type', 'action.proposed', '--json'])).stdout.matchAll(/"action":"(\w+)"/g);
  const id = action?.[1] ?? assert.fail('no action');
  const { code, stdout, stderr } = await desk.call(['policy', 'try', 'mine.cedar', id, '--profile', 'strict']);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^Over the profile strict and your rules that hold\. Nothing was changed\.\nto try it: would be ask {2}silence; it was \w+ [^]*mine\.notes {2}doesn't speak of it {2}line 1/);
  const { stages } = (await desk.call(['policy', 'try', 'mine.cedar', id, '--json'])).json<Tried>();
  assert.equal(stages[0]?.stage, 'rehearse');
});
