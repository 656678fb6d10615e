// Choosing a folder, and what the state takes on the disk.
import { homedir } from 'node:os';
import * as z from 'zod/mini';
import { listWorkspaces, whyNoWorkspace } from '../../loop/workspaces.ts';
import { diskUse } from '../../storage/disk.ts';
import { foldersIn } from '../folders.ts';
import { asks, PLAIN, route } from '../route.ts';
import { id } from './shapes.ts';

export const folders = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/folders',
  summary: 'The folders in a folder, the home by default, to choose a workspace from. No link is followed.',
  right: 'read',
  query: z.strictObject({ path: z.optional(z.string().check(z.regex(/^\/[^\0]{0,4096}$/, asks('an absolute path is expected, one that begins with /')))), hidden: z.optional(z.enum(['true', 'false'])) }),
  answer: z.strictObject({
    path: z.string(),
    parent: z.nullable(z.string()),
    /** Of this folder itself, where it is registered. */
    workspace: z.nullable(id),
    /** Why this folder can't be one. */
    refused: z.nullable(z.string()),
    folders: z.array(z.strictObject({ name: z.string(), path: z.string(), workspace: z.nullable(id) })),
    /** What isn't listed. */
    words: z.nullable(z.string()),
  }),
  async handle({ workbench: { log, home } }, { query }) {
    const found = await foldersIn(query.path ?? homedir(), query.hidden === 'true');
    const known = new Map(listWorkspaces(log).map((one) => [one.root, one.id]));
    const workspaceAt = (path: string): string | null => known.get(path) ?? null;
    return { ...found, workspace: workspaceAt(found.path), refused: whyNoWorkspace(home, found.path), folders: found.folders.map((one) => ({ ...one, workspace: workspaceAt(one.path) })) };
  },
});

export const disk = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/disk',
  summary: 'What the state takes on the disk, by what it is for, and what is free there.',
  right: 'read',
  answer: z.strictObject({ places: z.array(z.strictObject({ name: z.string(), words: z.string(), bytes: z.int(), files: z.int(), path: z.string() })), free: z.int(), total: z.int() }),
  handle: ({ workbench: { home } }) => diskUse(home),
});
