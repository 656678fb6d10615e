// Kill -9 at random points of a scripted task, driven through the command line. After each: nothing that was
// acknowledged is lost, nothing ran twice, what was cut off is shown, and the turn can go on. PWB_SEED repeats a
// campaign, PWB_POINTS makes it shorter or longer.
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { test } from 'node:test';
import { openDesk, type Desk, type Ran } from '../vectors/cli/pwb.ts';
import { startScripted, type Turn } from '../vectors/dialects/scripted.ts';
import type { LogEvent } from '../src/model/event.ts';

const POINTS = Number(process.env['PWB_POINTS'] ?? 200);
const SEED = Number(process.env['PWB_SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** A campaign that doesn't get through is a fault too. Rounds in a row without a kill. */
const MOST_MISSES = 40;

interface Doc {
  readonly session?: string;
  readonly state?: string;
  readonly pending?: readonly { readonly id: string }[];
}

interface Orphan {
  readonly id: string;
  readonly session: string;
  readonly outcome: string;
}

/** Mulberry32: small, seeded, good enough to pick moments. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The task: looks, writes, runs twice (once with an effect that can be counted), answers. It never tries anything again. */
function nextTurn(request: unknown): Turn {
  const { messages } = request as { messages: readonly { readonly role: string; readonly content: string }[] };
  const mark = /mark-\d+/.exec(messages.find(({ role }) => role === 'user')?.content ?? '')?.[0] ?? 'mark-none';
  const steps: readonly Turn[] = [
    { text: 'I look.', calls: [{ name: 'list', arguments: {} }, { name: 'read', arguments: { path: 'a.txt' } }] },
    { text: 'I write.', calls: [{ name: 'write', arguments: { path: `${mark}.txt`, content: `${mark}\n` } }] },
    { text: 'I run.', calls: [{ name: 'run', arguments: { command: `echo ${mark} >> marks.log; sleep 0.05; echo ran ${mark}` } }, { name: 'run', arguments: { command: 'cat a.txt', readonly: true } }] },
  ];
  const answered = messages.filter(({ role }) => role === 'assistant').length;
  return steps[answered] ?? { text: `Done with ${mark}.` };
}

class Campaign {
  readonly desk: Desk;
  readonly random: () => number;
  /** Every event that anybody was told of, by seq, as text. */
  readonly told = new Map<number, string>();
  #victim: { kill(): void } | undefined;
  kills = 0;
  orphans = 0;

  constructor(desk: Desk, random: () => number) {
    this.desk = desk;
    this.random = random;
  }

  /** One call that may be killed. Null when it was. */
  async call(args: readonly string[]): Promise<Ran | null> {
    const running = this.desk.start(args);
    this.#victim = { kill: () => running.child.kill('SIGKILL') };
    const ran = await running.ended;
    this.#victim = undefined;
    return ran.code === null ? null : ran;
  }

  /** The task from its begin to its end, or to the kill. */
  async play(args: readonly string[]): Promise<Doc | null> {
    let ran = await this.call(args);
    for (;;) {
      if (ran === null) return null;
      const doc = ran.json<Doc>();
      const [next] = doc.pending ?? [];
      if (next === undefined) return doc;
      assert.equal(ran.code, 3, ran.stdout + ran.stderr);
      ran = await this.call(['invoke', next.id, '--json']);
    }
  }

  /** Kills whatever runs after this many milliseconds. Resolves when it is over or called off. */
  arm(delay: number): { readonly killed: () => boolean; disarm(): void } {
    let killed = false;
    const timer = setTimeout(() => {
      if (this.#victim === undefined) return;
      killed = true;
      this.#victim.kill();
    }, delay);
    return { killed: () => killed, disarm: () => clearTimeout(timer) };
  }

  hear(events: readonly LogEvent[], from: string): void {
    for (const event of events) {
      const text = JSON.stringify(event);
      const known = this.told.get(event.seq);
      assert.ok(known === undefined || known === text, `event ${event.seq} was ${known ?? ''} and is ${text} (${from})`);
      this.told.set(event.seq, text);
    }
  }

  async events(limit: number): Promise<readonly LogEvent[]> {
    const ran = await this.desk.pwb(['log', '--json', '--limit', String(limit)]);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.json<readonly LogEvent[]>();
  }

  /** What must hold after a kill, whatever it hit. */
  async check(): Promise<void> {
    const verified = await this.desk.pwb(['log', 'verify', '--json']);
    assert.equal(verified.code, 0, verified.stdout);
    const recent = await this.events(600);
    this.hear(recent, 'after the kill');
    const last = recent.at(-1)?.seq ?? -1;
    assert.ok(last >= Math.max(-1, ...this.told.keys()), 'the log is shorter than what was told before');

    const of = (type: LogEvent['body']['type']): readonly string[] => recent.flatMap(({ body }) => (body.type === type && 'action' in body ? [String(body.action)] : []));
    const ended = of('action.ended');
    assert.equal(new Set(ended).size, ended.length, 'an action ended twice');
    const granted = of('action.granted');
    assert.equal(new Set(granted).size, granted.length, 'an action was granted twice');
    assert.deepEqual(granted.filter((id) => !ended.includes(id)), [], 'begun, not ended, and nobody said so');
    const crashed = recent.flatMap(({ body }) => (body.type === 'action.ended' && body.why === 'crashed' ? [body] : []));
    for (const { outcome } of crashed) assert.equal(outcome, 'unknown');

    const { orphans } = (await this.desk.pwb(['inbox', '--json'])).json<{ orphans: readonly Orphan[] }>();
    const fresh = crashed.map(({ action }) => action).filter((id) => !this.#seen.has(id));
    for (const id of fresh) {
      this.#seen.add(id);
      this.orphans += 1;
      assert.ok(orphans.some((orphan) => orphan.id === id), `orphan ${id} is not in the inbox`);
      assert.match((await this.desk.pwb(['show', id])).stdout, /unknown \(crashed\)/);
    }
    this.checkEffects();
  }
  readonly #seen = new Set<string>();

  checkEffects(): void {
    const marks = existsSync(join(this.desk.folder, 'marks.log')) ? this.desk.file('marks.log').split('\n').filter((line) => line !== '') : [];
    assert.equal(new Set(marks).size, marks.length, `an action ran twice: ${marks.join(' ')}`);
    for (const name of readdirSync(this.desk.folder)) {
      const mark = /^(mark-\d+)\.txt$/.exec(name)?.[1];
      if (mark !== undefined) assert.equal(this.desk.file(name), `${mark}\n`, 'half a file');
    }
  }

  /** Nothing of ours runs in the workspace any more. */
  async checkGone(): Promise<void> {
    const left = (): string[] =>
      readdirSync('/proc').filter((pid) => {
        try {
          return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').startsWith('/usr/bin/bwrap') && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(this.desk.folder);
        } catch {
          return false;
        }
      });
    for (let tries = 100; tries > 0 && left().length > 0; tries--) await pause(20);
    assert.deepEqual(left(), [], 'a sandbox outlived its pwb');
  }
}

test(`kill -9 at ${POINTS} random points: no acknowledged event is lost, no action runs twice, every orphan is shown (seed ${SEED})`, { skip: existsSync('/usr/bin/bwrap') ? false : 'no bubblewrap here', timeout: 1_200_000 }, async (t) => {
  const model = await startScripted({ dialect: 'llamacpp', turns: nextTurn });
  try {
    await using desk = openDesk(undefined, { PWB_MODEL_URL: model.url });
    await desk.pwb(['workspace', 'add', desk.folder]);
    const campaign = new Campaign(desk, randomFrom(SEED));
    const follower = desk.start(['log', '--follow', '--json', '--limit', '1000'], { patience: 2_000_000_000 });
    let heard = 0;
    const listen = (): void => {
      const lines = follower.stdout().slice(heard).split('\n').slice(0, -1);
      heard += lines.reduce((sum, line) => sum + line.length + 1, 0);
      campaign.hear(lines.map((line) => JSON.parse(line) as LogEvent), 'followed');
    };

    const began = performance.now();
    assert.equal((await campaign.play(['ask', 'do mark-0', '--json']))?.state, 'answered');
    let span = performance.now() - began;
    let misses = 0;
    for (let round = 1; campaign.kills < POINTS; round++) {
      const delay = campaign.random() * span;
      const armed = campaign.arm(delay);
      const start = performance.now();
      let end = await campaign.play(['ask', `do mark-${round}`, '--json']);
      armed.disarm();
      if (!armed.killed()) {
        // It was quicker than the guess.
        span = 0.5 * span + 0.5 * (performance.now() - start);
        misses += 1;
        assert.ok(misses < MOST_MISSES, 'it is never killed');
        continue;
      }
      misses = 0;
      campaign.kills += 1;
      await campaign.checkGone();
      listen();
      await campaign.check();

      // The person goes on; half of the time that is killed as well.
      const [session] = (await desk.pwb(['sessions', '--json'])).json<readonly { id: string; title: string; state: string }[]>();
      if (session?.title !== `do mark-${round}`) continue; // Killed before there was anything.
      if (session.state === 'waiting' || session.state === 'broken-off') {
        const again = campaign.random() < 0.5 && campaign.kills < POINTS ? campaign.arm(campaign.random() * span) : undefined;
        end = await campaign.play(['resume', session.id, '--json']);
        again?.disarm();
        if (again?.killed() === true) {
          campaign.kills += 1;
          await campaign.checkGone();
          listen();
          await campaign.check();
          end = await campaign.play(['resume', session.id, '--json']);
        }
        assert.ok(end?.state === 'answered', `resume ended as ${JSON.stringify(end)}`);
      }
      campaign.checkEffects();
      if (campaign.kills % 25 === 0) t.diagnostic(`${campaign.kills} kills, ${campaign.orphans} orphans, ${campaign.told.size} events`);
    }
    follower.child.kill('SIGTERM');
    assert.equal((await follower.ended).code, 0);
    listen();
    const all = await campaign.events(100_000);
    assert.deepEqual(all.map(({ seq }) => seq), all.map((_, at) => at));
    campaign.hear(all, 'at the end');
    assert.equal(campaign.told.size, all.length);
    assert.deepEqual((await desk.pwb(['inbox', '--json'])).json(), { waiting: [], orphans: [], unreadable: [] });
    t.diagnostic(`seed ${SEED}: ${campaign.kills} kills, ${campaign.orphans} orphans, ${all.length} events, a task takes ${Math.round(span)} ms`);
  } finally {
    await model.close();
  }
});
