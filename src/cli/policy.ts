// pwb policy: the rules in words, what they would say to something, and the standing rules that a person makes and removes.
import { findId } from '../loop/desk.ts';
import { dropRule, standingId, viewPolicy, type RuleLine } from '../loop/policy.ts';
import { judgeImagined, judgePast, type Imagined } from '../loop/policy-test.ts';
import { findWorkspace, type Workspace } from '../loop/workspaces.ts';
import { timeText } from '../model/clock.ts';
import { Fault } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { EXIT, profileNamed, usageFault, words, type Command, type Context } from './command.ts';
import { BY } from './invoke.ts';
import { currentFolder } from './where.ts';

type Bench = Awaited<ReturnType<Context['open']>>;

export const policy: Command = {
  name: 'policy',
  usage:
    'policy [list|rules] [--full] [--json] | policy trust [WORKSPACE] [--json] | policy untrust [WORKSPACE] [--json] | policy offers ID [--since 30d] [--json] | policy always ID OFFER [--json] | policy remove RULE [--json] | policy test ID [--profile P] [--json] | policy test --tool NAME --arguments JSON [--change KIND:PATH]… [--workspace DIR] [--profile P] [--json] | policy check [FILE] [--json] | policy try FILE ID [--profile P] [--json] | policy replay FILE [--since 30d] [--profile P] [--json] | policy replay FILE --live [--profile P] [--json] | policy why ID [--json] | policy stats [--since 30d] [--json]',
  summary: 'the rules in words, what they would say, and what you said may always go without asking',
  run(context) {
    const [verb = 'list', ...rest] = context.args;
    switch (verb) {
      case 'check':
        return import('./policy-file.ts').then(({ check }) => check({ ...context, args: rest }));
      case 'trust':
        return import('./policy-layers.ts').then(({ trust }) => trust({ ...context, args: rest }));
      case 'untrust':
        return import('./policy-layers.ts').then(({ untrust }) => untrust({ ...context, args: rest }));
      case 'try':
        return import('./policy-file.ts').then(({ tryOn }) => tryOn({ ...context, args: rest }));
      case 'offers':
        return import('./policy-always.ts').then(({ offers }) => offers({ ...context, args: rest }));
      case 'always':
        return import('./policy-always.ts').then(({ always }) => always({ ...context, args: rest }));
      case 'remove':
        return remove({ ...context, args: rest });
      case 'test':
        return test({ ...context, args: rest });
      case 'replay':
        return import('./policy-replay.ts').then(({ replayRules }) => replayRules({ ...context, args: rest }));
      case 'why':
        return import('./policy-why.ts').then(({ why }) => why({ ...context, args: rest }));
      case 'stats':
        return import('./policy-stats.ts').then(({ stats }) => stats({ ...context, args: rest }));
      default:
        return list(context);
    }
  },
};

async function list({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words(policy, args, { json: { type: 'boolean' }, full: { type: 'boolean' } }, { least: 0, most: 1 });
  const [verb = 'list'] = positionals;
  if (verb !== 'list' && verb !== 'rules') throw usageFault(policy, `${JSON.stringify(verb)} is none of list, rules, trust, untrust, offers, always, remove, test, check, try, replay, why, stats`);
  const bench = await open();
  const view = viewPolicy(bench);
  const [{ viewLayers }, say] = await Promise.all([import('../loop/policy-layers.ts'), import('./policy-list.ts')]);
  const layers = viewLayers(bench);
  const full = values.full === true;
  if (values.json === true) out.json({ ...view, rules: (verb === 'rules' ? view.rules.filter(({ origin }) => origin === 'yours') : view.rules).map(timed), layers });
  else if (verb === 'list') say.sayPolicy(view, layers, full, out);
  else {
    say.sayLayers(layers, full, out);
    say.sayYours(view.rules, full, out);
  }
  return EXIT.done;
}

export function timed(rule: RuleLine): object {
  return { ...rule, made: rule.made === null ? null : timeText(rule.made) };
}

async function remove({ args, out, open }: Context): Promise<number> {
  const { values, positionals } = words({ usage: 'policy remove RULE [--json]' }, args, { json: { type: 'boolean' } }, { least: 1, most: 1 });
  const rule = standingId(positionals[0] ?? '');
  const gone = await dropRule(await open(), rule, BY);
  if (values.json === true) out.json(timed(gone));
  else out.line(`Removed ${gone.id}. What it let go is asked about again.`);
  return EXIT.done;
}

async function test({ args, out, open }: Context): Promise<number> {
  const options = { json: { type: 'boolean' }, profile: { type: 'string' }, tool: { type: 'string' }, arguments: { type: 'string' }, change: { type: 'string', multiple: true }, workspace: { type: 'string' } } as const;
  const { values, positionals } = words(policy, args, options, { least: 0, most: 1 });
  const [prefix] = positionals;
  const profile = profileNamed(policy, values.profile);
  const { tool, arguments: text, change } = values;
  if (prefix === undefined ? tool === undefined || text === undefined : tool !== undefined || text !== undefined || change !== undefined || values.workspace !== undefined) throw usageFault(policy, 'say the ID of an action, or --tool and --arguments');
  const changes = change?.map(changeNamed);
  const bench = await open();
  const judged = prefix !== undefined
    ? judgePast(bench, findId(bench.log, 'actions', prefix), profile)
    : judgeImagined(bench, { workspace: registered(bench.log, values.workspace ?? currentFolder()), tool: tool ?? '', arguments: text ?? '', ...(changes === undefined ? {} : { changes }) }, profile);
  if (values.json === true) return out.json(judged), EXIT.done;
  for (const { stage, verdict, rules, reason } of judged.stages) out.line(`${stage === 'rehearse' ? 'to try it' : 'to land it'}: ${out.style('bold', verdict)}  ${visible(rules.join(', '))}\n  ${out.prose(visible(reason))}`);
  if (judged.words !== null) out.line(out.prose(judged.words));
  return EXIT.done;
}

/** A test registers nothing. */
function registered(log: Bench['log'], folder: string): Workspace {
  const found = findWorkspace(log, folder);
  if (found === undefined) throw new Fault('workspace.unknown', `${folder} lies in no registered workspace`, 'see `pwb workspace list`');
  return found;
}

function changeNamed(word: string): NonNullable<Imagined['changes']>[number] {
  const at = word.indexOf(':');
  const kind = word.slice(0, at);
  if (at < 1 || at === word.length - 1 || (kind !== 'created' && kind !== 'changed' && kind !== 'deleted')) throw usageFault(policy, `${JSON.stringify(word.slice(0, 80))} is no change: say created:PATH, changed:PATH or deleted:PATH`);
  return { change: kind, path: word.slice(at + 1) };
}
