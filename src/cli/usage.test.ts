// Every command's words, from outside: right and wrong ones, by exit code and by what is said where.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openDesk, ROOT } from '../../vectors/cli/pwb.ts';

interface Case {
  readonly args: readonly string[];
  readonly code: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdout?: string;
  readonly stderr?: string;
}

const CASES = JSON.parse(readFileSync(join(ROOT, 'vectors/cli/usage.json'), 'utf8')) as readonly Case[];
/** Of the contract: none may be missing from the help. */
const COMMANDS = [
  'start [--port N] [--no-open]', 'ask "TEXT"', '[--model M]', '[--workspace DIR]', 'run ', '-- CMD ARG…', 'inbox [--json]', 'show ID [--json]', 'invoke ID [--edit FILE]', 'deny ID --why TEXT', 'draft ', 'undo ID', 'history [PATH]', 'profile [draft|step|strict|sealed]', 'config [KEY [VALUE…]]', 'backup FILE', 'restore [FILE]', 'policy [list|rules]', 'policy offers ID', 'policy always ID OFFER', 'policy remove RULE', 'policy test ID', 'policy check [FILE]', 'policy try FILE ID', 'policy replay FILE', 'log [--json] [--follow]',
  'log verify [--json] [--against FILE]', 'log export DIR', 'log key', 'sessions', 'resume ID', 'cancel ID', 'stop', 'models [--json]', 'models add', 'workspace ', 'doctor [--json]', 'PWB_HOME, PWB_MODEL_URL, PWB_MODEL, PWB_MODEL_KEY',
];

test('every call of the data file ends with its exit code and says the right thing in the right place', async () => {
  await using desk = openDesk();
  await desk.pwb(['inbox']);
  const wrong: string[] = [];
  const waiting = [...CASES];
  // Some of each sort are a process of their own; what is said to be wrong with the others' words needs none.
  const seen = new Map<string, number>();
  const apart = ({ args: [name = ''], code }: Case): boolean => {
    const sort = code === 2 ? '2' : `${code} ${name}`;
    seen.set(sort, (seen.get(sort) ?? 0) + 1);
    return (seen.get(sort) ?? 0) % 8 === 1;
  };
  const work = async (): Promise<void> => {
    for (let one = waiting.shift(); one !== undefined; one = waiting.shift()) {
      const args = one.args.map((arg) => arg.replace('$HOME', desk.base).replace('$STATE', desk.state));
      const options = one.env === undefined ? {} : { env: one.env };
      const { code, stdout, stderr } = await (apart(one) ? desk.pwb(args, options) : desk.call(args, options));
      const fits = code === one.code && new RegExp(one.stdout ?? '^$').test(stdout) && new RegExp(one.stderr ?? '^$').test(stderr);
      const next = code === 0 || /\n {2}→ ./.test(stderr);
      if (!fits || !next) wrong.push(`pwb ${args.join(' ')}\n  exit ${String(code)} (${one.code} expected)${next ? '' : ', no next step'}\n  stdout ${JSON.stringify(stdout)}\n  stderr ${JSON.stringify(stderr)}`);
    }
  };
  await Promise.all([work(), work(), work()]);
  assert.deepEqual(wrong, []);
});

test('the help names every command and flag of the contract', async () => {
  await using desk = openDesk();
  const { stdout } = await desk.pwb(['help']);
  assert.deepEqual(COMMANDS.filter((words) => !stdout.includes(words)), []);
});

test('with --json an error is one JSON document on stdout, with a code, words and a next step', async () => {
  await using desk = openDesk();
  for (const args of [['nonsense', '--json'], ['show', 'zzz', '--json'], ['inbox', '--nonsense', '--json'], ['run', '--json', '--'], ['log', 'verify', '--json', '--against', '/nowhere/at/all'], ['workspace', 'add', '/', '--json']]) {
    const ran = await (args.includes('/') || args.includes('run') ? desk.pwb(args) : desk.call(args));
    const { error } = ran.json<{ error: { code: string; words: string; hint: string } }>();
    assert.match(error.code, /^[a-z]+\.[a-z-]+$/, args.join(' '));
    assert.ok(error.words.length > 10 && error.hint.length > 3, args.join(' '));
  }
});

test("a child's own --json is not ours", async () => {
  await using desk = openDesk();
  const { stdout, code } = await desk.pwb(['run', '--timeout', 'x', '--', 'ls', '--json']);
  assert.deepEqual([stdout, code], ['', 2]);
});
