// Carries a session on from a command until it rests: asks at the terminal where there is one, and otherwise
// stops with what waits. Then says where things stand, in words or as one JSON document.
import { readAction, readProposal, turnActions } from '../approvals/actions.ts';
import { recordShown } from '../approvals/answer.ts';
import { cardOf, type Card } from '../approvals/card.ts';
import { titleOf } from '../approvals/title.ts';
import { heedHalts } from '../loop/services.ts';
import { readSession } from '../loop/session.ts';
import type { Rest } from '../loop/turn.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Id } from '../model/id.ts';
import type { Watch } from '../model/live.ts';
import { visible } from '../model/visible.ts';
import { drawCard } from './card.ts';
import { EXIT, type Context } from './command.ts';
import { followTurn, goOn } from './follow.ts';
import { quiet, type Out } from './out.ts';
import { watchTurn, type About, type Shown } from './watch.ts';

export interface Carried {
  readonly rest: Rest;
  readonly watch: Shown;
}

/** @param begin the first step (say something, or go on); null when another process goes on with the session. */
export async function carry(context: Context, bench: Workbench, session: Id, json: boolean, begin: (watch: Watch) => Promise<Rest | null>): Promise<Carried> {
  const out = json ? quiet(context.out) : context.out;
  const signal = context.interrupt();
  const watch = watchTurn(out, signal, (id) => aboutAction(bench, id));
  try {
    let rest = (await begin(watch)) ?? (await followTurn(bench, session, watch));
    while (rest.state === 'waiting' && out.interactive && !signal.aborted) {
      const { askKeys } = await import('./prompt.ts');
      if (!(await heeding(bench, askKeys(context, bench, rest.pending, out)))) break;
      rest = await goOn(bench, session, watch);
    }
    if (rest.state === 'waiting' && !out.interactive) await showWaiting(bench, rest.pending, json, context.out);
    return { rest, watch };
  } finally {
    watch.end();
    await bench.log.settle();
  }
}

/** While a person thinks no turn listens; what a stop elsewhere concerns here ends all the same. */
async function heeding<T>(bench: Workbench, work: Promise<T>): Promise<T> {
  const over = new AbortController();
  const heard = heedHalts(bench, bench.log.size() - 1, over.signal);
  try {
    return await Promise.race([work, heard.then(() => work)]);
  } finally {
    over.abort();
    await heard;
  }
}

function aboutAction(bench: Workbench, id: Id): About {
  const { proposal } = readProposal(bench.log, readAction(bench.log.store.db, id));
  return { line: titleOf(proposal.action), own: proposal.tool === '', terminal: proposal.action.kind === 'run' && proposal.action.terminal === true };
}

/** Without a terminal the cards are printed once, on record, and nothing waits for a key. */
async function showWaiting(bench: Workbench, pending: readonly Id[], json: boolean, out: Out): Promise<void> {
  for (const id of pending) {
    const card = cardOf(bench.log, readAction(bench.log.store.db, id));
    const text = drawCard(card, bench.world(card.session).profile, { style: (_, words) => words });
    await recordShown(bench.log, id, 'cli', text);
    if (!json) out.note(`${text}\n  → pwb invoke ${id} | pwb deny ${id} --why TEXT`);
  }
}

export interface Summary {
  readonly session: Id;
  readonly state: Rest['state'];
  readonly model: string;
  readonly practice: boolean;
  readonly text: string;
  readonly actions: readonly ActionLine[];
  readonly pending: readonly Card[];
  readonly notices: readonly string[];
}

interface ActionLine {
  readonly id: Id;
  readonly kind: string;
  readonly tool: string;
  readonly what: string;
  readonly state: string;
  readonly outcome: string | null;
  readonly why: string | null;
  readonly exit: number | null;
}

/** What became of the turn, for --json and for the exit code. */
export function summarise(bench: Workbench, session: Id, { rest, watch }: Carried): Summary {
  const row = readSession(bench.log.store.db, session);
  const rows = turnActions(bench.log.store.db, session, row.turn);
  const cards = rows.map((action) => cardOf(bench.log, action));
  return {
    session, state: rest.state, model: row.model, practice: row.model === 'practice',
    text: rest.state === 'waiting' ? watch.text() : rest.state === 'answered' ? rest.text || watch.text() : rest.text,
    actions: cards.map(({ id, action, tool, state, outcome, ended, exit }) => ({ id, kind: action.kind, tool, what: titleOf(action), state, outcome, why: ended, exit })),
    pending: cards.filter(({ state }) => state === 'pending'),
    notices: watch.notices(),
  };
}

/** Waiting is 3; a refusal in the turn is 4, unless it was the person's own; a turn that couldn't end well is 1. */
export function exitCode({ state, actions }: Summary): number {
  if (state === 'waiting') return EXIT.waits;
  if (state === 'refused') return EXIT.refused;
  if (state !== 'answered') return EXIT.fault;
  return actions.some(({ outcome, why }) => outcome === 'refused' && why !== 'person' && why !== 'edited') ? EXIT.refused : EXIT.done;
}

/** Print the end of a turn and return its exit code. */
export function finish(context: Context, summary: Summary, json: boolean): number {
  const { out } = context;
  if (json) out.json(summary);
  else if (summary.state === 'waiting') out.note(`${summary.pending.length} waiting for you. Session ${summary.session}.`);
  else if (summary.state !== 'answered') out.note(`${out.style('red', summary.state)}: ${visible(summary.text, '\n')}\n  → pwb resume ${summary.session}`);
  else out.note(`${summary.text === '' ? 'The model ended its turn without a word.\n' : ''}${out.style('dim', `session ${summary.session}${summary.practice ? ' · practice model, not an AI' : ''}`)}`);
  return exitCode(summary);
}
