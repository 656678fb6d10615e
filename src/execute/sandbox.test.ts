import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isGone, makeWorld, noSandbox, SHORT, until, withNode, NODE_INSIDE, type World } from '../../vectors/sandbox/world.ts';
import { planSandbox, runSandboxed } from './sandbox.ts';

const skip = await noSandbox();
let world: World;
before(async () => {
  world = await makeWorld();
});
after(() => world.end());

test('a command runs in the workspace, at its real path, and its exit code comes back', { skip }, async () => {
  world.put('sub/a.txt', 'hello');
  const told = await world.sh('pwd; cat a.txt; exit 3', { cwd: 'sub' });
  assert.equal(told.text, `${world.root}/sub\nhello`);
  assert.deepEqual([told.exit, told.signal, told.limits], [3, '', []]);
  assert.equal(told.outputBytes, told.output.length);
});

test('what a run writes into the workspace belongs to the person who called it', { skip }, async () => {
  await world.sh('echo made > made.txt; mkdir dir');
  assert.equal(readFileSync(join(world.root, 'made.txt'), 'utf8'), 'made\n');
  assert.equal(statSync(join(world.root, 'made.txt')).uid, process.getuid?.());
});

test('output and errors come in true order, also when opened again by path', { skip }, async () => {
  const heard: Buffer[] = [];
  const told = await world.sh('echo 1; echo 2 >&2; echo 3 > /dev/stdout; echo 4 > /dev/stderr; echo 5', {}, { onOutput: (chunk) => heard.push(Buffer.from(chunk)) });
  assert.equal(told.text, '1\n2\n3\n4\n5\n');
  assert.equal(Buffer.concat(heard).toString('utf8'), told.text);
});

test('a command reads what it is given, and nothing when it is given nothing', { skip }, async () => {
  assert.equal((await world.run(['cat'], { stdin: Buffer.from('x'.repeat(300_000)) })).outputBytes, 300_000);
  assert.equal((await world.run(['cat'])).text, '');
  assert.equal((await world.run(['true'], { stdin: Buffer.from('x'.repeat(300_000)) })).exit, 0, 'nobody has to read');
});

test('a command that is not there is told as one, not as a fault of the sandbox', { skip }, async () => {
  const told = await world.run(['no-such-program']);
  assert.equal(told.exit, 127);
  assert.match(told.text, /no-such-program: not found/);
  assert.equal((await world.run(['/etc/passwd'])).exit, 126);
});

test('arguments reach the command as they are', { skip }, async () => {
  const odd = ['$(touch pwned)', '; touch pwned', '`touch pwned`', '', 'a\nb', '--', '*', 'ü€𝄞'];
  assert.equal((await world.run(['printf', '%s|', ...odd])).text, `${odd.join('|')}|`);
  assert.equal(existsSync(join(world.root, 'pwned')), false);
});

test('a command that a signal ended is told so', { skip }, async () => {
  assert.deepEqual([(await world.sh('kill -SEGV $$')).signal, (await world.sh('kill -TERM $$')).exit], ['SIGSEGV', 143]);
});

test('toolchains are there to be run and not to be changed', { skip }, async () => {
  const bin = world.put(join(world.outside, 'tool/bin/mytool'), '#!/bin/sh\necho works\n');
  world.put(join(world.outside, 'tool/credentials.json'), 'secret');
  chmodSync(bin, 0o755);
  const told = await world.sh('mytool; echo x >> "$(command -v mytool)"; cat "${0%/*}"/x; cat $(dirname $(command -v mytool))/../credentials.json', { toolchains: [join(world.outside, 'tool')] });
  assert.match(told.text, /^works\n/);
  assert.doesNotMatch(told.text, /secret/);
  assert.equal(readFileSync(bin, 'utf8'), '#!/bin/sh\necho works\n');
});

