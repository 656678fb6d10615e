// Every time that a person was asked, from the record: by which rules, when the card came before them, what they said
// and when. The question that is put once more after a yes, before what was agreed lands, is none.
import type { StatementSync } from 'node:sqlite';
import { findAction, type ActionRow } from '../approvals/actions.ts';
import { parseLeaf } from '../audit/query.ts';
import type { ActionKind } from '../model/action.ts';
import type { Answer, LogEvent, Stage } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { isTyped } from '../policy/standing.ts';
import type { House } from './house.ts';

export interface Prompt {
  readonly action: Id;
  readonly session: Id;
  readonly turn: number;
  readonly kind: ActionKind;
  /** By a person who typed the action themselves: no task of a model asked for it. */
  readonly typed: boolean;
  readonly stage: Stage;
  readonly rules: readonly string[];
  /** Milliseconds since 1970. */
  readonly asked: number;
  /** When the card first stood before the person; null: not known, or together with the answer. */
  readonly shown: number | null;
  /** Null: it waits, or ended without an answer. */
  readonly answer: Answer | null;
  readonly answered: number | null;
}

type Row = Pick<ActionRow, 'session' | 'turn' | 'kind' | 'by' | 'call'>;

const PAGE = 500;
/** Actions between two moments in which others have their turn. */
const BREATH = 50;
/** A card that was put on record with its answer, and not before: milliseconds between the two. */
const TOGETHER = 50;
const TYPES = ['action.decided', 'action.shown', 'action.answered', 'action.granted', 'action.started', 'action.rehearsed', 'action.ended'] as const;

/** In the order in which they were asked. @param since milliseconds since 1970. */
export async function promptsSince({ log }: Pick<House, 'log'>, since: number): Promise<readonly Prompt[]> {
  const { db } = log.store;
  const life = db.prepare(`SELECT leaf FROM events INDEXED BY events_action WHERE action = ? AND type IN (${TYPES.map((type) => `'${type}'`).join(', ')}) ORDER BY seq`);
  const seen = new Set<Id>();
  const prompts: Prompt[] = [];
  // A clock may go back, so an older one ends nothing.
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const page = log.events({ types: ['action.decided'], before, limit: PAGE, newestFirst: true });
    for (const { time, body } of page) {
      if (body.type !== 'action.decided' || body.verdict !== 'ask' || Date.parse(time) < since || seen.has(body.action)) continue;
      seen.add(body.action);
      const row = findAction(db, body.action);
      if (row !== undefined) prompts.push(...promptsOf(body.action, row, eventsOf(life, body.action)).filter(({ asked }) => asked >= since));
      if (seen.size % BREATH === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const last = page.at(-1);
    if (last === undefined) return prompts.toSorted((a, b) => a.asked - b.asked);
    before = last.seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function eventsOf(life: StatementSync, action: Id): readonly LogEvent[] {
  return life.all(action).map((row) => parseLeaf(String(row['leaf'])));
}

/** Of one action, by what happened to it in order. */
export function promptsOf(action: Id, { session, turn, kind, by, call }: Row, events: readonly LogEvent[]): readonly Prompt[] {
  const prompts: Prompt[] = [];
  const put = { action, session, turn, kind, typed: isTyped({ by, call }), shown: null, answer: null, answered: null } as const;
  const now: { waits: Prompt | null; agreed: boolean } = { waits: null, agreed: false };
  for (const [at, event] of events.entries()) {
    const { body } = event;
    const time = Date.parse(event.time);
    const last = now.waits;
    if (body.type === 'action.decided' && body.verdict === 'ask') {
      const isAgain = now.agreed && isGoing(events[at + 1]);
      if (!isAgain) now.waits = last ?? { ...put, stage: body.stage, rules: body.rules, asked: time };
      now.agreed = false;
    } else if (last === null) continue;
    else if (body.type === 'action.shown') now.waits = { ...last, shown: last.shown ?? time };
    else if (body.type === 'action.answered') {
      const together = last.shown !== null && events[at - 1]?.body.type === 'action.shown' && time - last.shown < TOGETHER;
      prompts.push({ ...last, shown: together ? null : last.shown, answer: body.answer, answered: time });
      now.waits = null;
      now.agreed = body.answer === 'invoke';
    } else if (body.type === 'action.decided' || body.type === 'action.ended') {
      prompts.push(last);
      now.waits = null;
    }
  }
  return now.waits === null ? prompts : [...prompts, now.waits];
}

/** What was agreed is carried out. */
function isGoing(next: LogEvent | undefined): boolean {
  return next?.body.type === 'action.granted' || next?.body.type === 'action.started' || next?.body.type === 'action.rehearsed';
}
