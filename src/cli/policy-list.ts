// pwb policy list: which profile holds and all rules, in groups, each with its reason and what it says. The examples that
// a rule was checked with are told with --full only.
import type { LayerRule, LayersView, WorkspaceLayer } from '../loop/policy-layers.ts';
import type { PolicyView, RuleLine } from '../loop/policy.ts';
import type { Verdict } from '../model/decision.ts';
import { problemWords, type Problem } from '../model/problem.ts';
import { partsOf } from '../model/rule-text.ts';
import { visible } from '../model/visible.ts';
import type { Out } from './out.ts';

export const SAYS: { readonly [verdict in Verdict]: string } = { allow: 'goes without asking', ask: 'asks', deny: 'is refused' };
const TONES = { allow: 'green', ask: 'accent', deny: 'red' } as const;
const LAYERS = { machine: 'the machine', person: 'yours', workspace: 'this workspace' } as const;
const IN_PROFILE: readonly (readonly [Verdict, string])[] = [['allow', 'Built in: what goes without asking'], ['ask', 'Built in: what asks'], ['deny', 'Built in: what is refused']];

export function sayPolicy({ profile, profiles, rules }: PolicyView, layers: LayersView, full: boolean, out: Out): void {
  const all = [...rules.filter(({ group, note }) => group !== 'question' && note === null), ...layers.rules, ...layers.workspaces.flatMap((one) => one.rules)];
  const [allow, ask, deny] = (['allow', 'ask', 'deny'] as const).map((verdict) => all.filter((rule) => rule.verdict === verdict).length);
  out.line(out.prose(`Profile ${out.style('bold', profile)}: ${profiles.find(({ name }) => name === profile)?.words ?? ''}`));
  out.line(out.prose(`${allow} rules let something go without asking, ${ask} ask, ${deny} refuse. Of those that match the strictest word holds; where none speaks, you are asked.`));
  sayLayers(layers, full, out);
  sayYours(rules, full, out);
  for (const [verdict, title] of IN_PROFILE) sayGroup(title, rules.filter((rule) => rule.group === 'profile' && rule.verdict === verdict), full, out);
  sayGroup('Guards: about the house itself, loosened by no rule of anybody’s', rules.filter(({ group }) => group === 'guard'), full, out);
  sayGroup('Questions: why you are asked where no rule lets it go', rules.filter(({ group }) => group === 'question'), full, out);
  if (!full) out.line(`\n${out.style('dim', 'With the examples of each rule: pwb policy list --full. Why something was decided so: pwb policy why ID')}`);
}

/** Those that a person said Always to. */
export function sayYours(rules: readonly RuleLine[], full: boolean, out: Out): void {
  const yours = rules.filter(({ group }) => group === 'always');
  sayGroup('Yours, said with Always…', yours, full, out);
  if (yours.length === 0) out.line(`\n${out.style('bold', 'Yours, said with Always…')}\n  No rules of yours. What could be one: pwb policy offers ID`);
}

/** One's own in files, those that are broken too. */
export function sayLayers({ holds, rules, problems, workspaces, folders }: LayersView, full: boolean, out: Out): void {
  if (!holds) {
    out.line(`\n${out.style('red', '! Nothing may be done until your rules are mended:')}`);
    for (const one of problems) sayProblem(one, out);
  }
  out.line(`\n${out.style('bold', 'In files, yours and the machine’s')}`);
  for (const rule of rules) sayFileRule(rule, full, out);
  if (holds && rules.length === 0) out.line(out.style('dim', `  No rules of yours in files: they go into ${folders.map(({ path }) => visible(path)).toReversed().join(', the machine\'s into ')}`));
  for (const one of workspaces) sayWorkspace(one, full, out);
}

function sayWorkspace({ workspace, root, state, rules, offered, problems, broken }: WorkspaceLayer, full: boolean, out: Out): void {
  const says = { trusted: 'rules of its own, which you trust', changed: 'what lies there is not what you trusted, which goes on holding', untrusted: 'brings rules, which do not hold until you trust them' }[state];
  out.line(`\n${out.style('bold', visible(root))}  ${broken ? out.style('red', 'nothing may be done here: what you trusted is not on record any more') : says}`);
  for (const rule of rules) sayFileRule(rule, full, out);
  if (offered.length > 0) out.line(`  ${out.style('yellow', 'there now, and not holding:')}`);
  for (const rule of offered) sayFileRule(rule, full, out);
  for (const one of problems) sayProblem(one, out);
  if (state !== 'trusted' && offered.length > 0 && problems.length === 0) out.line(`  To trust exactly that: pwb policy trust ${workspace}`);
}

function sayGroup(title: string, rules: readonly RuleLine[], full: boolean, out: Out): void {
  if (rules.length === 0) return;
  out.line(`\n${out.style('bold', title)}`);
  for (const rule of rules) sayRule(rule, full, out);
}

export function sayRule({ id, group, file, line, verdict, reason, text, cedar, used, note, from, root }: RuleLine, full: boolean, out: Out): void {
  const about = [...(file === null ? [] : [`${file}:${line ?? 0}`]), usedWords(used), ...(from === null ? [] : [`made from ${from}`]), ...(root === null ? [] : [visible(root)])];
  out.line(`  ${out.style('bold', id)}  ${out.style(TONES[verdict], SAYS[verdict])}  ${out.style('dim', about.join(', '))}`);
  switch (group) {
    case 'guard':
    case 'question':
      out.line(out.prose(`    ${text.replace(/^[^,]*, /, '').replace(/ and no rule lets it go$/, '')}`));
      break;
    case 'profile':
      out.line(out.prose(`    ${visible(reason)}`));
      sayCedar(text, full, out);
      break;
    case 'always':
      for (const one of text.split('\n')) out.line(`    ${one}`);
      for (const one of cedar?.split('\n') ?? []) out.line(`      ${out.style('dim', one)}`);
  }
  if (note !== null) out.line(`    ${out.style('yellow', note)}`);
}

export function sayFileRule({ id, layer, file, line, verdict, reason, text, used }: LayerRule, full: boolean, out: Out): void {
  out.line(`  ${out.style('bold', id)}  ${out.style(TONES[verdict], SAYS[verdict])}  ${out.style('dim', `${LAYERS[layer]}, ${visible(file)}:${line}, ${usedWords(used)}`)}`);
  out.line(out.prose(`    ${visible(reason)}`));
  sayCedar(text, full, out);
}

function sayCedar(text: string, full: boolean, out: Out): void {
  const { rule, matches, differs } = partsOf(text);
  for (const one of rule.split('\n')) out.line(`    ${out.style('dim', visible(one))}`);
  if (!full) return;
  for (const one of matches) out.line(`      ${out.style('dim', 'matches')}  ${visible(one)}`);
  for (const one of differs) out.line(`      ${out.style('dim', 'differs')}  ${visible(one)}`);
}

function sayProblem(problem: Problem, out: Out): void {
  out.line(`  ${out.style('red', problem.code)}: ${visible(problemWords(problem))}\n    → ${visible(problem.hint)}`);
}

function usedWords(used: number): string {
  return used === 0 ? 'never used' : `decided ${used} ${used === 1 ? 'time' : 'times'}`;
}