test('more of the environment is given by name only, and never what the linker listens to', { skip }, async () => {
  const told = await world.sh('echo "$GREETING"', { environment: { GREETING: 'hi there' } });
  assert.equal(told.text, 'hi there\n');
  assert.ok(told.plan.environment.includes('GREETING'));
  assert.ok(!told.plan.argv.some((argument) => argument.includes('hi there')), 'values stay out of the log and of ps');
  for (const name of ['LD_PRELOAD', 'A=B', '', 'GCONV_PATH']) await assert.rejects(world.sh('true', { environment: { [name]: 'x' } }), { code: 'sandbox.environment' });
});

test('a broken wish is refused before anything starts', { skip }, async () => {
  world.put('file', '');
  symlinkSync(world.outside, join(world.root, 'way-out'));
  const cases: readonly (readonly [string, Parameters<World['run']>])[] = [
    ['sandbox.argv', [[]]],
    ['sandbox.argv', [['']]],
    ['sandbox.argv', [['echo', 'a\0b']]],
    ['sandbox.argv', [['echo', 'x'.repeat(200_000)]]],
    ['sandbox.argv', [['echo', ...Array.from({ length: 100 }, () => 'x'.repeat(100_000))]]],
    ['sandbox.cwd', [['true'], { cwd: 'not-there' }]],
    ['sandbox.cwd', [['true'], { cwd: 'file' }]],
    ['sandbox.cwd', [['true'], { cwd: '../outside' }]],
    ['sandbox.cwd', [['true'], { cwd: 'way-out' }]],
    ['sandbox.root', [['true'], { root: '/' }]],
    ['sandbox.root', [['true'], { root: '/etc' }]],
    ['sandbox.root', [['true'], { root: '/proc/self' }]],
    ['sandbox.root', [['true'], { root: 'relative' }]],
    ['sandbox.root', [['true'], { root: join(world.root, 'way-out') }]],
    ['sandbox.root', [['true'], { root: join(world.root, 'gone') }]],
    ['sandbox.root', [['true'], { never: [world.root] }]],
    ['sandbox.toolchain', [['true'], { toolchains: ['/nowhere/tool'] }]],
    ['sandbox.toolchain', [['true'], { toolchains: ['/'] }]],
    ['sandbox.toolchain', [['true'], { toolchains: [world.outside], never: [join(world.outside, 'state')] }]],
  ];
  for (const [code, [argv, more]] of cases) await assert.rejects(world.run(argv, more), { code }, `${code}: ${JSON.stringify([argv, more]).slice(0, 80)}`);
});

test('without a sandbox nothing is planned and nothing runs', async () => {
  const none = { sandbox: 'none', why: 'bubblewrap is not installed', processes: 'none', memory: 'none', filter: false, checks: [{ id: 'sandbox', status: 'fail', detail: '', fix: 'install it' }] } as const;
  await assert.rejects(planSandbox(world.spec(['true']), none), { code: 'sandbox.none', hint: 'install it' });
});

test('a plan that has waited is looked over again, and a change is refused', { skip }, async () => {
  const spec = world.spec(['touch', 'ran']);
  const plan = await planSandbox(spec, world.containment);
  const old = { ...plan };
  const signal = new AbortController().signal;
  assert.equal((await runSandboxed(spec, old, world.containment, { signal })).exit, 0, 'nothing changed');
  rmSync(join(world.root, 'ran'));
  world.put('late.pem', 'secret');
  await assert.rejects(runSandboxed(spec, old, world.containment, { signal }), { code: 'sandbox.drifted' });
  renameSync(world.root, `${world.root}-moved`);
  symlinkSync(world.outside, world.root);
  await assert.rejects(runSandboxed(spec, plan, world.containment, { signal }), { code: 'sandbox.root' });
  rmSync(world.root);
  renameSync(`${world.root}-moved`, world.root);
  rmSync(join(world.root, 'late.pem'));
  assert.equal(existsSync(join(world.root, 'ran')), false);
});

test('bubblewrap that cannot build the sandbox is a fault with its words', { skip }, async () => {
  const spec = world.spec(['true']);
  const plan = await planSandbox(spec, world.containment);
  const at = plan.argv.indexOf('--chdir');
  const broken = { ...world.containment, bwrap: { path: plan.argv[0] ?? '', version: '0' } };
  const argv = [...plan.argv.slice(0, at), '--ro-bind', '/not/there', '/x', ...plan.argv.slice(at)];
  // A fresh plan is not looked over, so this one is changed in place of a folder that vanished in that moment.
  Object.assign(plan, { argv });
  await assert.rejects(runSandboxed(spec, plan, broken, { signal: new AbortController().signal }), (error: Error) => 'code' in error && error.code === 'sandbox.setup' && /not\/there/.test(error.message));
});

