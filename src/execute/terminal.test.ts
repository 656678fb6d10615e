// Commands with a person at the terminal, in a real one made by util-linux's `script`: what is typed, what is shown,
// and how the person's own terminal is afterwards.
import assert from 'node:assert/strict';
import { spawn, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { makeStage, mountPoints, noRehearsal, type Stage } from '../../vectors/rehearse/stage.ts';
import { carriers, isGone, SHORT, until } from '../../vectors/sandbox/world.ts';
import { prepareView, sweepRehearsals } from './rehearse.ts';
import { planTerminal, runInTerminal } from './terminal.ts';

interface Told { readonly exit?: number | null; readonly limits?: readonly string[]; readonly output?: string; readonly lines?: readonly string[]; readonly code?: string }

interface Desk {
  press(keys: string): void;
  /** Waits until this was shown after what was waited for before. */
  shows(pattern: RegExp): Promise<void>;
  shown(): string;
  resize(rows: number, columns: number): void;
  hangUp(): void;
  readonly ended: Promise<Told>;
}

const skip = (await noRehearsal()) || (existsSync('/usr/bin/script') ? false : 'no `script` of util-linux here');
const noPerl = skip || (existsSync('/usr/bin/perl') ? false : 'no perl to call the kernel with');
const PROGRAM = join(import.meta.dirname, '../../vectors/rehearse/at-terminal.ts');
const LEAVE = '\u001d';
let stage: Stage;
let mounts: readonly string[];
const desks: ReturnType<typeof spawn>[] = [];
before(async () => {
  stage = await makeStage();
  mkdirSync(join(stage.world.outside, 'found'));
  mounts = mountPoints();
});
after(async () => {
  for (const desk of desks) desk.kill('SIGKILL');
  // A closed terminal ends its program as it stands, as it would a person's.
  await until(() => readdirSync(stage.view.folder).length === 0 || carriers(stage.view.folder).length === 0);
  await sweepRehearsals(stage.view.folder);
  await stage.end();
});
afterEach(() => {
  assert.deepEqual(mountPoints(), mounts, 'nothing is left mounted');
});

/** A person's shell in a terminal of 30 × 90, which runs the command and then says whether the terminal is as before. */
function open(argv: readonly string[], time = SHORT.time): Desk {
  const { root, outside } = stage.world;
  const told = join(outside, `told-${desks.length}`);
  const words = [process.execPath, PROGRAM, root, stage.view.folder, told, String(time), ...argv].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const line = `stty rows 30 cols 90; tty > ${told}.tty; was=$(stty -g); ${words}; [ "$was" = "$(stty -g)" ] && echo "as before" || echo "not as before"; IFS= read -r typed; echo "typed: <$typed>"`;
  const child = spawn('/usr/bin/script', ['-qefc', line, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TERM: 'xterm-256color', SHELL: '/bin/sh' } });
  desks.push(child);
  let raw = '';
  let seen = 0;
  let over = false;
  child.stdout.on('data', (chunk: Buffer) => (raw += chunk.toString('utf8')));
  child.stdin.on('error', () => undefined);
  const ended = new Promise<Told>((resolve) => child.once('close', () => {
    over = true;
    resolve(existsSync(told) ? (JSON.parse(readFileSync(told, 'utf8')) as Told) : {});
  }));
  return {
    ended,
    shown: () => raw,
    press: (keys) => void child.stdin.write(keys),
    async shows(pattern) {
      const found = (): RegExpExecArray | null => pattern.exec(raw.slice(seen));
      await until(() => over || found() !== null);
      const match = found();
      assert.ok(match !== null, `never shown: ${pattern}\n${JSON.stringify(raw.slice(seen).slice(0, 2000))}`);
      seen += match.index + match[0].length;
    },
    resize: (rows, columns) => void execFileSync('stty', ['-F', readFileSync(`${told}.tty`, 'utf8').trim(), 'rows', String(rows), 'cols', String(columns)]),
    hangUp: () => void child.kill('SIGKILL'),
  };
}

