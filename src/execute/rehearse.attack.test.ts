// Attacks on rehearsals, watched from outside: whatever a command does, the real workspace and all around it stay
// as they are, and nothing is left mounted, running or lying about.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { makeStage, mountPoints, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';
import { isGone, NODE_INSIDE, SHORT, until, withNode } from '../../vectors/sandbox/world.ts';
import { birthOf } from './limits-watch.ts';
import { canRehearse, prepareView, sweepRehearsals } from './rehearse.ts';
import type { SandboxSpec } from './sandbox.ts';

interface Case { readonly id: string | number; readonly command: string; readonly effect: string; readonly text?: string }

const skip = await noRehearsal();
const noGit = skip || (existsSync('/usr/bin/git') ? false : 'no git');
const MIB = 1024 * 1024;
let stage: Stage;
let mounts: readonly string[];
before(async () => {
  stage = await makeStage();
  mounts = mountPoints();
});
after(() => stage.end());
afterEach(() => {
  assert.deepEqual(mountPoints(), mounts, 'nothing is left mounted');
  assert.deepEqual(readdirSync(stage.view.folder), [], 'nothing is left in the folder for views');
});

/** Plays a line, throws its rehearsal away, and holds the real workspace to what it was. */
async function play(...args: Parameters<Stage['sh']>): Promise<Awaited<ReturnType<Stage['sh']>>> {
  const was = stage.picture();
  const played = await stage.sh(...args);
  await played.discard();
  assert.equal(stage.picture(), was, 'the real workspace is as it was');
  return played;
}

async function playInCopy(line: string, more: Partial<SandboxSpec>): Promise<Awaited<ReturnType<Stage['inCopy']>>> {
  const was = stage.picture();
  const played = await stage.inCopy(line, more);
  await played.discard();
  assert.equal(stage.picture(), was, 'the real workspace is as it was');
  return played;
}

/** Our own list, and another of the same form that the environment may name. */
function cases(): readonly Case[] {
  const lists = [join(import.meta.dirname, '../../vectors/rehearse/commands.json'), ...(process.env['SHELL_CASES'] ?? '').split(':').filter((path) => path !== '')];
  return lists.flatMap((path) => (JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly Case[] }).cases);
}

test('of all commands that look harmless, none has an effect that is not told, reads a secret or reaches a listener', { skip: noGit, timeout: 120_000 }, () => playAbuse(play));

test('in a full copy too, no command that looks harmless has an effect that is not told, reads a secret or reaches a listener', { skip: noGit, timeout: 120_000 }, () => playAbuse(playInCopy));

async function playAbuse(playThere: typeof play | typeof playInCopy): Promise<void> {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const { root, outside } = stage.world;
  const secret = join(outside, 'secret/key');
  mkdirSync(join(outside, 'secret'));
  mkdirSync(join(outside, 'linked'));
  writeFileSync(secret, 'canary-of-this-test\n');
  writeFileSync(join(outside, 'linked/base.txt'), 'canary-of-this-test\n');
  stage.real(`git init -q .; git config user.name n; git config user.email n@n; printf 'alpha\\nbeta\\ngamma\\n' > a.txt; echo victim > victim.txt; echo clean > dirty.txt; git add .; git commit -qm first; echo 2 > b; git add .; git commit -qm second; git commit -q --allow-empty -m 'second again'; echo dirty > dirty.txt; mkdir tools; printf '#!/bin/sh\\ntouch ${root}/marker\\ncat\\n' > tools/pre.sh; chmod +x tools/pre.sh; ln -s ${outside}/linked link`);
  try {
    for (const { id, command, effect, text: wanted } of cases()) {
      const marker = join(root, 'marker');
      const out = join(outside, 'pwned');
      const line = command.replaceAll('{M}', marker).replaceAll('{O}', out).replaceAll('{SD}', join(outside, 'secret')).replaceAll('{S}', secret).replaceAll('{P}', String(port)).replaceAll('{N}', '7').replaceAll('{B}', 'base.txt');
      const { text, lines, effects } = await playThere('bash -c "$LINE"', { environment: { LINE: line } });
      assert.equal(existsSync(out) || existsSync(marker) || existsSync(join(outside, 'linked/pwned')), false, `${id}`);
      assert.doesNotMatch(text + JSON.stringify(effects), /canary/, `${id}`);
      assert.equal(connections, 0, `${id}`);
      if (effect !== 'text') continue;
      assert.deepEqual(lines, [], `${id}: no effect`);
      assert.equal(effects.limits, undefined, `${id}`);
      assert.ok(text.includes(wanted ?? ''), `${id}: ${text}`);
    }
    // Our own list's markers are made in the rehearsal: each must be told.
    for (const { command, effect, id } of cases().slice(0, 16)) {
      if (effect !== 'ws') continue;
      const { lines, text } = await playThere('bash -c "$LINE"', { environment: { LINE: command.replaceAll('{M}', join(root, 'marker')) } });
      assert.ok(lines.some((told) => /^(created|renamed) .*marker/.test(told)), `${id}: ${lines.join('; ')} ${text}`);
    }
  } finally {
    server.close();
    stage.real('find . -mindepth 1 -delete');
    for (const name of ['secret', 'linked']) rmSync(join(outside, name), { recursive: true });
  }
}

