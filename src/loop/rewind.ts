// Takes a conversation back to before something that the person said: a new epoch of the context that holds what came
// before. The log keeps all; what was done stays done, which is said; what still waits is refused.
import { openActions, readAction, readProposal, recordEnd, textOf, type ActionRow } from '../approvals/actions.ts';
import type { Answerer } from '../approvals/answer.ts';
import { titleOf } from '../approvals/title.ts';
import { readContext, recordMessage, saidFirst, type ContextMessage } from '../audit/context.ts';
import type { Tx } from '../audit/log.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import type { House } from './house.ts';
import { claim, letGo, readSession, type SessionRow } from './session.ts';

export interface Target {
  /** Of a message of the person's, in the context as it is now. */
  readonly index: number;
  /** Which event said it first: checked where it is given, since an index can come to stand for another message. */
  readonly seq?: number;
}

/** What was done and stays so, though the conversation doesn't know of it any more. */
export interface Stays {
  readonly id: Id;
  readonly heading: string;
  readonly into: 'workspace' | 'draft';
}

export interface Rewound {
  /** Messages that the model doesn't know of any more. */
  readonly removed: number;
  /** Waited, and are refused. */
  readonly cancelled: readonly Id[];
  readonly stays: readonly Stays[];
  readonly words: string;
}

/** Between turns, or in one that waits or was cut off. Throws `session.busy`, `session.message`, `session.moved`. */
export async function rewind(house: House, session: Id, target: Target, by: Answerer): Promise<Rewound> {
  const row = await claim(house.log, session);
  let { state } = row;
  try {
    const rewound = await rewindHeld(house, row, target, by);
    state = 'idle';
    return rewound;
  } finally {
    await letGo(house.log, { id: session, state });
  }
}

/** The message that is meant. */
export function findTarget({ log }: House, { id, epoch }: SessionRow, { index, seq }: Target): ContextMessage {
  const message = readContext(log.store.db, id, epoch).find(({ idx }) => idx === index);
  if (message?.role !== 'user') throw new Fault('session.message', `message ${index} of session ${id} is none of yours that the model still knows of`, 'name the index of a message of yours, as the thread gives it');
  if (seq !== undefined && saidFirst(log.store.db, message.digest) !== seq) throw new Fault('session.moved', `message ${index} of session ${id} is another one by now`, 'look at the thread again');
  return message;
}

/** The caller holds the session's lease. `row` as it was when that was taken. */
export async function rewindHeld(house: House, row: SessionRow, target: Target, by: Answerer): Promise<Rewound> {
  const { log } = house;
  await log.settle();
  return log.commit((tx): Rewound => {
    const { id: session, turn, epoch } = readSession(tx.db, row.id);
    const message = findTarget(house, { ...row, epoch }, target);
    const from = beginOf(tx, session, message);
    const all = readContext(tx.db, session, epoch);
    const kept = all.filter(({ idx }) => idx < message.idx);
    const after = tx.db.prepare('SELECT id FROM actions WHERE session = ? AND seq >= ? ORDER BY seq').all(session, from);
    const cancelled = refuseOpen(tx, session);
    const stays = after.flatMap(({ id }) => staysOf(house, readAction(tx.db, String(id))));
    const told = { removed: all.length - kept.length, cancelled, stays };
    const words = wordsFor(told);
    if (row.state === 'open') tx.append({ type: 'turn.ended', session, turn, why: 'cancelled' }, { detail: 'The person took the conversation back.' });
    tx.append({ type: 'session.rewound', session, turn, epoch: epoch + 1, index: message.idx, from, ...by }, { detail: words });
    for (const one of kept) recordMessage(tx, { ...one, session, epoch: epoch + 1, index: one.idx, bytes: { digest: one.digest, size: one.size } });
    // What the conversation doesn't know of any more is never told to the model later.
    tx.db.prepare('UPDATE actions SET heard = 1 WHERE session = ?').run(session);
    tx.db.prepare(`UPDATE sessions SET epoch = ?, ended = CASE WHEN ? THEN 'cancelled' ELSE ended END WHERE id = ?`).run(epoch + 1, row.state === 'open' ? 1 : 0, session);
    return { ...told, words };
  });
}

/** The files that were read for a message go with it. */
function beginOf({ db }: Tx, session: Id, { digest, turn }: ContextMessage): number {
  const said = saidFirst(db, digest);
  const read = db.prepare(`SELECT min(seq) AS seq FROM actions WHERE session = ? AND turn = ? AND seq < ? AND kind = 'read' AND by = 'person'`).get(session, turn, said)?.['seq'];
  return typeof read === 'number' ? read : said;
}

function refuseOpen(tx: Tx, session: Id): Id[] {
  const open = openActions(tx.db, session).filter(({ state }) => state === 'proposed' || state === 'pending' || state === 'answered');
  for (const { id } of open) recordEnd(tx, id, { kind: 'refused', text: 'The person took the conversation back to before this.', label: PERSON, duration: 0 }, 'cancelled', null);
  return open.map(({ id }) => id);
}

function staysOf({ log }: House, row: ActionRow): Stays[] {
  if (row.state !== 'ended' || (row.into_ !== 'workspace' && row.into_ !== 'draft')) return [];
  const heading = log.read(row.proposal) === null ? textOf(log, row.proposal) : titleOf(readProposal(log, row).proposal.action);
  return [{ id: row.id, heading, into: row.into_ }];
}

function wordsFor({ removed, cancelled, stays }: Omit<Rewound, 'words'>): string {
  const of = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;
  return [
    `The conversation was taken back by ${of(removed, 'message')}.`,
    ...(stays.length === 0 ? [] : [`What was done stays done: ${of(stays.length, 'action')} changed the workspace or the draft.`]),
    ...(cancelled.length === 0 ? [] : [`${of(cancelled.length, 'action')} that waited ${cancelled.length === 1 ? 'is' : 'are'} refused.`]),
  ].join(' ');
}
