// pwb policy check and try: a file of Cedar rules, read and tried on a past action. Neither stores or changes anything,
// and the engine of the rules is loaded here only.
import { readFileSync, statSync } from 'node:fs';
import { findId } from '../loop/desk.ts';
import type { OneRule, Tried } from '../loop/policy-file.ts';
import type { Verdict } from '../model/decision.ts';
import type { Stage } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { EXIT, profileNamed, words, type Context } from './command.ts';
import type { Out } from './out.ts';

const LARGEST = 1024 * 1024; // bytes
const CHECK = { usage: 'policy check [FILE] [--json]' };
const TRY = { usage: 'policy try FILE ID [--profile P] [--json]' };
const SAYS: { readonly [verdict in Verdict]: string } = { allow: 'goes without asking', ask: 'asks', deny: 'is refused' };
const STAGES: { readonly [stage in Stage]: string } = { rehearse: 'to try it', land: 'to land it' };

export async function check(context: Context): Promise<number> {
  const { args, out } = context;
  const { values, positionals } = words(CHECK, args, { json: { type: 'boolean' } }, { least: 0, most: 1 });
  const [file] = positionals;
  if (file === undefined) return (await import('./policy-layers.ts')).checkOwn(context);
  const text = readRuleFile(file);
  const { checkFile } = await import('../loop/policy-file.ts');
  const rules = await checkFile(file, text);
  if (values.json === true) return out.json({ file, rules }), EXIT.done;
  for (const { id, verdict, reason, line, matches, differs } of rules) {
    out.line(`${out.style('bold', id)}  ${SAYS[verdict]}  ${out.style('dim', `line ${line}`)}`);
    out.line(`  ${out.prose(visible(reason))}`);
    out.line(`  matches: ${visible(matches)}`);
    out.line(`  differs: ${visible(differs)}`);
  }
  out.line(`${rules.length} ${rules.length === 1 ? 'rule' : 'rules'}, nothing wrong. What they would have decided: pwb policy try FILE ID`);
  return EXIT.done;
}

export async function tryOn({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(TRY, args, { profile: { type: 'string' }, json: { type: 'boolean' } }, { least: 2, most: 2 });
  const [file = '', prefix = ''] = positionals;
  const { tryFile } = await import('../loop/policy-file.ts');
  const profile = profileNamed(TRY, values.profile);
  const text = readRuleFile(file);
  const bench = await open();
  const tried = await tryFile(bench, file, text, findId(bench.log, 'actions', prefix), profile);
  if (values.json === true) return out.json(tried), EXIT.done;
  sayTried(tried, out);
  return EXIT.done;
}

function sayTried({ stages, decided, words: why, profile }: Tried, out: Out): void {
  out.line(`Over the profile ${profile} and your rules that hold. Nothing was changed.`);
  for (const { stage, verdict, rules, reason, each } of stages) {
    out.line(`${STAGES[stage]}: would be ${out.style('bold', verdict)}  ${visible(rules.join(', '))}; ${wasWords(decided, stage)}\n  ${out.prose(visible(reason))}`);
    for (const one of each) sayOne(one, out);
  }
  for (const { stage } of decided) if (!stages.some((one) => one.stage === stage)) out.line(`${STAGES[stage]}: ${why === null ? 'would not come to that' : 'can not be told'}; ${wasWords(decided, stage)}`);
  if (why !== null) out.line(out.prose(why));
}

function sayOne({ id, origin, line, verdict, reason, holds, trouble }: OneRule, out: Out): void {
  const says = trouble !== null ? `could not be applied, which denies: ${visible(trouble)}` : holds ? SAYS[verdict] : "doesn't speak of it";
  out.line(`    ${out.style('bold', id)}  ${says}  ${out.style('dim', origin === 'file' ? `line ${line}` : origin === 'yours' ? 'of yours' : 'built-in')}`);
  if (holds) out.line(`      ${out.prose(visible(reason))}`);
}

function wasWords(decided: Tried['decided'], stage: Stage): string {
  const was = decided.find((one) => one.stage === stage);
  return was === undefined ? 'nothing was decided on that' : `it was ${was.verdict}  ${visible(was.rules.join(', '))} (${visible(was.profile)})`;
}

/** Throws `policy.file` for what is no readable text. */
function readRuleFile(path: string): string {
  const hint = 'name a file of Cedar rules';
  try {
    const facts = statSync(path);
    // A pipe or a device could go on for ever.
    if (!facts.isFile()) throw new Fault('policy.file', `${path} is no file`, hint);
    if (facts.size > LARGEST) throw new Fault('policy.file', `${path} is larger than 1 MiB`, hint);
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault('policy.file', `${path} can't be read as text: ${wordsOf(error)}`, hint, { cause: error });
  }
}
