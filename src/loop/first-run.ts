// The first minutes: how far a newcomer is, and the practice task in a folder of its own, apart from the person's work.
// Nothing in it is easier than later: the same path, the same card, the same log.
import type { Door } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { layPractice } from '../storage/practice-folder.ts';
import { openSession } from './desk.ts';
import { PRACTICE, type Workbench } from './workbench.ts';
import { addWorkspace, listWorkspaces, practiceRoot, type Workspace } from './workspaces.ts';

/** What is said to a model of any kind; the practice model plays its part whatever is said. */
export const PRACTICE_WORDS = 'This is a practice folder. Look at what is in it, and read notes.txt. One word in it is misspelled: mend just that word with the edit tool. Then write summary.txt with one line that sums the notes up.';
/** Carried out on a person's yes: counted as far as this. */
const ENOUGH = 100;

export interface FirstSteps {
  readonly workspaces: number;
  /** Actions carried out on a person's yes, at most 100. */
  readonly invoked: number;
  readonly practice: { readonly root: string; readonly workspace: Id | null; readonly session: Id | null };
}

export function firstSteps({ log, home }: Pick<Workbench, 'log' | 'home'>): FirstSteps {
  const { db } = log.store;
  const root = practiceRoot(home);
  const all = listWorkspaces(log);
  const count = db.prepare(`SELECT count(*) AS n FROM (SELECT 1 FROM actions WHERE agreed IS NOT NULL AND outcome = 'done' LIMIT ${ENOUGH})`).get()?.['n'];
  const session = db.prepare('SELECT id FROM sessions WHERE root = ? ORDER BY used DESC, id LIMIT 1').get(root)?.['id'];
  return {
    workspaces: all.filter((one) => one.root !== root).length,
    invoked: Number(count),
    practice: { root, workspace: all.find((one) => one.root === root)?.id ?? null, session: session === undefined ? null : String(session) },
  };
}

/** The practice task's own folder, laid anew each time. Throws `practice.folder`. */
export async function practiceWorkspace(bench: Pick<Workbench, 'log' | 'home'>, door: Door): Promise<Workspace> {
  const root = practiceRoot(bench.home);
  const { practiceFiles, PRACTICE_MADE } = await import('../providers/practice.ts');
  layPractice(root, practiceFiles(), PRACTICE_MADE);
  return addWorkspace(bench.log, bench.home, root, door);
}

/**
 * A session for the practice task, in a fresh practice folder, asking step by step whatever else is configured. The
 * caller says `PRACTICE_WORDS` in it. Without a model of one's own the practice model plays.
 */
export async function beginPractice(bench: Workbench, named: string | undefined, door: Door): Promise<{ readonly session: Id; readonly workspace: Id; readonly model: string }> {
  const model = named ?? (await anyModel(bench));
  const workspace = await practiceWorkspace(bench, door);
  const session = openSession(bench, workspace, model, 'Practice task', door, false, 'step');
  await bench.log.settle();
  return { session, workspace: workspace.id, model };
}

async function anyModel(bench: Workbench): Promise<string> {
  try {
    return await bench.defaultModel();
  } catch (error) {
    if (error instanceof Fault && error.code === 'model.none') return PRACTICE;
    throw error;
  }
}