test('a command has a terminal of its own: its size, colours, line editing, and keys that are signals', { skip }, async () => {
  const line = `trap 'echo "interrupted"' INT; trap 'echo "stopped"' TSTP; trap 'stty size' WINCH
    tty; stty size; echo "$TERM $(env | grep -cE '^(LINES|COLUMNS)=')"; [ -t 0 ] && [ -t 1 ] && [ -t 2 ] && echo all terminals; printf '\\033[31mred\\033[0m\\n'
    IFS= read -r typed; echo "got <$typed>"; echo ready; until read -t 0; do sleep 0.05; done; echo x > made; exit 7`;
  const desk = open(['bash', '-c', line]);
  await desk.shows(/\/dev\/pts\/0\r\n30 90\r\nxterm-256color 0\r\nall terminals\r\n\u001b\[31mred\u001b\[0m\r\n/);
  desk.press('grün\u007fn\u007f\u007f\u007fü\r');
  await desk.shows(/got <gü>\r\nready/);
  desk.press('\u0003');
  await desk.shows(/interrupted/);
  desk.press('\u001a');
  await desk.shows(/stopped/);
  desk.resize(41, 123);
  await desk.shows(/41 123/);
  desk.resize(20, 60);
  await desk.shows(/20 60/);
  desk.press('\r');
  await desk.shows(/as before/);
  desk.press('\r');
  const { exit, limits, output, lines } = await desk.ended;
  assert.deepEqual([exit, limits, lines], [7, [], ['created file made 644']]);
  assert.match(output ?? '', /all terminals.*ready.*20 60/s);
  assert.match(desk.shown(), /typed: <>/);
  assert.equal(existsSync(join(stage.world.root, 'made')), false);
});

test('a shell in there has job control, and arguments reach a command as they are', { skip }, async () => {
  const desk = open(['bash', '--norc', '-c', `printf '%s|' "$@"; PS1='ready> ' exec bash --norc -i`, 'sh', "it's", '$(touch a)', '', 'a\nb']);
  await desk.shows(/it's\|\$\(touch a\)\|\|a\r\nb\|/);
  await desk.shows(/ready> /);
  desk.press('sleep 60\r');
  await desk.shows(/sleep 60\r\n/);
  desk.press('\u001a');
  await desk.shows(/Stopped\s+sleep 60/);
  desk.press('kill -9 %1; until [ -z "$(jobs -sp)" ]; do sleep 0.05; done; exit 3\r');
  await desk.shows(/as before/);
  desk.press('\r');
  assert.deepEqual((await desk.ended).exit, 3);
});

test("what a command types into its terminal never reaches the person's shell", { skip: noPerl }, async () => {
  const attack = `my $paste = "\\x03"; for my $fd (0..9) { open(my $h, "+<&=", $fd) or next; for my $c (split //, "touch pwned\\n") { my $key = $c; ioctl($h, 0x5412, $key) or print "$fd: $!\\n" and last } ioctl($h, 0x541c, $paste) or print "$fd: $!\\n" }
    for my $p (glob("/dev/tty* /dev/pts/* /dev/console /proc/*/fd/*")) { open(my $h, "+<", $p) or next; my $key = "x"; ioctl($h, 0x5412, $key) and print "typed into $p\\n" } print "done\\n"`;
  const desk = open(['perl', '-e', attack]);
  await desk.shows(/0: Operation not permitted\r\n.*done/s);
  await desk.shows(/as before/);
  desk.press('mine\r');
  await desk.shows(/typed: <mine>/);
  await desk.ended;
  assert.doesNotMatch(desk.shown(), /typed into/);
});

test('a person who is stuck leaves by keys that are ours, and gets the cursor, the screen and the keyboard back', { skip }, async () => {
  const { marker } = stage.world;
  const desk = open(['sh', '-c', `trap '' INT TERM TSTP; stty raw -echo; echo x > half; printf '\\033[?1049h\\033[?25l\\033[?1003hstuck'; sleep 60; : ${marker}`]);
  await desk.shows(/stuck/);
  desk.press('\u0003\u001a');
  desk.press(LEAVE + LEAVE);
  desk.press(LEAVE);
  await desk.shows(/\u001b\[\?25h\u001b\[\?1049;1003l/);
  await desk.shows(/as before/);
  desk.press('\r');
  const { exit, limits, lines } = await desk.ended;
  assert.deepEqual([exit, limits, lines], [null, ['cancelled'], ['created file half 644']]);
  assert.ok(await isGone(marker));
});

test('a limit ends a command at a terminal too, and one that writes for ever does not stop the keys', { skip }, async () => {
  const slow = open(['sh', '-c', 'stty raw -echo; sleep 60'], 300);
  await slow.shows(/as before/);
  slow.press('\r');
  assert.deepEqual((await slow.ended).limits, ['time']);
  const loud = open(['yes', 'for ever']);
  await loud.shows(/for ever\r\nfor ever/);
  loud.press('\u0003');
  await loud.shows(/as before/);
  loud.press('\r');
  assert.equal((await loud.ended).exit, 130);
});

test('a terminal that is closed ends the command', { skip }, async () => {
  const { marker } = stage.world;
  const desk = open(['sh', '-c', `trap '' HUP; echo running; sleep 60; : ${marker}`]);
  await desk.shows(/running/);
  desk.hangUp();
  await desk.ended;
  assert.ok(await isGone(marker));
});

test('without a terminal, or with a plan of something else, nothing is begun and nothing left', { skip }, async () => {
  const { containment, spec: specOf } = stage.world;
  const left = readdirSync(stage.view.folder);
  const spec = specOf(['touch', 'made']);
  const signal = new AbortController().signal;
  const first = await prepareView(stage.view);
  const plan = await planTerminal(spec, first, containment);
  await assert.rejects(runInTerminal(spec, plan, first, containment, { signal }), { code: 'terminal.none' });
  const second = await prepareView(stage.view);
  await assert.rejects(runInTerminal(specOf(['touch', 'other']), plan, second, containment, { signal }), { code: 'terminal.plan' });
  assert.deepEqual(readdirSync(stage.view.folder), left);
});
