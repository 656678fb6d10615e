// pwb policy stats: how often you are asked and how you answer, and which rules would spare you the most of it.
import type { Savings } from '../loop/policy-savings.ts';
import type { PolicyStats } from '../loop/policy-stats.ts';
import { timeText } from '../model/clock.ts';
import { visible } from '../model/visible.ts';
import { EXIT, words, type Context } from './command.ts';
import type { Out } from './out.ts';
import { lengthNamed } from './since.ts';

const USAGE = { usage: 'policy stats [--since 30d] [--json]' };
const FEW = 10;

export async function stats({ args, out, open }: Context): Promise<number> {
  const { values } = words(USAGE, args, { since: { type: 'string' }, json: { type: 'boolean' } }, { least: 0, most: 0 });
  const since = Date.now() - lengthNamed(USAGE, values.since ?? '30d');
  const bench = await open();
  const { policyStats } = await import('../loop/policy-stats.ts');
  const told = await policyStats(bench, since);
  const { savingsOf } = await import('../loop/policy-savings.ts');
  // Where the rules that hold are broken there are figures all the same.
  if (values.json !== true) say(told, out);
  const { savings, yeses } = await savingsOf(bench, since);
  if (values.json === true) return out.json({ ...told, since: timeText(told.since), yeses, savings }), EXIT.done;
  if (yeses > 0) saySavings(savings, out);
  return EXIT.done;
}

function saySavings(savings: Savings['savings'], out: Out): void {
  out.line(savings.length === 0 ? 'No rule would have spared you two prompts or more without letting a past denial through.' : 'Rules that would have spared you the most, and let no past denial through:');
  for (const { action, offer, scope, text, broad, saved } of savings) {
    out.line(`  ${String(saved).padStart(6)}  ${out.style('bold', scope)}`);
    for (const line of text.split('\n')) out.line(`          ${line}`);
    if (broad !== null) out.line(`          ${out.style('yellow', `! ${broad}`)}`);
    out.line(`          pwb policy always ${action} ${offer.slice(0, 8)}`);
  }
}

function say({ since, tasks, tasksWithoutPrompt, prompts, typedPrompts, answers, time, streaks, rules, kinds }: PolicyStats, out: Out): void {
  out.line(`Since ${timeText(since)}: ${out.style('bold', `${prompts} ${prompts === 1 ? 'prompt' : 'prompts'} for ${tasks} ${tasks === 1 ? 'task' : 'tasks'}`)}${tasks === 0 ? '' : ` (${(prompts / tasks).toFixed(2)} a task); ${tasksWithoutPrompt} of ${tasks} without any (${Math.round((100 * tasksWithoutPrompt) / tasks)} %)`}${typedPrompts === 0 ? '' : `; ${typedPrompts} more about what you typed yourself`}.`);
  if (prompts + typedPrompts === 0) return;
  const { yes, no, changed, open } = answers;
  out.line(`You said yes to ${yes}, no to ${no}, changed ${changed}; ${open} ${open === 1 ? 'waits or ended' : 'wait or ended'} without an answer.`);
  if (time.median !== null && time.ninetieth !== null) out.line(`Time to answer: half within ${lengthText(time.median)}, nine of ten within ${lengthText(time.ninetieth)}.`);
  out.line(`Yeses in a row: at most ${streaks.longest}, now ${streaks.current}. Within ${streaks.quickMs / 1000} s of the card: ${streaks.quick}, at most ${streaks.longestQuick} in a row.`);
  out.line('By rule:');
  for (const { rule, prompts: count, yes: said, no: denied } of rules.slice(0, FEW)) out.line(`  ${String(count).padStart(6)}  ${visible(rule)}  ${out.style('dim', `${said} yes, ${denied} no`)}`);
  if (rules.length > FEW) out.line(`  … and ${rules.length - FEW} more: --json`);
  out.line(`By kind: ${kinds.map(({ kind, prompts: count }) => `${kind} ${count}`).join(', ')}`);
}

/** Of milliseconds: `0.4 s`, `12 s`, `3 min`, `5 h`. */
function lengthText(length: number): string {
  if (length < 10_000) return `${(length / 1000).toFixed(1)} s`;
  if (length < 120_000) return `${Math.round(length / 1000)} s`;
  return length < 7_200_000 ? `${Math.round(length / 60_000)} min` : `${Math.round(length / 3_600_000)} h`;
}
