// Conversations: list, begin, read, speak, take up again, cancel.
import * as z from 'zod/mini';
import { openActions, textOf } from '../../approvals/actions.ts';
import { readContext, type ContextMessage } from '../../audit/context.ts';
import type { Log } from '../../audit/log.ts';
import { openSession } from '../../loop/desk.ts';
import { cancel } from '../../loop/halt.ts';
import { haltServices } from '../../loop/services.ts';
import { isHeld, listSessions, readSession, type SessionRow } from '../../loop/session.ts';
import { listWorkspaces } from '../../loop/workspaces.ts';
import { timeText } from '../../model/clock.ts';
import { Fault } from '../../model/fault.ts';
import { answererOf } from '../answerer.ts';
import { PLAIN, route } from '../route.ts';
import { byId, halted, id, label, profile, time, whole } from './shapes.ts';

const line = z.strictObject({
  id,
  workspace: id,
  root: z.string(),
  model: z.string(),
  served: z.nullable(z.string()),
  title: z.string(),
  made: time,
  used: time,
  turn: z.int(),
  state: z.enum(['idle', 'open']),
  ended: z.nullable(z.string()),
  /** Its own; null: the configured one holds. */
  profile: z.nullable(profile),
  /** Some process carries it on right now. */
  held: z.boolean(),
  waiting: z.array(id),
});

const message = z.strictObject({
  index: z.int(),
  turn: z.int(),
  role: z.enum(['system', 'user', 'assistant', 'tool']),
  /** Null: erased. */
  text: z.nullable(z.string()),
  calls: z.array(z.strictObject({ id: z.string(), name: z.string(), arguments: z.string() })),
  action: z.nullable(id),
  label,
});

export const sessions = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/sessions',
  summary: 'Sessions, the one used last first.',
  right: 'read',
  query: z.strictObject({ limit: z.optional(whole) }),
  answer: z.strictObject({ sessions: z.array(line) }),
  handle: ({ workbench: { log } }, { query }) => ({ sessions: listSessions(log.store.db, Math.min(query.limit ?? 50, 500)).map((row) => lineOf(log, row)) }),
});

export const newSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions',
  summary: 'Begin a session in a workspace, with a profile of its own if one is named.',
  right: 'act',
  status: 201,
  body: z.strictObject({ workspace: id, model: z.optional(z.string().check(z.minLength(1), z.maxLength(200))), title: z.optional(z.string().check(z.maxLength(200))), profile: z.optional(profile) }),
  answer: line,
  async handle({ workbench }, { body }) {
    const workspace = listWorkspaces(workbench.log).find((known) => known.id === body.workspace);
    if (workspace === undefined) throw new Fault('workspace.unknown', `there is no workspace ${body.workspace}`, 'see /api/workspaces');
    const session = openSession(workbench, workspace, body.model ?? (await workbench.defaultModel()), body.title ?? '', 'http', false, body.profile);
    await workbench.log.settle();
    return lineOf(workbench.log, readSession(workbench.log.store.db, session));
  },
});

export const session = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/sessions/:id',
  summary: 'A session with its messages as text, the last ones by default.',
  right: 'read',
  params: byId,
  /** Messages before this index. */
  query: z.strictObject({ before: z.optional(whole), limit: z.optional(whole) }),
  answer: z.strictObject({ session: line, messages: z.array(message) }),
  handle({ workbench: { log } }, { params, query }) {
    const row = readSession(log.store.db, params.id);
    const all = readContext(log.store.db, row.id, row.epoch).filter(({ idx }) => idx < (query.before ?? Infinity));
    return { session: lineOf(log, row), messages: all.slice(-Math.min(Math.max(query.limit ?? 100, 1), 500)).map((one) => messageOf(log, one)) };
  },
});

export const say = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/messages',
  summary: 'Say something. Answers when it is on record; the turn goes on, to be followed in the event stream.',
  right: 'act',
  status: 202,
  params: byId,
  body: z.strictObject({ text: z.string().check(z.minLength(1)) }),
  answer: line,
  async handle({ workbench: { log }, turns }, { params, body }) {
    await turns.say(params.id, body.text);
    return lineOf(log, readSession(log.store.db, params.id));
  },
});

export const resume = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/resume',
  summary: 'Take up a turn that was cut.',
  right: 'act',
  status: 202,
  params: byId,
  answer: line,
  handle({ workbench: { log }, turns }, { params }) {
    turns.resume(params.id);
    return lineOf(log, readSession(log.store.db, params.id));
  },
});

export const cancelSession = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sessions/:id/cancel',
  summary: 'Cancel the turn of a session; what waits in it is refused, and its commands that stay are ended.',
  right: 'act',
  params: byId,
  answer: halted,
  handle({ workbench, credential }, { params }) {
    readSession(workbench.log.store.db, params.id);
    return haltServices(workbench, { type: 'cancel.asked', target: params.id }, () => cancel(workbench.log, params.id, answererOf(credential)));
  },
});

function lineOf(log: Log, row: SessionRow): z.output<typeof line> {
  const { workspace, root, model, served, turn, state, ended, profile: own } = row;
  const waiting = openActions(log.store.db, row.id).filter((action) => action.state === 'pending').map((action) => action.id);
  return { id: row.id, workspace, root, model, served, title: textOf(log, row.title), made: timeText(row.made), used: timeText(row.used), turn, state, ended, profile: own, held: isHeld(row), waiting };
}

function messageOf(log: Log, { idx, turn, role, digest, action, label: from }: ContextMessage): object {
  const bytes = log.read(digest);
  const said = bytes === null ? { text: null, calls: [] } : readWire(new TextDecoder().decode(bytes));
  return { index: idx, turn, role, action, label: from, ...said };
}

const Wire = z.object({
  content: z.string(),
  tool_calls: z.optional(z.array(z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }))),
});

/** What a message says, from its bytes on the wire (every one but the first of a request begins with a comma). */
function readWire(text: string): { readonly text: string; readonly calls: readonly object[] } {
  const { content, tool_calls: calls = [] } = Wire.parse(JSON.parse(text.replace(/^,/, '')));
  return { text: content, calls: calls.map((call) => ({ id: call.id, name: call.function.name, arguments: call.function.arguments })) };
}
