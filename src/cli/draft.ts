// pwb draft: what accepted actions have piled up, to be looked at, landed or dropped, whole or by piece.
import { readAction, readProposal } from '../approvals/actions.ts';
import { effectParts } from '../approvals/effect-words.ts';
import { titleOf } from '../approvals/title.ts';
import { carryOn, findId } from '../loop/desk.ts';
import { dropFromDraft, effectsOfDraft, listDrafts, openDraftOf, proposeCommit, type DraftLine } from '../loop/drafts.ts';
import { findWorkspace } from '../loop/workspaces.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Commit, WorkPath } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { drawParts } from './card.ts';
import { carry, exitCode, summarise } from './carry.ts';
import { EXIT, usageFault, words, type Command, type Context } from './command.ts';
import { BY } from './invoke.ts';
import { report } from './run.ts';
import { currentFolder } from './where.ts';
import { hunkNamed, workPaths } from './paths.ts';

const OPTIONS = {
  session: { type: 'string' }, json: { type: 'boolean' }, action: { type: 'string', multiple: true }, hunk: { type: 'string', multiple: true }, all: { type: 'boolean' },
} as const;

export const draft: Command = {
  name: 'draft',
  usage: 'draft [--session ID] [--json] | draft diff [PATH…] [--session ID] [--json] | draft commit [PATH…] [--hunk PATH:N,N…]… [--session ID] [--json] | draft drop PATH…|--action ID|--all [--session ID] [--json] | draft shell [--session ID] | draft view [--session ID]',
  summary: 'what accepted actions have piled up, not in the workspace yet: look, land, drop, try it out',
  async run(context) {
    const { values, positionals } = words(draft, context.args, OPTIONS, { least: 0, most: 10_000 });
    const [verb = 'show', ...rest] = positionals;
    const json = values.json === true;
    const bench = await context.open();
    if (verb === 'show' && positionals.length === 0 && values.session === undefined) {
      const all = draftsHere(bench);
      if (all.length !== 1) return listAll(context, all.length === 0 ? listDrafts(bench) : all, json);
    }
    const line = chosen(bench, values.session);
    const paths = workPaths(line.root, rest);
    switch (verb) {
      case 'show':
        return show(context, bench, line, json);
      case 'diff':
        return diff(context, bench, line, paths, json);
      case 'commit':
        return commit(context, bench, line, { paths, hunks: (values.hunk ?? []).map((word) => hunkNamed(draft, line.root, word, 'pwb draft diff')) }, json);
      case 'drop':
        return drop(context, bench, line, dropWhat(bench, paths, values.action ?? [], values.all === true), json);
      case 'shell':
      case 'view':
        return (await import('./draft-try.ts'))[verb](context, bench, line);
      default:
        throw usageFault(draft, `${JSON.stringify(verb)} is none of diff, commit, drop, shell, view`);
    }
  },
};

/** The drafts of the workspace around the current folder. */
function draftsHere(bench: Workbench): DraftLine[] {
  const root = findWorkspace(bench.log, currentFolder())?.root;
  return listDrafts(bench).filter((line) => line.root === root);
}

function chosen(bench: Workbench, named: string | undefined): DraftLine {
  if (named !== undefined) {
    const session = findId(bench.log, 'sessions', named);
    const line = listDrafts(bench).find((one) => one.session === session);
    if (line === undefined) throw new Fault('draft.empty', `session ${session} has no draft`, 'see which do: pwb draft');
    return line;
  }
  const here = draftsHere(bench);
  const all = here.length > 0 ? here : listDrafts(bench);
  const [only] = all;
  if (only === undefined) throw new Fault('draft.empty', 'there is no draft', 'drafts come from the profile draft: pwb profile draft');
  if (all.length > 1) throw new Fault('usage.draft', `there are ${all.length} drafts`, 'say which: --session ID (see `pwb draft`)');
  return only;
}

function listAll({ out }: Context, all: readonly DraftLine[], json: boolean): number {
  if (json) out.json({ drafts: all });
  else {
    for (const { session, root, title, actions } of all) out.line(`${out.style('bold', session)}  ${actions.length} action${actions.length === 1 ? '' : 's'}  ${visible(root)}  ${visible(title.slice(0, 60))}`);
    out.line(all.length === 0 ? 'No drafts. In the profile draft, what actions change piles up here: pwb profile draft' : 'See one with: pwb draft --session ID');
  }
  return EXIT.done;
}

