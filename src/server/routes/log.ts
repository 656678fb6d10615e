// Reading the log: pages of events, one event with what stands behind it, head, key, verification. Nothing here
// prunes or clears.
import * as z from 'zod/mini';
import type { EventQuery } from '../../audit/log.ts';
import { lineOf } from '../../loop/timeline-line.ts';
import { Fault } from '../../model/fault.ts';
import { PLAIN, route, specialRoute } from '../route.ts';
import { after, digest, event, eventType, id, whole } from './shapes.ts';

/** Events in one answer; bytes of a payload that are given as text. */
const MOST = 500;
const MOST_TEXT = 64 * 1024;

export const events = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/events',
  summary: 'A page of the log.',
  right: 'read',
  query: z.strictObject({
    after: z.optional(after),
    before: z.optional(whole),
    limit: z.optional(whole),
    newest: z.optional(z.enum(['true', 'false'])),
    session: z.optional(id),
    action: z.optional(id),
    /** One or more types, with commas between. */
    type: z.optional(z.pipe(z.pipe(z.string(), z.transform((text: string) => text.split(','))), z.array(eventType))),
  }),
  answer: z.strictObject({ size: z.int(), events: z.array(event) }),
  handle({ workbench: { log } }, { query }) {
    const { session, action, type } = query;
    const asked: EventQuery = {
      limit: Math.min(query.limit ?? 50, MOST),
      newestFirst: query.newest === 'true',
      ...(query.after === undefined ? {} : { after: query.after }),
      ...(query.before === undefined ? {} : { before: query.before }),
      ...(session === undefined ? {} : { session }),
      ...(action === undefined ? {} : { action }),
      ...(type === undefined ? {} : { types: type }),
    };
    return { size: log.size(), events: log.events(asked) };
  },
});

export const oneEvent = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/events/:seq',
  summary: 'One event, in words, with its payloads as text.',
  right: 'read',
  params: z.strictObject({ seq: whole }),
  answer: z.strictObject({
    event,
    /** One line, drawn, as the timeline has it. */
    words: z.string(),
    /** By the payload's name. `text` null: erased. `cut`: only the first 64 KiB are given. `exact`: the bytes are UTF-8. */
    texts: z.record(z.string(), z.strictObject({ text: z.nullable(z.string()), cut: z.boolean(), exact: z.boolean() })),
  }),
  handle({ workbench: { log } }, { params }) {
    const [found] = log.events({ after: params.seq - 1, limit: 1 });
    if (found?.seq !== params.seq) throw new Fault('id.unknown', `the log has no event ${params.seq}`, `its events are 0 to ${log.size() - 1}`);
    const texts = Object.entries(found.payloads).map(([name, ref]) => [name, textOf(log.read(ref.digest))] as const);
    return { event: found, words: lineOf(log, found).words, texts: Object.fromEntries(texts) };
  },
});

export const payload = specialRoute({
  ...PLAIN,
  method: 'GET',
  path: '/api/payloads/:digest',
  summary: 'The exact bytes of a payload.',
  right: 'read',
  gives: 'bytes',
  params: z.strictObject({ digest }),
  handle({ workbench: { log } }, { params }) {
    const bytes = log.read(params.digest);
    if (bytes === null) throw new Fault('log.payload-erased', `payload ${params.digest} was erased`, 'the log says when and by whom');
    return { gives: 'bytes', bytes, name: params.digest };
  },
});

export const erase = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/payloads/erase',
  summary: 'Erase payloads for good. The log stays verifiable and says that they were erased, when, by whom and why.',
  right: 'approve',
  body: z.strictObject({ digests: z.array(digest).check(z.minLength(1), z.maxLength(1000)), why: z.string().check(z.minLength(1), z.maxLength(4000)) }),
  answer: z.strictObject({ seq: z.nullable(z.int()), erased: z.array(digest), state: z.enum(['finished', 'pending']) }),
  handle: ({ workbench: { log }, credential }, { body }) => log.erase(body.digests, { door: 'http', credential: credential?.id ?? '', reason: 'person', why: body.why }),
});

export const head = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/head',
  summary: 'Size, root and signed checkpoint of the log. Keep one elsewhere to find a later roll-back.',
  right: 'read',
  answer: z.strictObject({ size: z.int(), root: z.string(), checkpoint: z.string() }),
  handle: ({ workbench: { log } }) => log.head(),
});

export const key = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/key',
  summary: 'The fingerprint of the log\'s key, for a verifier.',
  right: 'read',
  answer: z.strictObject({ vkey: z.string() }),
  handle: ({ workbench: { log } }) => ({ vkey: log.vkey() }),
});

export const verify = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/verify',
  summary: 'Check the whole log, from the first event to the signed head, in a thread of its own. Takes a while for a long one.',
  right: 'read',
  answer: z.strictObject({
    ok: z.boolean(),
    origin: z.string(),
    /** Events that were checked, the root over them, and the signed head that says so. */
    size: z.int(), root: z.string(), checkpoint: z.string(),
    /** The beginning of the root in groups of four, to be compared by eye. */
    fingerprint: z.string(),
    vkey: z.string(),
    payloads: z.int(), erased: z.int(),
    problems: z.array(z.strictObject({ code: z.string(), words: z.string(), seq: z.optional(z.int()), digest: z.optional(digest) })),
    /** What is proven and what not. */
    notes: z.array(z.string()),
  }),
  async handle({ workbench: { log }, aside }) {
    await log.settle();
    const report = await aside.verify();
    return { ...report, fingerprint: (report.root.slice(0, 32).match(/.{4}/g) ?? []).join(' '), vkey: log.vkey() };
  },
});

export const verifyProgress = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/verify/progress',
  summary: 'How far the check that runs has come: rows looked at, and all of them.',
  right: 'read',
  answer: z.strictObject({ running: z.boolean(), done: z.int(), of: z.int() }),
  handle: ({ aside }) => aside.progress(),
});

function textOf(bytes: Uint8Array | null): { readonly text: string | null; readonly cut: boolean; readonly exact: boolean } {
  if (bytes === null) return { text: null, cut: false, exact: true };
  const part = bytes.subarray(0, MOST_TEXT);
  const text = new TextDecoder().decode(part);
  return { text, cut: part.length < bytes.length, exact: part.length === bytes.length && Buffer.from(text).equals(part) };
}
