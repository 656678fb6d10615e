// The event stream: the log as it grows and passing news, in one.
import * as z from 'zod/mini';
import { PLAIN, specialRoute } from '../route.ts';
import { after } from './shapes.ts';

export const stream = specialRoute({
  ...PLAIN,
  method: 'GET',
  path: '/api/events',
  summary: 'Server-sent events: `record` (a log event; its id is the seq, from which Last-Event-ID resumes) and `live` (passing news).',
  right: 'read',
  gives: 'events',
  query: z.strictObject({ after: z.optional(after) }),
  handle: (_call, { query }) => ({ gives: 'events', after: query.after ?? null }),
});
