// Commands that stay, watched from outside: what they write, who reaches them, and that nothing of them is left.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { lineOf, makeStage, mountPoints, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';
import { carriers, isGone, NODE_INSIDE, SHORT, until, withNode } from '../../vectors/sandbox/world.ts';
import { planRehearsal, prepareView, sweepRehearsals } from './rehearse.ts';
import type { SandboxSpec } from './sandbox.ts';
import { Services, UNTIMED, type Ended, type Service } from './services.ts';

const skip = await noRehearsal();
const TIMELESS = { ...SHORT, time: UNTIMED };
let stage: Stage;
let services: Services;
let mounts: readonly string[];
let count = 0;
before(async () => {
  stage = await makeStage();
  services = new Services();
  mounts = mountPoints();
});
after(async () => {
  await services.close();
  await stage.end();
});
afterEach(async () => {
  for (const ended of await Promise.all(services.list().map((service) => service.stop()))) await discard(ended);
  assert.deepEqual(mountPoints(), mounts, 'nothing is left mounted');
  assert.deepEqual(readdirSync(stage.view.folder), [], 'nothing is left in the folder for views');
  assert.ok(await isGone(stage.world.marker), 'no process is left');
});

async function start(argv: readonly string[], more: Partial<SandboxSpec> = {}, session = 'session'): Promise<Service> {
  const { containment } = stage.world;
  const spec = stage.world.spec(argv, { limits: TIMELESS, ...more });
  const prepared = await prepareView(stage.view);
  return services.start(spec, await planRehearsal(spec, prepared, containment), prepared, containment, { id: `service-${++count}`, session });
}

const shell = (line: string, more?: Partial<SandboxSpec>): Promise<Service> => start(['/bin/sh', '-c', `${line}; : ${stage.world.marker}`], more);
const node = (code: string): Promise<Service> => start([NODE_INSIDE, '-e', code, stage.world.marker], withNode);
const text = (service: Service, from = 0): string => Buffer.from(service.output(from).bytes).toString('utf8');
const says = (service: Service, words: string): Promise<boolean> => until(() => text(service).includes(words));

async function discard(ended: Ended): Promise<void> {
  if (ended.how !== 'broken') await ended.rehearsed.discard();
}

/** How it ended and what it wrote. */
async function told(ended: Ended): Promise<readonly unknown[]> {
  await discard(ended);
  return ended.how === 'broken' ? [ended.how, ended.fault] : [ended.how, ended.rehearsed.effects.changes.map(lineOf)];
}

/** What comes back from there, with our side of the connection closed first. */
function ask(url: string, words: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ host: new URL(url).hostname, port: Number(new URL(url).port), allowHalfOpen: true }, () => socket.end(words));
    socket.on('data', (chunk) => (answer += chunk.toString('utf8')));
    socket.on('error', (error) => (answer += error.message));
    socket.on('close', () => resolve(answer));
    socket.on('end', () => socket.destroy());
  });
}

