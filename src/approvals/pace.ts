// The pace of a person's answers: a burst of yeses, each a few seconds after its card came up or after the one before,
// is noticed, and the next must wait a little. Pure: it only looks at times. No and stop are never slowed.
import type { Id } from '../model/id.ts';

export interface Yes {
  /** What came with one answer of the model is reviewed as one, and counts as one. */
  readonly batch: Id;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** When its card came before the person's eyes; null where that isn't known. */
  readonly shown: number | null;
}

export interface Pace {
  /** Milliseconds until the next yes is taken. 0: at once. */
  readonly wait: number;
  /** Quick yeses in a row, up to now. */
  readonly quick: number;
  /** How long the burst that this one would go on with has made it wait. Milliseconds; 0: there is none. */
  readonly held: number;
  /** For the person; empty while nothing is slowed. */
  readonly words: string;
}

/** A yes within this of the moment at which it could first be said is a quick one. Milliseconds. */
export const QUICK = 4000;
/** So many quick ones in so long are a burst. */
const MANY = 5;
const WITHIN = 30_000;
/** Each further one waits longer, up to the most. */
const STEP = 3000;
const MOST = 15_000;

/** A burst that began longer ago is no reason any more. */
export const LOOK_BACK = 10 * 60_000;

interface Streak {
  readonly yeses: readonly Yes[];
  /** How far it has slowed. 0: not yet. */
  readonly steps: number;
}

/**
 * @param yeses of one person, the oldest first. @param next the batch that is to be answered: a yes to more of what was
 * answered last isn't slowed.
 */
export function paceOf(yeses: readonly Yes[], now: number, next?: Id): Pace {
  const { yeses: row, steps } = yeses.filter(({ at }) => at <= now && now - at <= LOOK_BACK).reduce(add, { yeses: [], steps: 0 });
  const last = row.at(-1);
  const until = last === undefined ? now : last.at + waitAfter(steps);
  const wait = next !== undefined && next === last?.batch ? 0 : Math.max(0, until - now);
  const held = now - until <= QUICK ? waitAfter(steps) : 0;
  return { wait, quick: row.length, held, words: wait > 0 ? `You have said yes ${row.length} times in quick succession. Take a moment with this one: it can be answered in ${Math.ceil(wait / 1000)} s.` : '' };
}

function add({ yeses, steps }: Streak, yes: Yes): Streak {
  const last = yeses.at(-1);
  if (last === undefined) return { yeses: [yes], steps: 0 };
  // One answer of the model, one decision.
  if (last.batch === yes.batch) return { yeses: [...yeses.slice(0, -1), { ...last, at: yes.at }], steps };
  const ready = Math.max(last.at + waitAfter(steps), yes.shown ?? 0);
  if (yes.at - ready > QUICK) return { yeses: [yes], steps: 0 };
  const row = [...yeses, yes];
  const first = row.at(-MANY);
  const isBurst = steps > 0 || (first !== undefined && yes.at - first.at <= WITHIN);
  return { yeses: row, steps: isBurst ? steps + 1 : 0 };
}

function waitAfter(steps: number): number {
  return Math.min(MOST, steps * STEP);
}
