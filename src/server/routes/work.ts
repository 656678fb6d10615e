// A person's own command, and the way to stop everything.
import * as z from 'zod/mini';
import { proposeRun } from '../../loop/desk.ts';
import { stopAll } from '../../loop/halt.ts';
import { listWorkspaces } from '../../loop/workspaces.ts';
import { Fault } from '../../model/fault.ts';
import { answererOf } from '../answerer.ts';
import { PLAIN, route } from '../route.ts';
import { halted, id } from './shapes.ts';

/** Milliseconds a command may take when nothing is said, and at most. */
const TIMEOUT = 120_000;
const LONGEST = 3_600_000;

export const run = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/run',
  summary: 'Propose a command of one\'s own, through the same path as any other action.',
  right: 'act',
  status: 202,
  body: z.strictObject({
    workspace: id,
    argv: z.array(z.string().check(z.maxLength(100_000))).check(z.minLength(1), z.maxLength(1000)),
    cwd: z.optional(z.string().check(z.regex(/^(?!\/)(?!.*(?:^|\/)\.\.(?:\/|$))[^\0]{1,4096}$/))),
    access: z.optional(z.enum(['read', 'write'])),
    timeout: z.optional(z.int().check(z.minimum(1000), z.maximum(LONGEST))),
  }),
  answer: z.strictObject({ session: id, action: id }),
  async handle({ workbench, turns }, { body }) {
    const workspace = listWorkspaces(workbench.log).find((known) => known.id === body.workspace);
    if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${body.workspace}`, 'see /api/workspaces');
    turns.checkRoom(); // Rather than leave a proposal that nobody carries on.
    const proposed = proposeRun(workbench, workspace, { argv: body.argv, cwd: body.cwd ?? '.', access: body.access ?? 'write', timeout: body.timeout ?? TIMEOUT }, 'http');
    await workbench.log.settle();
    turns.resume(proposed.session);
    return proposed;
  },
});

export const stop = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/stop',
  summary: 'Stop everything: what runs is cancelled, what waits is refused.',
  right: 'act',
  answer: halted,
  handle: ({ workbench: { log }, credential }) => stopAll(log, answererOf(credential)),
});