test("a dev server is reached when a person asks, can't reach out, and is gone after its stop", { skip }, async () => {
  let connections = 0;
  const outside = createServer((socket) => {
    connections++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => outside.listen(0, '127.0.0.1', resolve));
  const { port } = outside.address() as AddressInfo;
  const service = await node(`const fs = require('node:fs'), net = require('node:net'); let hits = 0;
    require('node:http').createServer((request, answer) => { fs.writeFileSync('hits', String(++hits));
      const out = net.connect(${port}, request.url.slice(1)); out.on('error', () => answer.end('hello ' + hits)); out.on('connect', () => answer.end('OUT')); }).listen(3000, '127.0.0.1', () => console.log('listening'))`);
  assert.equal(service.state(), 'running');
  assert.ok(await says(service, 'listening'));
  const forward = await service.forward(3000);
  const again = await service.forward(3000);
  assert.equal(new URL(forward.url).hostname, '127.0.0.2', 'where no cookie of ours is sent');
  assert.equal(await (await fetch(`${forward.url}127.0.0.1`)).text(), 'hello 1');
  assert.equal(await (await fetch(`${again.url}127.0.0.2`)).text(), 'hello 2');
  await again.close();
  assert.match(await ask(again.url, ''), /ECONNREFUSED/);
  assert.equal(existsSync(join(stage.world.root, 'hits')), false);
  assert.deepEqual(await told(await service.stop()), ['stopped', ['created file hits 644']]);
  assert.equal(service.state(), 'ended');
  assert.match(await ask(forward.url, ''), /ECONNREFUSED/);
  assert.equal(connections, 0);
  outside.close();
  await assert.rejects(service.forward(3000), { code: 'service.forward' });
});

test('a port may answer late, on the newer loopback address, and after the other side has said all', { skip }, async () => {
  const service = await node(`process.stdin.once('end', () => 0); setTimeout(() => require('node:net').createServer({ allowHalfOpen: true }, (socket) => { let all = ''; socket.on('data', (part) => all += part); socket.on('end', () => socket.end(all.toUpperCase())); socket.on('error', () => 0); }).listen(4000, '::1', () => console.log('listening')), 300)`);
  for (const port of [0, 65_536, 1.5]) await assert.rejects(service.forward(port), { code: 'service.port' });
  const forward = await service.forward(4000);
  assert.equal(await ask(forward.url, 'too early'), '', 'nobody listens yet');
  assert.ok(await says(service, 'listening'));
  assert.equal(await ask(forward.url, 'x'.repeat(300_000)), 'X'.repeat(300_000));
  for (let open = 1; open < 8; open++) await service.forward(4000 + open);
  await assert.rejects(service.forward(5000), { code: 'service.too-many' });
  await forward.close();
  await (await service.forward(5000)).close();
  await discard(await service.stop());
});

test("a watcher's output is followed as it comes, and of a long one the beginning and the end are kept", { skip }, async () => {
  const heard: Buffer[] = [];
  const service = await start(['/bin/sh', '-c', 'i=0; while :; do i=$((i + 1)); echo "change $i"; sleep 0.02; done']);
  const stopHearing = service.onOutput((chunk) => heard.push(Buffer.from(chunk)));
  assert.ok(await says(service, 'change 3\n'));
  const { next } = service.output(0);
  assert.ok(await until(() => service.output(next).bytes.length > 0));
  assert.match(text(service, next), /^change \d+\n/);
  stopHearing();
  const upTo = heard.length;
  assert.ok(await until(() => service.output(next).next > next + 50));
  assert.equal(heard.length, upTo);
  assert.ok(text(service).includes(Buffer.concat(heard).toString('utf8')));
  await discard(await service.stop());

  const loud = await start(['yes', 'flood'], { limits: { ...TIMELESS, output: 40_000 } });
  assert.ok(await until(() => loud.output(1e12).next > 4_000_000));
  assert.equal(loud.state(), 'running', 'it waits instead of being ended');
  const first = loud.output(0);
  assert.deepEqual([first.bytes.length, first.missed, first.next], [10_000, 0, 10_000]);
  const second = loud.output(first.next);
  assert.ok(second.missed > 0 && second.bytes.length >= 30_000 && second.bytes.length < 200_000);
  const ended = await loud.stop();
  assert.ok(ended.how === 'stopped' && ended.rehearsed.result.output.length < 41_000);
  await discard(ended);
});

test('it is asked to end before it is ended, and what it then writes is told', { skip }, async () => {
  const service = await shell('trap "echo saved > saved; exit 0" TERM; echo ready; sleep 60 & wait');
  assert.ok(await says(service, 'ready'));
  assert.deepEqual(await told(await service.stop()), ['stopped', ['created file saved 644']]);
});

test('one that ends by itself, that cannot begin or that breaks a limit says so', { skip }, async () => {
  assert.deepEqual(await told(await (await shell('echo x > made')).ended), ['ended', ['created file made 644']]);
  assert.deepEqual(await told(await (await shell('sleep 60', { limits: { ...SHORT, time: 300 } })).ended), ['limit', []]);
  const { containment } = stage.world;
  const prepared = await prepareView(stage.view);
  const spec = stage.world.spec(['true']);
  const plan = await planRehearsal(spec, prepared, containment);
  Object.assign(plan, { argv: [...plan.argv.slice(0, -6), '--ro-bind', '/not/there', '/x', ...plan.argv.slice(-6)].filter((word) => word !== '--') });
  const broken = await services.start(spec, plan, prepared, containment, { id: 'broken', session: 'session' });
  const ended = await broken.ended;
  assert.equal(ended.how, 'broken');
  assert.equal(broken.state(), 'ended');
});

test('a bomb of processes and what turns into a daemon are gone when a service is', { skip }, async () => {
  const bomb = await shell('b() { b | b & }; b; sleep 60', { limits: { ...TIMELESS, processes: 40 } });
  const stopped = await Promise.race([bomb.ended, new Promise<void>((resume) => setTimeout(resume, 500)).then(() => bomb.stop())]);
  assert.ok(['limit', 'stopped'].includes(stopped.how));
  await discard(stopped);
  const daemon = await shell(`trap '' TERM HUP; setsid sh -c 'trap "" TERM HUP; echo away; sleep 60; : ${stage.world.marker}' & sleep 60`);
  assert.ok(await says(daemon, 'away'));
  assert.ok(carriers(stage.world.marker).length > 0);
  await discard(await daemon.stop());
  assert.ok(await isGone(stage.world.marker));
});

test('sessions keep their services apart, there are no more than eight, and none after the end', { skip }, async () => {
  const one = await start(['sleep', '60'], {}, 'one');
  await Promise.all(Array.from({ length: 7 }, () => start(['sleep', '60'], {}, 'other')));
  await assert.rejects(start(['sleep', '60']), { code: 'service.too-many' });
  assert.equal(services.get(one.id), one);
  assert.deepEqual(services.list('one'), [one]);
  for (const ended of await services.stopSession('other')) await discard(ended);
  assert.deepEqual(services.list(), [one]);
  const [last] = await services.close();
  assert.ok(last !== undefined);
  assert.deepEqual(await told(last), ['stopped', []]);
  await assert.rejects(start(['sleep', '60']), { code: 'service.closed' });
  services = new Services();
});

test('when the workbench itself is killed its services and their open ports are gone', { skip }, async () => {
  const { world, view } = stage;
  const here = import.meta.dirname;
  const script = `
    import { planRehearsal, prepareView } from ${JSON.stringify(join(here, 'rehearse.ts'))};
    import { Services } from ${JSON.stringify(join(here, 'services.ts'))};
    const containment = ${JSON.stringify(world.containment)};
    const view = ${JSON.stringify(view)};
    const spec = ${JSON.stringify(world.spec(['sleep', '60'], { limits: TIMELESS }))};
    const prepared = await prepareView(view);
    const services = new Services();
    const service = await services.start(spec, await planRehearsal(spec, prepared, containment), prepared, containment, { id: 'a', session: 'b' });
    const { url } = await service.forward(3000);
    console.log(JSON.stringify({ url, pid: service.pid() }));`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const line = await new Promise<string>((resolve) => child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8'))));
  const { url, pid } = JSON.parse(line) as { url: string; pid: number };
  assert.equal(await ask(url, ''), '');
  const relays = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && parentIs(name, child.pid ?? 0));
  assert.ok(relays.length > 0);
  child.kill('SIGKILL');
  assert.ok(await until(() => !existsSync(`/proc/${pid}`)));
  for (const relay of relays) assert.ok(await until(() => !existsSync(`/proc/${relay}`)));
  assert.match(await ask(url, ''), /ECONNREFUSED/);
  assert.equal(await sweepRehearsals(view.folder), 1);
});

function parentIs(pid: string, parent: number): boolean {
  try {
    return new RegExp(`^PPid:\\s+${parent}$`, 'm').test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
