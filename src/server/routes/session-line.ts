// A session in one line, as lists and answers give it.
import * as z from 'zod/mini';
import { openActions, textOf } from '../../approvals/actions.ts';
import type { Log } from '../../audit/log.ts';
import { isHeld, type SessionRow } from '../../loop/session.ts';
import { timeText } from '../../model/clock.ts';
import { id, profile, time } from './shapes.ts';

export const line = z.strictObject({
  id,
  workspace: id,
  root: z.string(),
  model: z.string(),
  served: z.nullable(z.string()),
  title: z.string(),
  made: time,
  used: time,
  turn: z.int(),
  state: z.enum(['idle', 'open']),
  ended: z.nullable(z.string()),
  /** Its own; null: the configured one holds. */
  profile: z.nullable(profile),
  /** Some process carries it on right now. */
  held: z.boolean(),
  waiting: z.array(id),
});

export function lineOf(log: Log, row: SessionRow): z.output<typeof line> {
  const { workspace, root, model, served, turn, state, ended, profile: own } = row;
  const waiting = openActions(log.store.db, row.id).filter((action) => action.state === 'pending').map((action) => action.id);
  return { id: row.id, workspace, root, model, served, title: textOf(log, row.title), made: timeText(row.made), used: timeText(row.used), turn, state, ended, profile: own, held: isHeld(row), waiting };
}
