// pwb sessions, resume, cancel, stop: what goes on and what rests, and how to go on or end it.
import { carryOn, findId } from '../loop/desk.ts';
import { cancel as cancelOne, stopAll } from '../loop/halt.ts';
import { isHeld, readSession } from '../loop/session.ts';
import { findSessions } from '../loop/session-search.ts';
import { textOf } from '../approvals/actions.ts';
import type { Log } from '../audit/log.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { systemClock, timeText } from '../model/clock.ts';
import { visible } from '../model/visible.ts';
import { findHome, openHome } from '../storage/home.ts';
import type { Workbench } from '../loop/workbench.ts';
import { carry, finish, summarise } from './carry.ts';
import { EXIT, usageFault, words, type Command, type Context } from './command.ts';
import { BY } from './invoke.ts';

const OPTIONS = { json: { type: 'boolean' }, search: { type: 'string' }, before: { type: 'string' }, limit: { type: 'string' }, text: { type: 'string' }, file: { type: 'string', multiple: true }, model: { type: 'string' }, profile: { type: 'string' } } as const;

export const sessions: Command = {
  name: 'sessions',
  usage: 'sessions [--search WORDS] [--json] | sessions show ID [--before SEQ] [--limit N] [--json] | sessions rename ID TITLE [--json] | sessions set ID [--model M] [--profile P|configured] [--json] | sessions rewind ID INDEX [--text TEXT [--file PATH]…] [--json]',
  summary: 'conversations, latest first; find, read, rename or change one, or take it back to before what you said',
  async run(context) {
    const { args, out, open } = context;
    const { values, positionals } = words(sessions, args, OPTIONS, { least: 0, most: 3 });
    const { search, ...flags } = values;
    if (positionals.length > 0) {
      if (search !== undefined) throw usageFault(sessions, '--search is for the list');
      return (await import('./session-verbs.ts')).withSession(sessions, context, positionals, flags);
    }
    const odd = Object.keys(flags).find((name) => name !== 'json');
    if (odd !== undefined) throw usageFault(sessions, `--${odd} needs a session`);
    const bench = await open();
    const { sessions: fitting, whole } = await findSessions(bench.log, search ?? '', 200);
    const rows = fitting.map(({ row, found: excerpt }) => ({
      ...(search === undefined ? {} : { found: excerpt }), id: row.id, title: textOf(bench.log, row.title), model: row.model, root: row.root, turn: row.turn, state: stateOf(bench, row.id), made: timeText(row.made), used: timeText(row.used),
    }));
    if (values.json === true) out.json(rows);
    else {
      for (const { id, title, model, state, used, found } of rows) out.line(`${out.style('bold', id)}  ${used.slice(0, 16).replace('T', ' ')}  ${state.padEnd(9)}  ${visible(model).padEnd(20)}  ${visible(title.slice(0, 60))}${found === null || found === undefined ? '' : `\n  ${visible(found)}`}`);
      if (rows.length === 0) out.line(search === undefined ? 'No sessions yet. Begin one with: pwb ask "TEXT"' : 'No session has all these words.');
      if (!whole) out.note('Not all sessions were looked through or are shown: say more words.');
    }
    return EXIT.done;
  },
};

function stateOf(bench: Workbench, id: Id): string {
  const row = readSession(bench.log.store.db, id);
  if (isHeld(row)) return 'running';
  const waits = bench.log.store.db.prepare(`SELECT 1 FROM actions WHERE session = ? AND state = 'pending'`).get(id) !== undefined;
  return waits ? 'waiting' : row.state === 'open' ? 'broken-off' : (row.ended ?? 'new');
}

export const resume: Command = {
  name: 'resume',
  usage: 'resume ID [--json]',
  summary: 'go on with a session whose turn is unfinished',
  async run(context) {
    const { values, positionals } = words(resume, context.args, { json: { type: 'boolean' } }, { least: 1, most: 1 });
    const bench = await context.open();
    const session = findId(bench.log, 'sessions', positionals[0] ?? '');
    const json = values.json === true;
    const carried = await carry(context, bench, session, json, (watch) => carryOn(bench, session, watch));
    return finish(context, summarise(bench, session, carried), json);
  },
};

export const cancel: Command = {
  name: 'cancel',
  usage: 'cancel ID [--json]',
  summary: 'cancel an action, or the turn of a session',
  async run({ args, out, open }) {
    const { values, positionals } = words(cancel, args, { json: { type: 'boolean' } }, { least: 1, most: 1 });
    const bench = await open();
    const halted = await cancelOne(bench.log, findAny(bench, positionals[0] ?? ''), BY);
    if (values.json === true) out.json(halted);
    else out.line(`Cancelled: ${halted.refused.length} refused, ${halted.told.length} running told to stop.`);
    return EXIT.done;
  },
};

function findAny(bench: Workbench, prefix: string): Id {
  try {
    return findId(bench.log, 'actions', prefix);
  } catch (error) {
    if (!(error instanceof Fault) || error.code !== 'id.unknown') throw error;
    return findId(bench.log, 'sessions', prefix);
  }
}

/** A configuration that is broken must not keep anybody from stopping what runs: the log is all that it takes. */
async function openToStop({ env, open }: Context): Promise<{ readonly log: Log; close(): Promise<void> }> {
  try {
    const { log } = await open();
    return { log, close: () => Promise.resolve() }; // Whoever opened the workbench closes it.
  } catch (error) {
    if (!(error instanceof Fault) || !error.code.startsWith('config.')) throw error;
    const [{ openStore }, { openLog }] = await Promise.all([import('../storage/store.ts'), import('../audit/log.ts')]);
    const store = await openStore(openHome(findHome(env)));
    return { log: await openLog(store, systemClock), close: () => store.close() };
  }
}

export const stop: Command = {
  name: 'stop',
  usage: 'stop [--json]',
  summary: 'panic: cancel all that runs and refuse all that waits',
  async run(context) {
    const { args, out } = context;
    const { values } = words(stop, args, { json: { type: 'boolean' } }, { least: 0, most: 0 });
    const { log, close } = await openToStop(context);
    const halted = await stopAll(log, BY);
    // Give the processes that were told a moment, so that the person hears what really stopped.
    for (let left = 60; left > 0 && halted.told.some((id) => isHeld(readSession(log.store.db, id))); left--) await new Promise((resolve) => setTimeout(resolve, 50));
    const still = halted.told.filter((id) => isHeld(readSession(log.store.db, id)));
    await close();
    if (values.json === true) out.json({ ...halted, still });
    else out.line(`Stopped: ${halted.refused.length} refused, ${halted.told.length - still.length} running cancelled${still.length === 0 ? '.' : `, ${still.length} still running: ${still.join(', ')}`}`);
    return still.length === 0 ? EXIT.done : EXIT.fault;
  },
};
