// pwb policy why: why an action was decided as it was, stage by stage, from the record. It judges nothing anew.
import { sourceWords } from '../approvals/origin-words.ts';
import { findId } from '../loop/desk.ts';
import type { Why, WhyFact, WhyStage } from '../loop/policy-why.ts';
import { partsOf } from '../model/rule-text.ts';
import { visible } from '../model/visible.ts';
import { EXIT, words, type Context } from './command.ts';
import type { Out } from './out.ts';

const USAGE = { usage: 'policy why ID [--json]' };
const SAYS = { allow: 'allowed', ask: 'asked', deny: 'denied' } as const;
const ANSWERS = { invoke: 'You said yes', deny: 'You said no', edit: 'You changed it' } as const;
const ORIGINS = { guard: 'a guard, which no rule loosens', question: 'a question, asked where no rule speaks', 'built-in': 'built-in', machine: "the machine's", person: 'yours', workspace: "the workspace's", standing: 'yours, said with Always…', house: 'the house itself', unknown: 'not known any more' } as const;

export async function why({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(USAGE, args, { json: { type: 'boolean' } }, { least: 1, most: 1 });
  const bench = await open();
  const { whyDecided } = await import('../loop/policy-why.ts');
  const told = whyDecided(bench, findId(bench.log, 'actions', positionals[0] ?? ''));
  if (values.json === true) out.json(told);
  else say(told, out);
  return EXIT.done;
}

function say({ action, heading, by, stages, origins, outside }: Why, out: Out): void {
  out.line(`${out.style('bold', action)}  ${visible(heading)}${by === 'person' ? ', yours' : ''}`);
  if (stages.length === 0) out.line('Nothing was decided on it yet.');
  for (const stage of stages) sayStage(stage, out);
  if (origins.length > 0) out.line(`\n${out.style('bold', 'Where its words come from:')}`);
  for (const { argument, value, words: found, integrity, action: from } of origins) {
    out.line(`  ${out.style(integrity === 'outside' ? 'yellow' : 'dim', argument)}  ${value === null ? '' : `${value}: `}${found}${from === null ? '' : ` → pwb show ${from}`}`);
  }
  if (outside.length > 0) out.line(`\n${out.style('yellow', 'Whoever wrote it had read from outside:')}`);
  for (const { source, action: from, turn } of outside) out.line(`  ${sourceWords(source)}, after your message ${turn}${from === null ? '' : ` → pwb show ${from}`}`);
}

function sayStage({ time, stage, verdict, profile, reason, rules, facts, recorded, obstacles, answer }: WhyStage, out: Out): void {
  out.line(`\n${stage === 'rehearse' ? 'to try it' : 'to land it'}: ${out.style('bold', SAYS[verdict])}  ${out.style('dim', `${time}, profile ${visible(profile)}`)}`);
  out.line(out.prose(`  ${visible(reason)}`));
  for (const rule of rules) {
    out.line(`  by ${out.style('bold', visible(rule.id))}, ${ORIGINS[rule.origin]}${rule.of === 'then' ? ', as it was then' : ''}`);
    if (rule.reason !== '' && rule.reason !== reason) out.line(out.prose(`    ${visible(rule.reason)}`));
    for (const line of rule.text === null ? [] : partsOf(rule.text).rule.split('\n')) out.line(`    ${out.style('dim', visible(line))}`);
    if (rule.note !== null) out.line(`    ${out.style('yellow', rule.note)}`);
  }
  if (obstacles.length > 0) out.line('  For it to go without asking:');
  for (const one of obstacles) out.line(out.prose(`    ${visible(one)}`));
  if (answer !== null) out.line(`  ${out.style('bold', ANSWERS[answer.answer])}, ${answer.time}${answer.why === '' ? '' : `: ${visible(answer.why)}`}`);
  if (facts === null) out.line(out.style('yellow', '  What it judged was erased.'));
  else {
    const [used, others] = [facts.filter((fact) => fact.used), facts.filter((fact) => !fact.used)].map((some) => some.map(factWords));
    const when = recorded ? '' : ' (derived today: not on record then)';
    if (used !== undefined && used.length > 0) out.line(`  What it judged${when}:`);
    for (const fact of used ?? []) out.line(`    ${fact}`);
    if (others !== undefined && others.length > 0) out.line(out.prose(`  ${out.style('dim', `What no rule that decided looks at${used?.length === 0 ? when : ''}: ${others.join('; ')}`)}`));
  }
}

const LONG = 200; // characters

function factWords({ name, value }: WhyFact): string {
  const text = typeof value === 'object' ? (value.length === 0 ? 'none' : value.join(', ')) : String(value);
  return `${name} = ${visible(text.length > LONG ? `${text.slice(0, LONG).toWellFormed()}…` : text)}`;
}
