// pwb policy replay: what a file of rules would have said to all that was decided here, first what it would have let
// through that was denied; or, --live, what it would say otherwise from now on. It records nothing.
import { readFileSync, statSync } from 'node:fs';
import type { Replayed, Then } from '../loop/policy-replay.ts';
import type { Verdict } from '../model/decision.ts';
import { timeText } from '../model/clock.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import type { Profile } from '../model/profile.ts';
import { visible } from '../model/visible.ts';
import { EXIT, profileNamed, usageFault, words, type Context } from './command.ts';
import type { Out } from './out.ts';
import { lengthNamed } from './since.ts';

const USAGE = { usage: 'policy replay FILE [--since 30d | --live] [--profile strict|step|draft|sealed] [--json]' };
const LARGEST = 1024 * 1024; // bytes
const WORDS: { readonly [then in Then]: string } = { allowed: 'allowed', yes: 'asked, you said yes', no: 'asked, you said no', open: 'asked, not answered', denied: 'denied' };
const NOW = { allow: 'allowed', ask: 'asked', deny: 'denied' } as const;

export async function replayRules(context: Context): Promise<number> {
  const { args, out, open } = context;
  const { values, positionals } = words(USAGE, args, { since: { type: 'string' }, live: { type: 'boolean' }, profile: { type: 'string' }, json: { type: 'boolean' } }, { least: 1, most: 1 });
  if (values.live === true && values.since !== undefined) throw usageFault(USAGE, '--live begins now: leave out --since');
  const { replayHistory } = await import('../loop/policy-replay.ts');
  const profile = profileNamed(USAGE, values.profile);
  const back = values.since === undefined ? undefined : lengthNamed(USAGE, values.since);
  const file = { name: positionals[0] ?? '', text: readRulesText(positionals[0] ?? '') };
  if (values.live === true) return followRules(context, file, profile, values.json === true);
  const since = back === undefined ? undefined : Date.now() - back;
  const replayed = await replayHistory(await open(), file, { ...(profile === undefined ? {} : { profile }), ...(since === undefined ? {} : { since }) });
  if (values.json === true) out.json({ since: since === undefined ? null : timeText(since), ...replayed });
  else say(replayed, out);
  return EXIT.done;
}

async function followRules({ out, open, interrupt }: Context, file: { readonly name: string; readonly text: string }, profile: Profile | undefined, asJson: boolean): Promise<number> {
  const { followDifferences } = await import('../loop/policy-live.ts');
  const differences = followDifferences(await open(), file, interrupt(), profile === undefined ? {} : { profile });
  out.note('Following what is decided, by all of the workbench; Ctrl-C ends it. Told is what these rules would decide otherwise.');
  for await (const one of differences) {
    if (asJson) {
      out.json(one);
      continue;
    }
    const { time, action, heading, stage, was, before, now, rules, reason } = one;
    out.line(`${out.style('dim', time)}  ${out.style('bold', action)}  ${visible(heading)}${stage === 'rehearse' ? ', to try it' : ''}`);
    out.line(`  was ${NOW[was]} by ${visible(before.join(', '))}; would be ${out.style(LOOSER[was].includes(now) ? 'red' : 'bold', NOW[now])} by ${visible(rules.join(', '))}`);
    out.line(`  ${out.prose(visible(reason))}`);
  }
  return EXIT.done;
}

const LOOSER: { readonly [was in Verdict]: readonly Verdict[] } = { allow: [], ask: ['allow'], deny: ['allow', 'ask'] };

function say({ decided, allow, ask, deny, erased, erasedDenied, letThrough, anyway, lines, differences }: Replayed, out: Out): void {
  if (letThrough === 0) out.line(out.style('bold', 'No past denial would be let through.'));
  else out.line(out.style('red', `! ${letThrough} past ${letThrough === 1 ? 'denial' : 'denials'} would be let through without asking${anyway === 0 ? '' : `, ${anyway} of them without this file, too`}:`));
  for (const { action, heading, stage, by, before, rules, anyway: alone } of lines) {
    out.line(`  ${out.style('bold', action)}  ${visible(heading)}`);
    out.line(`    ${by === 'person' ? `you said no (asked by ${before.join(', ')})` : `was denied by ${before.join(', ')}`}${stage === 'rehearse' ? ' before it was tried' : ''}; would go by ${out.style('bold', rules.join(', '))}${alone ? ', without this file too' : ''}`);
  }
  if (lines.length < letThrough) out.line(`  … and ${letThrough - lines.length} older ones`);
  if (erasedDenied > 0) out.line(out.style('yellow', `! ${erasedDenied} more that ${erasedDenied === 1 ? 'was' : 'were'} denied can't be told: erased.`));
  out.line(`Of ${decided} decided: ${allow} would be allowed, ${ask} asked, ${deny} denied${erased === 0 ? '' : `; ${erased} erased and not judged`}.`);
  if (differences.length === 0) return out.line('Nothing would be decided otherwise.');
  out.line('What would be decided otherwise:');
  for (const { was, now, rules, count, actions } of differences) {
    out.line(`  ${String(count).padStart(6)}  ${`${WORDS[was]} → ${NOW[now]}`.padEnd(30)}  ${rules.length === 0 ? 'other rules' : rules.join(', ')}  ${out.style('dim', `${actions.join(' ')}${count > actions.length ? ' …' : ''}`)}`);
  }
}

function readRulesText(path: string): string {
  try {
    if (statSync(path).size > LARGEST) throw new Fault('policy.long', `${path} is larger than 1 MiB`, 'give a smaller file of rules');
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('policy.file', `${path} can't be read as text: ${wordsOf(error)}`, 'give a file of Cedar rules');
  }
}