test("the sandbox's own files vanishing is a fault with a next step, and the next run works again", { skip }, async () => {
  const spec = world.spec(['touch', 'ran']);
  const plan = await planSandbox(spec, world.containment);
  const { folder } = world.containment;
  assert.ok(folder !== undefined);
  const signal = new AbortController().signal;
  for (const [part, code] of [['pipes', 'sandbox.pipe'], ['filter', 'sandbox.start']] as const) {
    if (folder[part] === '') continue;
    await assert.rejects(runSandboxed(spec, plan, { ...world.containment, folder: { ...folder, [part]: join(world.outside, 'gone') } }, { signal }), (error: Error) => 'code' in error && error.code === code && 'hint' in error && error.hint !== undefined);
  }
  assert.equal(existsSync(join(world.root, 'ran')), false);
  assert.equal((await runSandboxed(spec, plan, world.containment, { signal })).exit, 0);
});

test('a time-out asks politely first, then ends everything', { skip }, async () => {
  const told = await world.sh('trap "echo saved > saved.txt; exit 0" TERM; sleep 30 & wait', { limits: { ...SHORT, time: 300 } });
  assert.deepEqual([told.exit, told.limits], [null, ['time']]);
  assert.equal(readFileSync(join(world.root, 'saved.txt'), 'utf8'), 'saved\n');
  const deaf = await world.sh(`trap "" TERM; ${NODE_INSIDE} -e 'process.on("SIGTERM",()=>{}); setTimeout(()=>{}, 60000)' ${world.marker}; sleep 30`, { ...withNode, limits: { ...SHORT, time: 300 } });
  assert.deepEqual([deaf.exit, deaf.signal, deaf.limits], [null, 'SIGKILL', ['time']]);
  assert.ok(await isGone(world.marker));
});

test('a run that was cancelled before it started never starts', { skip }, async () => {
  const told = await world.sh('touch started', {}, { signal: AbortSignal.abort() });
  assert.deepEqual([told.exit, told.limits], [null, ['cancelled']]);
  assert.equal(existsSync(join(world.root, 'started')), false);
});

test('a run that is cancelled while its sandbox is being built ends with all that was begun', { skip }, async () => {
  const cancelled = await Promise.all(Array.from({ length: 16 }, (_, at) => {
    const cancel = new AbortController();
    return world.sh(`sleep 60; : ${world.marker}`, {}, { signal: cancel.signal, started: () => void setTimeout(() => cancel.abort(), at) });
  }));
  for (const { exit, limits } of cancelled) assert.deepEqual([exit, limits], [null, ['cancelled']]);
  assert.ok(await isGone(world.marker));
});

test('many runs at once keep their outputs apart', { skip }, async () => {
  const told = await Promise.all(Array.from({ length: 12 }, (_, index) => world.sh(`for i in 1 2 3; do echo run${index}; done`)));
  told.forEach(({ text }, index) => assert.equal(text, `run${index}\n`.repeat(3)));
});

test('nothing is left behind: no process, no control group', { skip }, async () => {
  await world.sh(`sleep 0.2; : ${world.marker}`);
  const parent = world.containment.group?.parent;
  assert.ok(await isGone(world.marker));
  if (parent !== undefined) assert.ok(await until(() => !existsSync(join(parent, `pwb-run-${process.pid}-1`))));
});

test('a folder made as a private home is empty, and the temporary one can be used', { skip }, async () => {
  const told = await world.sh('ls -A "$HOME"; echo x > "$HOME/x"; echo y > /tmp/y; cat "$HOME/x" /tmp/y; ls -A /');
  assert.match(told.text, /^x\ny\n/);
  mkdirSync(join(world.root, 'ok'));
});
