// What the hundredth action of a session costs against the first ones: each is rehearsed over all that was accepted
// before, changes a file, and is accepted.
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findContainment } from '../src/execute/containment.ts';
import { openDraft } from '../src/execute/draft.ts';
import { HIDDEN_GLOBS } from '../src/execute/hidden.ts';
import { canRehearse, planRehearsal, prepareView, rehearseRun } from '../src/execute/rehearse.ts';
import { LIMITS, type SandboxSpec } from '../src/execute/sandbox.ts';
import { newId } from '../src/model/id.ts';
import { median, now, ratioRow, type Result } from './measure.ts';

const SESSIONS = 2;
const ACTIONS = 105;
/** Actions that are taken together at either end; the very first has no draft below it. */
const SPAN = 10;
const MOST = 1.2;

export async function bench(): Promise<Result> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-bench-draft-')));
  try {
    const containment = await findContainment({ cacheFile: join(top, 'containment.json') });
    const root = join(top, 'work');
    mkdirSync(root);
    const scratch = join(top, 'views');
    const can = await canRehearse(root, scratch);
    if (containment.bwrap === undefined || !can.ok) return { title: 'A long session', rows: [{ what: 'the 100th action', figure: can.ok ? containment.why : can.why, target: '', ok: false }] };
    const first: number[] = [];
    const last: number[] = [];
    for (let session = 0; session < SESSIONS; session++) {
      const draft = openDraft({ folder: join(top, `draft-${session}`), root, scratch });
      for (let action = 0; action < ACTIONS; action++) {
        const argv = ['sh', '-c', `echo ${action} > file-${action}; echo ${action} >> common`];
        const spec: SandboxSpec = { root, cwd: '.', argv, access: 'write', limits: LIMITS, toolchains: [], hide: HIDDEN_GLOBS, never: [] };
        const start = now();
        const view = { root, lower: await draft.lower(), folder: scratch };
        const prepared = await prepareView(view);
        const { result, effects, upper, discard } = await rehearseRun(spec, await planRehearsal(spec, prepared, containment), view, containment, { signal: new AbortController().signal, prepared });
        if (result.exit !== 0 || effects.changes.length !== 2) throw new Error(`action ${action} ended with ${result.exit} and ${effects.changes.length} changes`);
        await draft.accept(newId(), upper, effects);
        const time = now() - start;
        await discard();
        if (action >= 1 && action <= SPAN) first.push(time);
        if (action >= ACTIONS - SPAN) last.push(time);
      }
    }
    return { title: 'A long session', rows: [ratioRow('the 100th action of a session, rehearsed and accepted', median(last), median(first), 'its first ones', MOST)] };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

if (import.meta.main) console.table((await bench()).rows);
