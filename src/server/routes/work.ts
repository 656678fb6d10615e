// A person's own command, and the way to stop everything.
import * as z from 'zod/mini';
import { hostsNamed, proposeRun } from '../../loop/desk.ts';
import { draftToJoin } from '../../loop/drafts.ts';
import { stopAll } from '../../loop/halt.ts';
import { haltServices } from '../../loop/services.ts';
import { readSession } from '../../loop/session.ts';
import { listWorkspaces, type Workspace } from '../../loop/workspaces.ts';
import type { Workbench } from '../../loop/workbench.ts';
import { Fault } from '../../model/fault.ts';
import type { Id } from '../../model/id.ts';
import { answererOf } from '../answerer.ts';
import { workPaths } from '../paths.ts';
import { asks, PLAIN, route, type Call } from '../route.ts';
import { halted, id, path, profile, proposed } from './shapes.ts';

/** Milliseconds a command may take when nothing is said, and at most; as at the command line. */
const TIMEOUT = 120_000;
const LONGEST = 86_400_000;

const body = z.strictObject({
  /** Or that of `session`. */
  workspace: z.optional(id),
  argv: z.array(z.string().check(z.maxLength(100_000))).check(z.minLength(1), z.maxLength(1000)),
  cwd: z.optional(path),
  access: z.optional(z.enum(['read', 'write'])),
  timeout: z.optional(z.int().check(z.minimum(1000), z.maximum(LONGEST))),
  /** Of the new session that it gets. */
  profile: z.optional(profile),
  /** In this session, and so in its draft. Without one, in the profile draft it joins the draft of earlier commands in the workspace. */
  session: z.optional(id),
  /** Hosts that it may reach, each `name` or `name:port`. */
  hosts: z.optional(z.array(z.string().check(z.regex(/^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9_.-]{1,253})(?::[1-9]\d{0,4})?$/, asks('a host is expected, as name or name:port')))).check(z.minLength(1), z.maxLength(100))),
  /** Rehearsed in a full copy of the workspace. */
  copy: z.optional(z.literal(true)),
  /** In a view without the files that are from outside: see labels. */
  clean: z.optional(z.literal(true)),
  /** It stays: see /api/services. */
  service: z.optional(z.literal(true)),
});

export const run = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/run',
  summary: 'Propose a command of one\'s own, through the same path as any other action.',
  right: 'act',
  status: 202,
  body,
  answer: proposed,
  async handle({ workbench, turns }, { body: asked }) {
    const { argv, cwd = '.', access = 'write', timeout = TIMEOUT, session, profile: named, hosts, copy, clean, service } = asked;
    if (session !== undefined && named !== undefined) throw new Fault('run.profile', 'a session has its own profile already', 'leave the profile or the session out');
    if (service === true && (access === 'read' || copy === true || clean === true || hosts !== undefined)) throw new Fault('run.service', 'a command that stays goes with none of read access, a full copy, a clean view and hosts', 'leave one of them out');
    if (access === 'read' && (copy === true || hosts !== undefined)) throw new Fault('run.read', 'a command that only reads is not rehearsed, and reaches no hosts', 'leave the read access out');
    const workspace = workspaceOf(workbench, asked.workspace, session);
    const [folder = '.'] = workPaths(workspace.root, [cwd]);
    const more = { ...(hosts === undefined ? {} : { hosts: hostsNamed(hosts) }), ...(copy === undefined ? {} : { copy }), ...(clean === undefined ? {} : { clean }), ...(service === undefined ? {} : { service }) };
    const command = { argv, cwd: folder, access, timeout, ...more };
    const join = session ?? freeDraft({ workbench, turns }, workspace.root, named);
    // Rather than leave a proposal that nobody carries on.
    if (join === undefined) turns.checkRoom();
    else turns.checkFree(join);
    const made = proposeRun(workbench, workspace, command, 'http', { ...(join === undefined ? {} : { join }), ...(named === undefined ? {} : { profile: named }) });
    // A session that is joined is taken at once, before another request can; a new one is nobody's, and is on disk first.
    if (join === undefined) await workbench.log.settle();
    turns.resume(made.session);
    await workbench.log.settle();
    return made;
  },
});

function workspaceOf({ log }: Workbench, named: Id | undefined, session: Id | undefined): Workspace {
  const row = session === undefined ? undefined : readSession(log.store.db, session);
  const wanted = named ?? row?.workspace;
  if (wanted === undefined) throw new Fault('run.workspace', 'neither a workspace nor a session is named', 'name one of them');
  const workspace = listWorkspaces(log).find((known) => known.id === wanted || (named === undefined && known.root === row?.root));
  if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${wanted}`, 'see /api/workspaces');
  return workspace;
}

/** One that is just being worked on is not waited for: the command gets a draft of its own. */
function freeDraft({ workbench, turns }: Pick<Call, 'workbench' | 'turns'>, root: string, named: Parameters<typeof draftToJoin>[3]): Id | undefined {
  const join = draftToJoin(workbench, workbench.config().profile, root, named);
  return join !== undefined && turns.isFree(join) ? join : undefined;
}

export const stop = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/stop',
  summary: 'Stop everything: what runs is cancelled, what waits is refused, commands that stay are ended.',
  right: 'act',
  answer: halted,
  handle: ({ workbench, credential }) => haltServices(workbench, { type: 'stop.asked' }, () => stopAll(workbench.log, answererOf(credential))),
});