test('a fork bomb and what turns into a daemon end with the rehearsal', { skip }, async () => {
  const { marker } = stage.world;
  const bomb = await play(`b() { [ "$1" -gt 11 ] && { sleep 2; return; }; b $(($1 + 1)) & b $(($1 + 1)) & wait; }; b 0; : ${marker}`, { limits: { ...SHORT, processes: 40 } });
  assert.ok(bomb.result.limits.includes('processes') || /fork/i.test(bomb.text));
  const daemon = await play(`setsid sh -c 'sleep 60; : ${marker}' >/dev/null 2>&1 & echo gone`);
  assert.equal(daemon.text, 'gone\n');
  assert.ok(await isGone(marker));
});

test('a command that never ends, prints for ever or is cancelled leaves nothing, and what it did till then is told', { skip }, async () => {
  const slow = await play('echo x > made; sleep 60', { limits: { ...SHORT, time: 300 } });
  assert.deepEqual([slow.result.limits, slow.lines], [['time'], ['created file made 644']]);
  const loud = await play('echo x > made; yes', { limits: { ...SHORT, output: 10_000 } });
  assert.deepEqual([loud.result.limits, loud.lines], [['output'], ['created file made 644']]);
  const cancel = new AbortController();
  const told = await play('echo x > made; echo ready; sleep 60', {}, { signal: cancel.signal, onOutput: () => cancel.abort() });
  assert.deepEqual([told.result.limits, told.lines], [['cancelled'], ['created file made 644']]);
});

test("a rehearsal that fills the disk is ended by its limit, counted where the view's layers lie", { skip }, async () => {
  const { result, lines } = await play('cat /dev/zero > full', { limits: { ...SHORT, disk: 32 * MIB, fileSize: 512 * MIB } });
  assert.deepEqual(result.limits, ['disk']);
  assert.deepEqual(lines, ['created file full 644']);
});

test('ten thousand files are told one by one, and by folder', { skip }, async () => {
  const line = `for d in 0 1 2 3 4 5 6 7 8 9; do mkdir -p pkg/d$d; done; exec ${NODE_INSIDE} -e 'for (let i = 0; i < 10000; i++) require("fs").writeFileSync("pkg/d" + i % 10 + "/f" + i, "file " + i)'`;
  const { effects, lines } = await play(line, withNode);
  assert.equal(lines.length, 10_011);
  assert.equal(effects.diffs.length, 10_000);
  assert.deepEqual(effects.summary?.map(({ folder, created }) => `${folder} ${created}`), ['. 1', 'pkg 10', ...Array.from({ length: 10 }, (_, i) => `pkg/d${i} 1000`)]);
});

test('trees deeper than a path, loops of links and links to all over are told or refused by name', { skip: skip || (existsSync('/usr/bin/perl') ? false : 'no perl') }, async () => {
  const { effects, lines } = await play(`ln -s . loop; ln -s loop/loop ring; ln -s / top; perl -e '$n = "d" x 200; for (1..40) { mkdir $n; chdir $n or die } open(F, ">f") or die'; cat ring/ring/ring/ring/nothing`);
  assert.deepEqual(lines.filter((told) => told.includes('link')), ['created link loop to .', 'created link ring to loop/loop', 'created link top to /']);
  assert.equal(effects.unlandable?.length, 1);
  assert.match(effects.unlandable?.[0]?.why ?? '', /too deep/);
});

test("the house's own folders in a workspace stay out of a rehearsal, and closing them is no effect", { skip }, async () => {
  const { root } = stage.world;
  mkdirSync(join(root, 'home/state'), { recursive: true });
  writeFileSync(join(root, 'home/state/log.db'), 'canary');
  const { text, lines, effects } = await play('cat home/state/*; rm -rf home; mkdir -p home/config/pwb && echo allow > home/config/pwb/rules', { never: [join(root, 'home/state'), join(root, 'home/config/pwb'), join(root, 'new/a/b')] });
  assert.doesNotMatch(text + JSON.stringify(effects), /canary/);
  assert.deepEqual(lines, []);
  stage.real('rm -r home');
});

