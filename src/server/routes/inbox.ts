// What waits for a person, as a list: a line for each card, small however much the card would change, since a page reads
// it anew at each event. The cards themselves are read one by one.
import * as z from 'zod/mini';
import { pendingActions, strandedActions, textOf, unknownActions, type ActionRow } from '../../approvals/actions.ts';
import { cardOf, type Card } from '../../approvals/card.ts';
import { kindWords } from '../../approvals/change-words.ts';
import { hostOf } from '../../approvals/fetch-words.ts';
import { titleOf } from '../../approvals/title.ts';
import { batchOf, readPace } from '../../approvals/yeses.ts';
import * as desk from '../../loop/desk.ts';
import { readSession } from '../../loop/session.ts';
import type { Workbench } from '../../loop/workbench.ts';
import type { Action } from '../../model/action.ts';
import type { Effects } from '../../model/effects.ts';
import { Fault, wordsOf } from '../../model/fault.ts';
import type { Id } from '../../model/id.ts';
import { visible } from '../../model/visible.ts';
import { PLAIN, route } from '../route.ts';
import { seenOf } from '../seen.ts';
import { digest, id, state, time } from './shapes.ts';

/** Lines in one answer. */
const MOST = 50;
/** Characters of what a line says; the card says all of it. */
const LONG = 240;

const count = z.int();
/**
 * A card as a line. `heading`, `does`, `title` and `limits` are drawn; `heading` and `title` may be cut. `changes`: how
 * many of each kind; null where that isn't known. `conflicts`: paths that clash with the workspace as it is now. `outside`:
 * words of its arguments come from outside, read or passed unread, or have shaped what lands.
 */
const line = z.strictObject({
  id, session: id, state, by: z.enum(['person', 'model', 'house']), tool: z.string(), kind: z.string(), heading: z.string(), does: z.string(),
  changes: z.nullable(z.strictObject({ created: count, changed: count, deleted: count, renamed: count })), limits: z.array(z.string()), conflicts: count, outside: z.boolean(),
  proposed: time, expires: z.nullable(time), seen: digest, pieces: z.boolean(), batch: z.nullable(id), title: z.string(), root: z.string(),
});

export const inbox = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/inbox',
  summary: 'What waits for a person, a line for each card, oldest first, and what an earlier crash left unknown or undone.',
  right: 'read',
  answer: z.strictObject({
    /** How many wait; the first 50 are given. */
    count,
    waiting: z.array(line),
    /** A person said yes, and what would carry it out was cut off or gave up: to be invoked once more, or denied. */
    stranded: z.array(line),
    /** Waits, but can't be shown (its words were erased): it can only be denied. */
    unreadable: z.array(z.strictObject({ id, words: z.string() })),
    /** What is known of each is said in words. */
    unknown: z.array(z.strictObject({ id, session: id, words: z.string() })),
    /** After a burst of quick yeses from a page the next one waits: so many milliseconds, and why. */
    pace: z.strictObject({ wait: z.int(), words: z.string() }),
  }),
  async handle({ workbench }) {
    const { log } = workbench;
    const rows = pendingActions(log.store.db);
    const waiting = await linesOf(workbench, rows.slice(0, MOST));
    const stranded = await linesOf(workbench, strandedActions(log.store.db).slice(0, MOST));
    const { wait, words } = readPace(log, workbench.clock.now());
    return {
      count: rows.length,
      waiting: waiting.flatMap((one) => ('seen' in one ? [one] : [])),
      stranded: stranded.flatMap((one) => ('seen' in one ? [one] : [])),
      unreadable: [...waiting, ...stranded].flatMap((one) => ('words' in one ? [one] : [])),
      unknown: unknownActions(log.store.db).map((row) => ({ id: row.id, session: row.session, words: textOf(log, row.result) })),
      pace: { wait: Math.ceil(wait), words },
    };
  },
});

type Line = z.output<typeof line> | { readonly id: Id; readonly words: string };

/** One after the other: other requests come in between. */
async function linesOf(bench: Workbench, rows: readonly ActionRow[]): Promise<Line[]> {
  const lines: Line[] = [];
  for (const row of rows) lines.push(await lineOf(bench, row));
  return lines;
}

async function lineOf(bench: Workbench, row: ActionRow): Promise<Line> {
  try {
    const card = cardOf(bench.log, row);
    const { effects, rehearsal, action, tool } = card;
    const { title, root } = readSession(bench.log.store.db, row.session);
    return {
      id: row.id, session: row.session, state: row.state, by: row.by, tool: visible(tool), kind: action.kind, heading: cut(titleOf(action)), ...doesOf(action, effects),
      limits: [...new Set([...(rehearsal?.limits ?? []), ...(effects?.limits ?? [])])].map((limit) => visible(limit)), conflicts: effects?.conflicts?.length ?? 0, outside: saysOutside(card),
      proposed: card.proposed, expires: card.expires, seen: seenOf(card).seen, pieces: await desk.isInPieces(bench, row, effects),
      batch: batchOf(bench.log.store.db, row), title: cut(visible(textOf(bench.log, title))), root,
    };
  } catch (error) {
    if (error instanceof Fault && error.code === 'action.erased') return { id: row.id, words: wordsOf(error) };
    throw error;
  }
}

const NONE = { created: 0, changed: 0, deleted: 0, renamed: 0 };

function doesOf(action: Action, effects: Effects | null): Pick<z.output<typeof line>, 'does' | 'changes'> {
  if (action.kind === 'fetch') return { does: `asks ${hostOf(action.url)}`, changes: NONE };
  if (effects === null || effects.certainty === 'unknown') return { does: 'effects not known yet', changes: null };
  const changes = { ...NONE };
  for (const { change } of effects.changes) changes[change]++;
  return { does: effects.changes.length === 0 ? 'changes nothing' : kindWords(effects.changes), changes };
}

function saysOutside({ origins, handles, shaped }: Card): boolean {
  return shaped.length > 0 || origins?.arguments.some(({ integrity }) => integrity === 'outside') === true || handles.some(({ label: { integrity } }) => integrity === 'outside');
}

function cut(words: string): string {
  return words.length <= LONG ? words : `${words.slice(0, LONG).toWellFormed()}…`;
}
