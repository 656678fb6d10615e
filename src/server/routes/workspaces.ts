// The folders that actions may reach. Which they are is for a person to say.
import * as z from 'zod/mini';
import { addWorkspace, listWorkspaces, removeWorkspace, type Workspace } from '../../loop/workspaces.ts';
import { timeText } from '../../model/clock.ts';
import { asks, PLAIN, route } from '../route.ts';
import { byId, workspace } from './shapes.ts';

export const workspaces = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/workspaces',
  summary: 'The registered workspaces.',
  right: 'read',
  answer: z.strictObject({ workspaces: z.array(workspace) }),
  handle: ({ workbench: { log } }) => ({ workspaces: listWorkspaces(log).map(lineOf) }),
});

export const newWorkspace = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/workspaces',
  summary: 'Register a folder, by its absolute path.',
  right: 'approve',
  status: 201,
  body: z.strictObject({ root: z.string().check(z.regex(/^\/[^\0]{0,4096}$/, asks('an absolute path is expected, one that begins with /'))) }),
  answer: workspace,
  handle: async ({ workbench: { log, home } }, { body }) => lineOf(await addWorkspace(log, home, body.root, 'http')),
});

export const goneWorkspace = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/workspaces/:id',
  summary: 'Forget a workspace. The folder itself is not touched.',
  right: 'approve',
  params: byId,
  answer: workspace,
  handle: async ({ workbench: { log } }, { params }) => lineOf(await removeWorkspace(log, params.id, 'http')),
});

function lineOf({ id, root, added }: Workspace): z.output<typeof workspace> {
  return { id, root, added: timeText(added) };
}