test('a run that cannot start, and a view of another workspace, leave nothing', { skip }, async () => {
  await assert.rejects(play('true', { argv: ['true'] }, { prepared: await prepareView({ ...stage.view, root: stage.world.outside, folder: `${stage.world.outside}-views` }) }), { code: 'rehearsal.root' });
  const { argv } = { argv: ['/bin/sh'] };
  assert.equal((await play('true', { argv: [...argv, '-c', 'exit 7'] })).result.exit, 7);
});

test('an edit of the real file during a rehearsal shows by its time', { skip }, async () => {
  writeFileSync(join(stage.world.root, 'edited'), 'before');
  const { started, discard } = await stage.sh('cat edited; echo ready; sleep 0.1; echo mine > edited', {}, { onOutput: () => writeFileSync(join(stage.world.root, 'edited'), 'meanwhile') });
  await discard();
  assert.ok(started <= Date.now());
  const { ctimeMs } = (await import('node:fs')).statSync(join(stage.world.root, 'edited'));
  assert.ok(ctimeMs >= started);
});

test('views wait without a process of ours being kept, and go with it', { skip }, async () => {
  const script = `const { prepareView } = await import(${JSON.stringify(join(import.meta.dirname, 'rehearse.ts'))}); const view = await prepareView(${JSON.stringify(stage.view)}); console.log(view.world.enter.join(' '));`;
  const words = execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8', timeout: 30_000 });
  const pid = Number(/--target (\d+)/.exec(words)?.[1]);
  assert.ok(pid > 0 && (await until(() => birthOf(pid) === '')), 'the process that held the mount is gone');
  assert.equal(readdirSync(stage.view.folder).length, 1);
  assert.equal(await sweepRehearsals(stage.view.folder), 1);
});

test('what a killed workbench left of a rehearsal is swept by the next one, what lives is left alone', { skip }, async () => {
  const { marker } = stage.world;
  const script = `
    const { prepareView, rehearseRun } = await import(${JSON.stringify(join(import.meta.dirname, 'rehearse.ts'))});
    const { planSandbox } = await import(${JSON.stringify(join(import.meta.dirname, 'sandbox.ts'))});
    const { foundContainment } = await import(${JSON.stringify(join(import.meta.dirname, '../../vectors/sandbox/found.ts'))});
    const spec = ${JSON.stringify({ ...stage.world.spec(['/bin/sh', '-c', `mkdir -p a/b; chmod 000 a; echo ready; sleep 60; : ${marker}`]) })};
    const containment = await foundContainment();
    await rehearseRun(spec, await planSandbox(spec, containment), ${JSON.stringify(stage.view)}, containment, { signal: new AbortController().signal, onOutput: () => process.kill(process.pid, 'SIGKILL') });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: 'ignore' });
  await new Promise((resolve) => child.once('close', resolve));
  assert.equal(child.signalCode, 'SIGKILL');
  assert.ok(await isGone(marker));
  const living = await prepareView(stage.view);
  assert.equal(readdirSync(stage.view.folder).length, 2);
  assert.equal(await sweepRehearsals(stage.view.folder), 1);
  assert.ok(existsSync(living.upper));
  await living.discard();
});

test('where it cannot be done it says why: state inside the workspace, a folder open to others, no folder', { skip }, async () => {
  const { root, outside } = stage.world;
  const inside = await canRehearse(root, join(root, 'views'));
  assert.ok(!inside.ok && /own state/.test(inside.why) && inside.fix !== undefined);
  await assert.rejects(prepareView({ ...stage.view, folder: join(root, 'views') }), { code: 'rehearsal.inside' });
  mkdirSync(join(outside, 'open'), { mode: 0o777 });
  execFileSync('/bin/chmod', ['777', join(outside, 'open')]);
  assert.ok(!(await canRehearse(root, join(outside, 'open'))).ok);
  await assert.rejects(prepareView({ ...stage.view, folder: join(outside, 'open') }), { code: 'rehearsal.folder' });
  assert.ok(!(await canRehearse(join(root, 'gone'), join(outside, 'x'))).ok);
  assert.deepEqual(await canRehearse(root, stage.view.folder), { ok: true });
});
