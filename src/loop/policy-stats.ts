// How often a person is asked, and how they answer: prompts a task, time to answer, yeses in a row, prompts by rule and
// by kind. Figures about prompts, from the record; nothing here judges anything.
import { QUICK } from '../approvals/pace.ts';
import type { ActionKind } from '../model/action.ts';
import type { Id } from '../model/id.ts';
import type { House } from './house.ts';
import { promptsSince, type Prompt } from './policy-prompts.ts';

export interface Share {
  readonly prompts: number;
  readonly yes: number;
  readonly no: number;
}

export interface PolicyStats {
  /** Milliseconds since 1970. */
  readonly since: number;
  /** A task is what came of one message of the person's. */
  readonly tasks: number;
  readonly tasksWithoutPrompt: number;
  /** Of the tasks. What a person typed themselves and was asked about stands beside. */
  readonly prompts: number;
  readonly typedPrompts: number;
  /** All of both. `open`: they wait, or ended without an answer. */
  readonly answers: { readonly yes: number; readonly no: number; readonly changed: number; readonly open: number };
  /** Milliseconds from when the card stood before the person, or else from when it was asked. Null: nothing was answered. */
  readonly time: { readonly median: number | null; readonly ninetieth: number | null; readonly of: number };
  /** Yeses in a row with no no between: the most, and up to now. Quick ones came within `quickMs` of the card. */
  readonly streaks: { readonly longest: number; readonly current: number; readonly quick: number; readonly longestQuick: number; readonly quickMs: number };
  /** The most frequent first, at most 100. A prompt counts for each rule that asked. */
  readonly rules: readonly (Share & { readonly rule: string })[];
  readonly kinds: readonly (Share & { readonly kind: ActionKind })[];
}

const PAGE = 500;
const MOST_RULES = 100;

/** @param since milliseconds since 1970; 0: all of the log. */
export async function policyStats(house: Pick<House, 'log'>, since: number): Promise<PolicyStats> {
  const prompts = await promptsSince(house, since);
  const asking = new Set(prompts.filter(({ typed }) => !typed).map(taskOf));
  const tasks = new Set([...(await endedTasks(house, since)), ...asking]);
  const answered = prompts.filter(({ answered: at }) => at !== null).toSorted((a, b) => (a.answered ?? 0) - (b.answered ?? 0));
  const times = answered.map(timeOf).toSorted((a, b) => a - b);
  const count = (answer: Prompt['answer']): number => prompts.filter((one) => one.answer === answer).length;
  return {
    since, tasks: tasks.size, tasksWithoutPrompt: tasks.size - asking.size,
    prompts: prompts.filter(({ typed }) => !typed).length, typedPrompts: prompts.filter(({ typed }) => typed).length,
    answers: { yes: count('invoke'), no: count('deny'), changed: count('edit'), open: count(null) },
    time: { median: shareOf(times, 0.5), ninetieth: shareOf(times, 0.9), of: times.length },
    streaks: streaksOf(answered),
    rules: sharesBy(prompts, ({ rules }) => rules).slice(0, MOST_RULES).map(([rule, share]) => ({ rule, ...share })),
    kinds: sharesBy(prompts, ({ kind }) => [kind]).map(([kind, share]) => ({ kind, ...share })),
  };
}

const taskOf = ({ session, turn }: { readonly session: Id; readonly turn: number }): string => `${session} ${turn}`;
const timeOf = ({ asked, shown, answered }: Prompt): number => Math.max(0, (answered ?? 0) - (shown ?? asked));

/** A turn may end more than once: where it was cut off, and went on. */
async function endedTasks({ log }: Pick<House, 'log'>, since: number): Promise<ReadonlySet<string>> {
  const tasks = new Set<string>();
  for (let before = Number.MAX_SAFE_INTEGER; ; ) {
    const page = log.events({ types: ['turn.ended'], before, limit: PAGE, newestFirst: true });
    for (const { time, body } of page) if (body.type === 'turn.ended' && Date.parse(time) >= since) tasks.add(taskOf(body));
    const last = page.at(-1);
    if (last === undefined) return tasks;
    before = last.seq;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** The smallest that so many don't exceed (nearest rank). */
function shareOf(sorted: readonly number[], share: number): number | null {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
}

function streaksOf(answered: readonly Prompt[]): PolicyStats['streaks'] {
  let [longest, current, quick, row, longestQuick] = [0, 0, 0, 0, 0];
  for (const prompt of answered) {
    const isYes = prompt.answer === 'invoke';
    const isQuick = isYes && timeOf(prompt) <= QUICK;
    current = isYes ? current + 1 : 0;
    row = isQuick ? row + 1 : 0;
    if (isQuick) quick += 1;
    longest = Math.max(longest, current);
    longestQuick = Math.max(longestQuick, row);
  }
  return { longest, current, quick, longestQuick, quickMs: QUICK };
}

function sharesBy<K extends string>(prompts: readonly Prompt[], keysOf: (prompt: Prompt) => readonly K[]): readonly (readonly [K, Share])[] {
  const shares = new Map<K, Share>();
  for (const prompt of prompts) {
    for (const key of keysOf(prompt)) {
      const { prompts: before, yes, no } = shares.get(key) ?? { prompts: 0, yes: 0, no: 0 };
      shares.set(key, { prompts: before + 1, yes: yes + (prompt.answer === 'invoke' ? 1 : 0), no: no + (prompt.answer === 'deny' ? 1 : 0) });
    }
  }
  return [...shares].toSorted(([a, one], [b, other]) => other.prompts - one.prompts || a.localeCompare(b));
}
