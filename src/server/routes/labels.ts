// Which files of a workspace are from outside, by rule or mark, and trusting some of them, which only a person can.
import * as z from 'zod/mini';
import { labelsOf, trustPaths } from '../../loop/marks.ts';
import { listWorkspaces, type Workspace } from '../../loop/workspaces.ts';
import { timeText } from '../../model/clock.ts';
import { Fault } from '../../model/fault.ts';
import type { Id } from '../../model/id.ts';
import type { Workbench } from '../../loop/workbench.ts';
import { answererOf } from '../answerer.ts';
import { workPaths } from '../paths.ts';
import { PLAIN, route } from '../route.ts';
import { id, label, paths, time } from './shapes.ts';

export const labels = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/labels',
  summary: 'Which files of a workspace are from outside: patterns of names, and marks, the newest first.',
  right: 'read',
  query: z.strictObject({ workspace: id }),
  answer: z.strictObject({
    rules: z.array(z.string()),
    marks: z.array(z.strictObject({
      path: z.string(),
      integrity: label.shape.integrity,
      secrecy: label.shape.secrecy,
      /** The session in whose draft it is so. */
      draft: z.nullable(id),
      action: id,
      since: time,
      /** Null: erased. */
      sources: z.nullable(z.array(z.string())),
    })),
    more: z.boolean(),
  }),
  handle({ workbench }, { query }) {
    const { rules, marks, more } = labelsOf(workbench, workspaceOf(workbench, query.workspace));
    return { rules: [...rules], marks: marks.map((mark) => ({ ...mark, since: timeText(mark.since), sources: mark.sources === null ? null : [...mark.sources] })), more };
  },
});

export const trustLabels = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/labels/trust',
  summary: "Trust files: take the marks of these paths, and of all below them, away. Their words count as the workspace's own from then on.",
  right: 'approve',
  body: z.strictObject({ workspace: id, paths: paths.check(z.minLength(1)) }),
  answer: z.strictObject({ trusted: z.array(z.string()), marks: z.int() }),
  async handle({ workbench, credential }, { body }) {
    const workspace = workspaceOf(workbench, body.workspace);
    const trusted = workPaths(workspace.root, body.paths);
    return { trusted: [...trusted], marks: await trustPaths(workbench, workspace, trusted, answererOf(credential)) };
  },
});

function workspaceOf({ log }: Workbench, wanted: Id): Workspace {
  const workspace = listWorkspaces(log).find((known) => known.id === wanted);
  if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${wanted}`, 'see /api/workspaces');
  return workspace;
}
