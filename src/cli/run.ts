// pwb run: a person's own command, through the same path as a model's.
import { relative } from 'node:path';
import { readAction, textOf, type ActionRow } from '../approvals/actions.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import { carryOn, findId, hostsNamed, proposeRun } from '../loop/desk.ts';
import { draftToJoin } from '../loop/drafts.ts';
import { LIMITS } from '../execute/limits.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { carry, exitCode, summarise } from './carry.ts';
import { EXIT, profileNamed, usageFault, words, type Command, type Context } from './command.ts';
import { currentFolder, findWorkspaceFor } from './where.ts';

export const run: Command = {
  name: 'run',
  usage: 'run [--profile P] [--session ID] [--tty] [--service [--port N]] [--host NAME:PORT]… [--copy] [--clean] [--read-only] [--pass-exit] [--timeout SECONDS] [--workspace DIR] [--json] -- CMD ARG…',
  summary: 'run a command of your own in a copy of the workspace, and see what it did before it lands',
  async run(context) {
    const split = context.args.indexOf('--');
    if (split === -1) throw usageFault(run, 'the command stands behind --');
    const options = { 'read-only': { type: 'boolean' }, 'pass-exit': { type: 'boolean' }, timeout: { type: 'string' }, profile: { type: 'string' }, session: { type: 'string' }, tty: { type: 'boolean' }, service: { type: 'boolean' }, port: { type: 'string' }, host: { type: 'string', multiple: true }, copy: { type: 'boolean' }, clean: { type: 'boolean' }, workspace: { type: 'string' }, json: { type: 'boolean' } } as const;
    const { values } = words(run, context.args.slice(0, split), options, { least: 0, most: 0 });
    const argv = context.args.slice(split + 1);
    if (argv.length === 0 || argv[0] === '') throw usageFault(run, 'there is no command behind --');
    // A person at a terminal takes their time.
    const seconds = Number(values.timeout ?? (values.tty === true ? 86_400 : LIMITS.time / 1000));
    if (!Number.isInteger(seconds) || seconds < 1 || seconds > 86_400) throw usageFault(run, '--timeout takes whole seconds, 1 to 86400');

    const bench = await context.open();
    const workspace = await findWorkspaceFor(context, bench, values.workspace, false);
    const here = values.workspace === undefined ? relative(workspace.root, currentFolder()) : '';
    const cwd = here === '' || here.startsWith('..') ? '.' : here;
    const access = values['read-only'] === true ? 'read' : 'write';
    const profile = profileNamed(run, values.profile);
    if (values.session !== undefined && profile !== undefined) throw usageFault(run, '--profile is for a new session; the one that --session names has its own');
    const join = values.session === undefined ? draftToJoin(bench, bench.config().profile, workspace.root, profile) : findId(bench.log, 'sessions', values.session);
    const isTerminal = values.tty === true;
    if (isTerminal && !context.out.interactive) throw usageFault(run, '--tty needs a terminal');
    if (values.service === true && (isTerminal || values['read-only'] === true || values.copy === true || values.clean === true || values.host !== undefined)) throw usageFault(run, '--service goes with none of --tty, --read-only, --copy, --clean, --host');
    const port = Number(values.port ?? 0);
    if (values.port !== undefined && (values.service !== true || !Number.isInteger(port) || port < 1 || port > 65_535)) throw usageFault(run, '--port takes the port that a --service listens on, 1 to 65535');
    const more = {
      ...(isTerminal ? { terminal: true as const } : {}), ...(values.service === true ? { service: true as const } : {}), ...(values.copy === true ? { copy: true as const } : {}), ...(values.clean === true ? { clean: true as const } : {}),
      ...(values.host === undefined ? {} : { hosts: hostsNamed(values.host) }),
    };
    const how = { held: join === undefined, ...(join === undefined ? {} : { join }), ...(profile === undefined ? {} : { profile }) };
    const { session, action } = proposeRun(bench, workspace, { argv, cwd, access, timeout: seconds * 1000, ...more }, 'cli', how);
    const carried = await carry(context, bench, session, values.json === true, (watch) => carryOn(bench, session, watch, join === undefined));
    const code = exitCode(summarise(bench, session, carried));
    if (values.service === true && values.json !== true && readAction(bench.log.store.db, action).outcome === 'done') return (await import('./service.ts')).stay(context, bench, action, port);
    return report(context, bench, action, code, { json: values.json === true, passExit: values['pass-exit'] === true, echoed: carried.watch.echoed(), ...('text' in carried.rest ? { rest: carried.rest.text } : {}) });
  },
};

/** What a copy couldn't do as the real thing would, where no card has said so. */
function noteLimits({ out }: Context, bench: Workbench, row: ActionRow): void {
  if (row.into_ !== 'nothing' || row.effects === null || bench.log.read(row.effects) === null) return;
  const { limits = [], unlandable = [] } = judgedEffects(bench.log, row);
  for (const limit of limits) out.note(out.style('dim', `note: ${visible(limit)}`));
  for (const { path, why } of unlandable) out.note(out.style('dim', `not kept: ${visible(path)} (${visible(why)})`));
  if (limits.some((limit) => /^(folder rename|hard link|another owner|another file system):/.test(limit))) out.note(out.style('dim', '→ try it in a full copy: pwb run --copy -- …'));
}

/** Say what became of a run. `done` exits 0 whatever the child's own code, unless it is to be passed on. */
export function report(context: Context, bench: Workbench, id: Id, code: number, { json, passExit, echoed, rest }: { readonly json: boolean; readonly passExit: boolean; readonly echoed: boolean; readonly rest?: string }): number {
  const row = readAction(bench.log.store.db, id);
  const output = textOf(bench.log, row.output);
  if (json) {
    const ended = bench.log.events({ limit: 1, action: id, types: ['action.ended'] })[0]?.body;
    const more = ended?.type === 'action.ended' ? { signal: ended.signal ?? null, limits: ended.limits ?? [], duration: ended.duration } : { signal: null, limits: [], duration: null };
    context.out.json({ id, session: row.session, state: row.state, outcome: row.outcome, why: row.why, exit: row.exit, ...more, output, result: textOf(bench.log, row.result), rules: row.rules?.split(' ') ?? [] });
  } else if (row.state !== 'ended' && row.state !== 'pending' && rest !== undefined && rest !== '') {
    context.out.note(visible(rest, '\n'));
  } else if (row.state === 'ended') {
    if (!echoed) context.out.output(output === '' || output.endsWith('\n') ? output : `${output}\n`);
    if (row.outcome !== 'done') context.out.note(visible(textOf(bench.log, row.result), '\n'));
    else if (row.exit !== 0) context.out.note(context.out.style('dim', textOf(bench.log, row.result).split('\n')[0] ?? ''));
    noteLimits(context, bench, row);
  }
  if (row.why === 'cancelled') return EXIT.fault; // It began, and was not done.
  if (passExit && row.outcome === 'done') return row.exit ?? 128;
  return row.outcome === 'done' ? EXIT.done : row.outcome === 'refused' ? EXIT.refused : row.outcome === 'failed' || row.outcome === 'unknown' ? EXIT.fault : code;
}