async function show({ out }: Context, bench: Workbench, line: DraftLine, json: boolean): Promise<number> {
  const opened = await openDraftOf(bench, line.session);
  const { effects } = await opened.effects();
  const makers = opened.makers();
  const actions = line.actions.map((id) => ({ id, what: titleOf(readProposal(bench.log, readAction(bench.log.store.db, id)).proposal.action) }));
  if (json) {
    out.json({ ...line, actions, effects, makers: Object.fromEntries(makers) });
    return EXIT.done;
  }
  out.line(`${out.style('bold', 'draft of')} ${line.session}  ${visible(line.title.slice(0, 60))}\n  in ${visible(line.root)}`);
  for (const { id, what } of actions) out.line(`  ${id}  ${what.split('\n')[0] ?? ''}`);
  draw(out, line, { ...effects, diffs: [] });
  if (effects.changes.length <= MANY) for (const { path } of effects.changes) out.line(out.style('dim', `    ${visible(path)}: by ${(makers.get(path) ?? []).join(', ') || 'nobody on record'}`));
  out.line('  → pwb draft diff | pwb draft commit [PATH…] | pwb draft drop [PATH…|--action ID]');
  return EXIT.done;
}

/** Beyond this, who made each is in --json. */
const MANY = 200;

async function diff({ out }: Context, bench: Workbench, line: DraftLine, paths: readonly WorkPath[], json: boolean): Promise<number> {
  const effects = await effectsOfDraft(bench, line.session, paths);
  if (json) out.json({ session: line.session, root: line.root, effects });
  else draw(out, line, effects);
  return EXIT.done;
}

function draw(out: Context['out'], { session, root }: DraftLine, effects: Effects): void {
  const action: Commit = { kind: 'commit', workspace: '', root, draft: session, paths: [], hunks: [] };
  for (const text of drawParts(effectParts({ action, effects, rehearsal: null, rules: [] }, { id: null, many: Infinity }), out)) out.line(text);
}

async function commit(context: Context, bench: Workbench, line: DraftLine, pieces: Pick<Commit, 'paths' | 'hunks'>, json: boolean): Promise<number> {
  const { session, action } = proposeCommit(bench, line.session, pieces, 'cli', true);
  const carried = await carry(context, bench, session, json, (watch) => carryOn(bench, session, watch, true));
  return report(context, bench, action, exitCode(summarise(bench, session, carried)), { json, passExit: false, echoed: false });
}

type Dropped = Parameters<typeof dropFromDraft>[2];

function dropWhat(bench: Workbench, paths: readonly WorkPath[], actions: readonly string[], all: boolean): Dropped {
  if (Number(paths.length > 0) + Number(actions.length > 0) + Number(all) !== 1) throw usageFault(draft, 'drop takes paths, or --action ID, or --all');
  if (all) return 'all';
  return actions.length > 0 ? { actions: actions.map((prefix) => findId(bench.log, 'actions', prefix)) } : { paths };
}

async function drop({ out }: Context, bench: Workbench, line: DraftLine, what: Dropped, json: boolean): Promise<number> {
  const dropped = await dropFromDraft(bench, line.session, what, BY);
  if (json) out.json({ session: line.session, dropped });
  else out.line(what !== 'all' && 'paths' in what ? `Dropped from the draft: ${what.paths.map((path) => visible(path)).join(', ')}.` : `Dropped ${dropped.length} action${dropped.length === 1 ? '' : 's'}: ${dropped.join(', ')}.${alongWords(what, dropped)}`);
  return EXIT.done;
}

/** What rests on something that goes, goes along; that is said. */
function alongWords(what: Dropped, dropped: readonly Id[]): string {
  if (what === 'all' || 'paths' in what) return '';
  const along = dropped.filter((id) => !what.actions.includes(id));
  return along.length === 0 ? '' : ` (${along.join(', ')} went along: they stand on what was dropped.)`;
}

