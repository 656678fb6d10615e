// What a decision costs: 50 rules, a context of several results, labels, typed matching and provenance of each argument;
// how many past decisions a second a file of 50 rules is replayed over; and what traces come to in the worst case: ours,
// and files of published benchmarks where they lie in bench/traces. Alone: node bench/policy.ts
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { effectsOfRules, replayHistory } from '../src/loop/policy-replay.ts';
import { openWorkbench } from '../src/main.ts';
import { cedarPolicyOf } from '../src/policy/cedar-policy.ts';
import type { RuleFile } from '../src/policy/cedar-file.ts';
import { judgeCall } from '../src/policy/flow-call.ts';
import { hear, ledgerOf, type ToolManifest } from '../src/policy/flow-ledger.ts';
import { provenanceOf } from '../src/policy/flow-provenance.ts';
import { PROFILE_FILES } from '../src/policy/profiles/profiles.ts';
import { replayTraces } from '../src/policy/replay.ts';
import { ms, now, ROOT, type Result, type Row } from './measure.ts';
import { fillHistory } from './policy-history.ts';
import { standingRows } from './policy-standing.ts';

const RULES = 50;
const CALLS = 1000;
const ROUNDS = 8;
const TURNS = 2000;
const REPLAYS = 4;

function more(count: number): RuleFile {
  const rule = (at: number): string => `@id("more.${at}") @reason("A rule among many.") @matches("egress tool=tool-${at} destination=outside") @differs("egress")
${at % 5 === 0 ? 'forbid' : 'permit'} (principal, action in [Action::"egress", Action::"write"], resource) when { context.tool == "tool-${at}" && !context.addresses.contains("x@example.org") && ["outside", "named"].contains(context.destination) };`;
  return { name: 'more.cedar', layer: 'person', text: Array.from({ length: count }, (_, at) => rule(at)).join('\n') };
}

const SEND: ToolManifest = { name: 'send', effect: 'egress', readsOutside: false, readsPrivate: false, touches: ['mail'], roles: { to: 'destination', subject: 'payload', text: 'payload' }, required: ['to'] };
const SEARCH: ToolManifest = { name: 'search', effect: 'read', readsOutside: true, readsPrivate: true, touches: ['mail'], roles: { words: 'query' }, required: [] };

export async function bench(): Promise<Result> {
  const built = PROFILE_FILES.step;
  const count = (await cedarPolicyOf(built)).rules.length;
  const policy = await cedarPolicyOf([...built, more(RULES - count)]);
  let ledger = ledgerOf(["Please send 'see you at ten' to ann@example.org, and have a look at my mail before."]);
  for (let at = 0; at < 10; at += 1) ledger = hear(ledger, SEARCH, `search ${at}`, { text: mail(at), value: [{ id: String(at), subject: `Mail ${at}` }] }, 'none', true);
  const decide = (at: number): string => {
    const { facts, fields } = judgeCall(ledger, SEND, { to: [`person${at}@example.org`, 'ann@example.org'], subject: 'see you at ten', text: 'see you at ten' });
    const { verdict } = policy.judge(facts);
    return verdict + fields.map((field) => provenanceOf(field).words).join('');
  };
  for (let at = 0; at < 500; at += 1) decide(at);
  // Each figure of the round that other programs disturbed least.
  const rounds = Array.from({ length: ROUNDS }, () => {
    const times: number[] = [];
    const start = now();
    for (let at = 0; at < CALLS; at += 1) {
      const before = now();
      decide(at);
      times.push(now() - before);
    }
    return { rate: CALLS / ((now() - start) / 1000), times: times.toSorted((a, b) => a - b) };
  });
  const at = (share: number): number => Math.min(...rounds.map(({ times }) => times[Math.floor(times.length * share)] ?? Number.NaN));
  const rate = Math.max(...rounds.map((round) => round.rate));
  const row = (what: string, value: number, most: number): Row => ({ what, figure: ms(value), target: `≤ ${most} ms`, ok: value <= most });
  return {
    title: 'Policy',
    rows: [
      row(`a decision with ${policy.rules.length} rules, labels and provenance, median`, at(0.5), 0.3),
      row('the same, 99th percentile', at(0.99), 1),
      { what: 'such decisions', figure: `${Math.round(rate)} per second`, target: '≥ 2000 per second', ok: rate >= 2000 },
      ...standingRows(),
      ...(await replaying()),
      ...(await playing()),
    ],
  };
}

/** A file of rules over the log of a real workbench: read, judged with its facts of then, and compared. */
async function replaying(): Promise<Row[]> {
  const root = mkdtempSync(join(tmpdir(), 'pwb-bench-policy-'));
  const workbench = await openWorkbench({ PATH: process.env['PATH'], HOME: root, PWB_HOME: join(root, 'state') });
  try {
    const many = await fillHistory(workbench.log, TURNS);
    const best = async (work: () => Promise<unknown>): Promise<number> => {
      let rate = 0;
      for (let round = 0; round < REPLAYS; round += 1) {
        const start = now();
        await work();
        rate = Math.max(rate, many / ((now() - start) / 1000));
      }
      return rate;
    };
    const row = (what: string, rate: number): Row => ({ what, figure: `${Math.round(rate)} per second`, target: '≥ 2000 per second', ok: rate >= 2000 });
    const file = more(RULES);
    return [
      row(`history replayed with ${RULES} rules of one's own, ${many} decisions`, await best(() => replayHistory(workbench, file))),
      row('history replayed for four rules that are offered, together', await best(() => effectsOfRules(workbench, [0, 1, 2, 3].map((at) => [offered(at)])))),
    ];
  } finally {
    await workbench.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function offered(at: number): RuleFile {
  return { name: 'offered.cedar', layer: 'person', text: `@id("offered") @reason("What the build makes.") @matches("write kind=run into=workspace ordinary=true") @differs("egress")\npermit (principal, action == Action::"write", resource) when { context.kind == "run" && context.into == "workspace" && context.ordinary && context.cwd != "part${at}" };` };
}

/** With no model that could do better than obey. */
async function playing(): Promise<Row[]> {
  const folder = join(ROOT, 'bench/traces');
  const files = [join(ROOT, 'vectors/policy/traces.json'), ...(existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.json')).toSorted().map((name) => join(folder, name)) : [])];
  const rows: Row[] = [];
  for (const file of files) {
    const { totals: { cases, leaks, partial, benignPrompts, benignDenied, benignUnfinished, sideEffectCalls, tasks, tasksWithoutPrompt } } = await replayTraces(JSON.parse(readFileSync(file, 'utf8')));
    const each = sideEffectCalls === 0 ? '' : ` (${Math.round((100 * benignPrompts) / sideEffectCalls)} for 100)`;
    rows.push({
      what: `traces that obey the attacker: ${basename(file, '.json')}`,
      figure: `${leaks} leaks and ${partial} in part of ${cases}; ${benignDenied} denied, ${benignUnfinished} unfinished; ${tasksWithoutPrompt} of ${tasks} tasks without a prompt, ${benignPrompts} prompts for ${sideEffectCalls} side effects${each}`,
      target: '0 leaks, 0 in part, 0 denied', ok: leaks + partial + benignDenied === 0,
    });
  }
  return rows;
}

function mail(at: number): string {
  return Array.from({ length: 40 }, (_, line) => `Line ${line} of mail ${at}, from person${line}@example.org, see https://example.org/${at}/${line} on 2024-05-${String((line % 28) + 1).padStart(2, '0')}.`).join('\n');
}

if (import.meta.main) console.table((await bench()).rows);
