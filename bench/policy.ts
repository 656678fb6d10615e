// What a decision costs: 50 rules, a context of several results, labels, typed matching and provenance of each argument;
// and how many past decisions a second can be judged anew. Alone: node bench/policy.ts
import { cedarPolicyOf } from '../src/policy/cedar-policy.ts';
import type { RuleFile } from '../src/policy/cedar-file.ts';
import { judgeCall } from '../src/policy/flow-call.ts';
import { hear, ledgerOf, type ToolManifest } from '../src/policy/flow-ledger.ts';
import { provenanceOf } from '../src/policy/flow-provenance.ts';
import { PROFILE_FILES } from '../src/policy/profiles/profiles.ts';
import { ms, now, type Result, type Row } from './measure.ts';

const RULES = 50;
const CALLS = 1000;
const ROUNDS = 8;

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
      { what: 'decisions judged anew', figure: `${Math.round(rate)} per second`, target: '≥ 2000 per second', ok: rate >= 2000 },
    ],
  };
}

function mail(at: number): string {
  return Array.from({ length: 40 }, (_, line) => `Line ${line} of mail ${at}, from person${line}@example.org, see https://example.org/${at}/${line} on 2024-05-${String((line % 28) + 1).padStart(2, '0')}.`).join('\n');
}

if (import.meta.main) console.table((await bench()).rows);
