// What has landed in workspaces: who changed a path and when, and taking a landing back.
import * as z from 'zod/mini';
import { findLanding, historyOf, nextPlace, proposeUndo, type HistoryPlace } from '../../loop/drafts.ts';
import { listWorkspaces } from '../../loop/workspaces.ts';
import { timeText } from '../../model/clock.ts';
import { Fault } from '../../model/fault.ts';
import { workPaths } from '../paths.ts';
import { asks, PLAIN, route } from '../route.ts';
import { id, path, paths, proposed, time, whole } from './shapes.ts';

/** Lines in one answer. */
const MOST = 500;

/** Where a page goes on, as the page before it said. */
const place = z.pipe(
  z.string().check(z.regex(/^\d{1,15}\.[0-9a-hjkmnp-tv-z]{10}\.\d{1,9}$/, asks('`next` of the page before is expected'))),
  z.transform((text: string): HistoryPlace => {
    const [at = '', landing = '', told = ''] = text.split('.');
    return { at: Number(at), landing, told: Number(told) };
  }),
);

export const history = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/history',
  summary: 'Who changed a path of a workspace, or anything in a folder, and when; the newest first. `next` of an answer is `from` of the next page.',
  right: 'read',
  query: z.strictObject({ workspace: id, path: z.optional(path), limit: z.optional(whole), from: z.optional(place) }),
  answer: z.strictObject({
    lines: z.array(z.strictObject({
      /** By which it can be undone. */
      landing: id,
      action: id,
      session: id,
      at: time,
      path: z.string(),
      change: z.string(),
      op: z.enum(['land', 'undo']),
      by: z.enum(['person', 'model', 'house']),
      kind: z.string(),
      /** The landing that this takes back, and the one that took this back. */
      undoes: z.nullable(id),
      undone: z.nullable(id),
      /** What it replaced is no longer kept, so that it can't be undone. */
      pruned: z.boolean(),
      /** Where a draft was landed: the actions that made it so. */
      makers: z.array(z.strictObject({ action: id, by: z.string() })),
    })),
    next: z.nullable(z.string()),
  }),
  handle({ workbench }, { query }) {
    const workspace = listWorkspaces(workbench.log).find((known) => known.id === query.workspace);
    if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${query.workspace}`, 'see /api/workspaces');
    const [named = '.'] = workPaths(workspace.root, query.path === undefined ? [] : [query.path]);
    const limit = Math.min(Math.max(query.limit ?? 50, 1), MOST);
    const found = historyOf(workbench, workspace.root, named, limit, query.from);
    const next = nextPlace(found, limit, query.from);
    const lines = found.map(({ id: landing, action, session, at, path: changed, change, op, by, kind, undoes, undone, pruned, makers }) => ({
      landing, action, session, at: timeText(at), path: changed, change, op, by, kind, undoes, undone, pruned: pruned !== null, makers,
    }));
    return { lines, next: next === null ? null : `${next.at}.${next.landing}.${next.told}` };
  },
});

export const undo = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/undo',
  summary: 'Take back what an action landed. It is done at once where nothing is in its way, and asks where something is; `over` names paths whose later edits are replaced, and kept.',
  right: 'approve',
  status: 202,
  /** `id`: of the action, or of its landing. */
  body: z.strictObject({ id, over: z.optional(paths) }),
  answer: proposed,
  async handle({ workbench, turns }, { body }) {
    const landing = findLanding(workbench, body.id);
    const over = workPaths(landing.root, body.over ?? []);
    turns.checkRoom(); // Rather than leave a proposal that nobody carries on.
    const made = proposeUndo(workbench, landing, over, 'http');
    await workbench.log.settle();
    turns.resume(made.session);
    return made;
  },
});
