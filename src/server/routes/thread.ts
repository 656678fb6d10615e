// A conversation as a person reads it: what was said and what was done, in the order of the record.
import * as z from 'zod/mini';
import { threadPage } from '../../loop/thread-items.ts';
import { isHeld, readSession } from '../../loop/session.ts';
import { PLAIN, route } from '../route.ts';
import { line, lineOf } from './session-line.ts';
import { byId, digest, id, label, state, time, whole } from './shapes.ts';

/** `current` false: the conversation was taken back to before it. */
const placed = { seq: z.int(), time, current: z.boolean() };
const tokens = z.strictObject({ prompt: z.int(), output: z.int() });
/** Milliseconds. */
const duration = z.nullable(z.number());

const message = z.strictObject({
  item: z.literal('message'),
  ...placed,
  /** Its place in the context as it is now; null: the model doesn't know of it any more. */
  index: z.nullable(z.int()),
  turn: z.int(),
  role: z.enum(['user', 'assistant']),
  /** Null: erased. */
  text: z.nullable(z.string()),
  reasoning: z.nullable(z.string()),
  files: z.array(z.strictObject({ path: z.string(), size: z.int(), digest })),
  /** An action of null: the call's arguments didn't fit. */
  calls: z.array(z.strictObject({ name: z.string(), action: z.nullable(id) })),
  /** The request that it answers. */
  action: z.nullable(id),
  model: z.nullable(z.string()),
  label,
  tokens: z.nullable(tokens),
  duration,
});

const action = z.strictObject({
  item: z.literal('action'),
  ...placed,
  id,
  turn: z.int(),
  kind: z.enum(['infer', 'read', 'write', 'run', 'fetch', 'commit', 'undo', 'service']),
  tool: z.string(),
  by: z.enum(['person', 'model', 'house']),
  /** One line, drawn. */
  heading: z.string(),
  state,
  outcome: z.nullable(z.enum(['done', 'failed', 'refused', 'unknown'])),
  ended: z.nullable(z.string()),
  into: z.nullable(z.enum(['workspace', 'draft', 'nothing'])),
  verdict: z.nullable(z.enum(['allow', 'ask', 'deny'])),
  duration,
  /** Paths; null: not known. */
  changed: z.nullable(z.int()),
  /** Of what failed or was refused, drawn. */
  words: z.nullable(z.string()),
  editedFrom: z.nullable(id),
});

const end = z.strictObject({ item: z.literal('end'), ...placed, turn: z.int(), why: z.string(), words: z.string(), steps: z.int(), tokens, duration: z.number() });
const notice = z.strictObject({ item: z.literal('notice'), ...placed, words: z.string() });

/**
 * How it stands with the turn that this server carries on; null: with none. Times in milliseconds since 1970. `doing`:
 * the model is asked, a call of it is being heard, or the action that is tried or carried out.
 */
const now = z.strictObject({
  step: z.int(), steps: z.int(), prompt: z.int(), output: z.int(), since: z.nullable(z.number()), model: z.nullable(z.string()),
  doing: z.nullable(z.union([z.enum(['thinking', 'calling']), id])),
});

export const thread = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/sessions/:id/thread',
  summary: 'A session as a person reads it: messages, actions, the end of each turn and notices, the last ones by default, oldest first, and how it stands with its turn `now`. `before` is the seq of the first item of a later page.',
  right: 'read',
  params: byId,
  query: z.strictObject({ before: z.optional(whole), limit: z.optional(whole) }),
  answer: z.strictObject({ session: line, now: z.nullable(now), items: z.array(z.discriminatedUnion('item', [message, action, end, notice])), more: z.boolean() }),
  handle({ workbench: { log }, presents }, { params, query }) {
    const row = readSession(log.store.db, params.id);
    const page = threadPage(log, row, query.before ?? Number.MAX_SAFE_INTEGER, Math.min(Math.max(query.limit ?? 50, 1), 200));
    return { session: lineOf(log, row), now: isHeld(row) ? presents.of(row.id) : null, ...page };
  },
});
