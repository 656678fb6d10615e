// One's own rule files at the command line, from outside: what holds is listed with its place, what is broken denies and is
// told whole, and what a workspace brings holds once it is trusted.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openDesk, type Desk } from '../../vectors/cli/pwb.ts';

const sandboxed = existsSync('/usr/bin/bwrap') ? {} : { skip: 'no bubblewrap here: what runs a command is not tested' };
const MINE = `// Mine.\n@id("mine.no-make") @reason("Nothing is to be made here.")\n@matches("exec kind=run program=make") @differs("exec kind=run program=true")\nforbid (principal, action, resource) when { context.program == "make" };\n`;
const THEIRS = `@id("theirs.asks") @verdict("ask") @reason("Look at each command here.")\n@matches("exec kind=run") @differs("read kind=run")\nforbid (principal, action == Action::"exec", resource) when { context.kind == "run" };\n`;

function lay(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

const rules = (desk: Desk): string => join(desk.state, 'rules');

test("rules in files are listed with their place and words, and hold", sandboxed, async () => {
  await using desk = openDesk();
  assert.match((await desk.call(['policy', 'list'])).stdout, /No rules of yours in files: they go into .*state\/rules, the machine's into \/etc\/proworkbench\/rules/);
  lay(join(rules(desk), 'a.cedar'), MINE);
  const listed = await desk.call(['policy', 'list']);
  assert.match(listed.stdout, /mine\.no-make {2}is refused {2}yours, .*rules\/a\.cedar:2, never used\n {4}Nothing is to be made here\.\n {4}forbid/);
  for (const [asked, told] of [[[], false], [['--full'], true]] as const) {
    const { stdout } = await desk.call(['policy', 'list', ...asked]);
    for (const one of [/^Profile step: /, /^Built in: what goes without asking\n {2}read\.workspace {2}goes without asking {2}base\.cedar:2, never used\n {4}Reading inside/m, /^Guards: .*\n {2}outside {2}is refused {2}never used\n {4}when an action names a path outside/m]) assert.match(stdout, one);
    assert.doesNotMatch(stdout, /@(?:id|matches|differs)/);
    assert.equal(/^ {6}matches {2}exec kind=run program=make$/m.test(stdout), told);
  }
  const { layers } = (await desk.call(['policy', '--json'])).json<{ layers: { holds: boolean; rules: readonly { id: string; line: number; layer: string }[] } }>();
  assert.deepEqual([layers.holds, layers.rules.map(({ id, line, layer }) => `${layer} ${id} ${line}`)], [true, ['person mine.no-make 2']]);
  const ran = await desk.call(['run', '--', 'make']);
  assert.equal(ran.code, 4);
  assert.match(ran.stdout + ran.stderr, /mine\.no-make/);
  assert.match((await desk.call(['policy', 'check'])).stdout, /^1 rule of your own in files, nothing wrong\.\n$/);
  assert.match((await desk.call(['log', '--type', 'policy.loaded'])).stdout, /Rules of your own hold/);
});

test('a broken file denies what acts, is told with all its lines by check, list and doctor, and reading goes on', sandboxed, async () => {
  await using desk = openDesk();
  lay(join(rules(desk), 'a.cedar'), `${MINE.replace('Nothing is to be made here.', ' ')}\nforbid (principal, action, resource) when { context.hots };\n`);
  lay(join(rules(desk), 'b.cedar'), 'permit this;\n\nforbid that;\n');
  const ran = await desk.call(['run', '--', 'true']);
  assert.equal(ran.code, 4);
  assert.match(ran.stdout + ran.stderr, /rules\.broken.*a\.cedar:2: mine\.no-make has no @reason/s);
  const checked = await desk.call(['policy', 'check']);
  assert.equal(checked.code, 1);
  for (const place of [/a\.cedar:2: mine\.no-make has no @reason/, /a\.cedar:6: a rule has no @id/, /b\.cedar:1: unexpected/, /b\.cedar:3: unexpected/]) assert.match(checked.stdout, place);
  assert.match(checked.stdout, /→ say in a sentence why/);
  const doctor = (await desk.call(['doctor', '--json'])).json<{ checks: readonly { id: string; status: string; detail: string }[] }>();
  assert.match(doctor.checks.find(({ id }) => id === 'rules')?.detail ?? '', /nothing may be done.*a\.cedar:2/);
  for (const args of [['log'], ['sessions'], ['inbox'], ['config'], ['policy', 'list']]) assert.equal((await desk.call(args)).code, 0, args.join(' '));
  lay(join(rules(desk), 'a.cedar'), MINE);
  lay(join(rules(desk), 'b.cedar'), '');
  assert.equal((await desk.call(['run', '--read-only', '--', 'true'])).code, 0);
  const one = await desk.call(['policy', 'check', join(rules(desk), 'a.cedar')]);
  assert.equal(one.code, 0, one.stderr);
});

test('all that is wrong with a file is said at once, as text and as data', async () => {
  await using desk = openDesk({ 'x.cedar': `${MINE.replace('Nothing is to be made here.', ' ')}${THEIRS.replace('exec kind=run"', 'exec kind=run hots=1"')}` });
  const said = await desk.call(['policy', 'check', 'x.cedar']);
  assert.match(said.stderr, /x\.cedar:2: mine\.no-make has no @reason[^]*→ [^]*x\.cedar:6: theirs\.asks: "hots=1" is no fact/);
  const { error } = (await desk.call(['policy', 'check', 'x.cedar', '--json'])).json<{ error: { code: string; problems: readonly { line: number; hint: string }[] } }>();
  assert.deepEqual([error.code, error.problems.map(({ line }) => line)], ['policy.reason', [2, 6]]);
});

test('rules that a workspace brings hold once they are trusted, in the words that were shown, and tell when they were changed', sandboxed, async () => {
  await using desk = openDesk();
  assert.equal((await desk.call(['policy', 'trust'])).code, 1, 'no workspace yet');
  await desk.call(['workspace', 'add', '.']);
  assert.match((await desk.call(['policy', 'trust'])).stderr, /policy\.no-rules/);
  const file = join(desk.folder, '.proworkbench/rules/w.cedar');
  lay(file, THEIRS);
  assert.match((await desk.call(['policy', 'list'])).stdout, /brings rules, which do not hold until you trust them\n[^]*theirs\.asks[^]*pwb policy trust/);
  const before = await desk.call(['policy', 'test', '--tool', 'run', '--arguments', '{"command":"true"}']);
  assert.match(before.stdout, /to try it: allow/);
  const trusted = await desk.call(['policy', 'trust']);
  assert.match(trusted.stdout, /with these very words[^]*theirs\.asks {2}asks[^]*forbid \(principal[^]*pwb policy untrust/);
  assert.match((await desk.call(['policy', 'test', '--tool', 'run', '--arguments', '{"command":"true"}'])).stdout, /to try it: ask {2}theirs\.asks/);
  lay(file, '');
  assert.match((await desk.call(['policy', 'list'])).stdout, /what lies there is not what you trusted, which goes on holding/);
  assert.match((await desk.call(['policy', 'test', '--tool', 'run', '--arguments', '{"command":"true"}'])).stdout, /ask {2}theirs\.asks/);
  assert.equal((await desk.call(['policy', 'untrust', '--json'])).code, 0);
  assert.match((await desk.call(['policy', 'test', '--tool', 'run', '--arguments', '{"command":"true"}'])).stdout, /to try it: allow/);
  assert.match((await desk.call(['log', '--type', 'policy.trusted,policy.untrusted'])).stdout, /Rules of a workspace hold from here on[^]*hold no more/);
});
