// The files of a workspace by name, for a picker. Names only, and none that is kept from models.
import * as z from 'zod/mini';
import { listWorkspaces } from '../../loop/workspaces.ts';
import { Fault } from '../../model/fault.ts';
import { PLAIN, route } from '../route.ts';
import { byId, whole } from './shapes.ts';

export const workspaceFiles = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/workspaces/:id/files',
  summary: 'Files of a workspace whose names fit, the best first; what .gitignore names and what usually holds secrets is left out.',
  right: 'read',
  params: byId,
  query: z.strictObject({ q: z.optional(z.string().check(z.maxLength(200))), limit: z.optional(whole) }),
  /** `whole` false: more fit than are given, or not all files were looked at. */
  answer: z.strictObject({ files: z.array(z.strictObject({ path: z.string() })), whole: z.boolean() }),
  async handle({ workbench }, { params, query }) {
    const workspace = listWorkspaces(workbench.log).find((known) => known.id === params.id);
    if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${params.id}`, 'see /api/workspaces');
    const found = await workbench.findFiles(workspace.root, query.q ?? '', Math.min(Math.max(query.limit ?? 50, 1), 200));
    return { files: found.paths.map((path) => ({ path })), whole: found.whole };
  },
});
