// The log as people read it: a page of lines by any filters, what they can be filtered by, exactly what a model was asked,
// and the whole log as a bundle that a stranger can check.
import * as z from 'zod/mini';
import { readAction, readProposal } from '../../approvals/actions.ts';
import { requestBytes } from '../../audit/context.ts';
import { tarOfLog } from '../../audit/export-tar.ts';
import type { Log } from '../../audit/log.ts';
import { ACTION_KINDS, type Piece, type Question } from '../../audit/search.ts';
import { timelinePage } from '../../loop/timeline.ts';
import { LINE_TONES } from '../../loop/timeline-line.ts';
import { VERDICTS } from '../../model/decision.ts';
import { Fault } from '../../model/fault.ts';
import { INTEGRITY, SECRECY } from '../../model/label.ts';
import { OUTCOMES } from '../../model/outcome.ts';
import { asks, PLAIN, route, specialRoute } from '../route.ts';
import { after, byId, eventType, id, time, whole } from './shapes.ts';

/** Lines in one answer. */
const MOST = 200;
const SESSIONS = 200;

const kind = z.enum(ACTION_KINDS);
const who = z.enum(['person', 'model', 'house']);
const verdict = z.enum(VERDICTS);
const outcome = z.enum(OUTCOMES);
const integrity = z.enum(INTEGRITY);
const secrecy = z.enum(SECRECY);
const A_TIME = asks('a time is expected: day, minutes and zone, as 2026-05-01T09:30Z or 2026-05-01T11:30:00+02:00');
/** A time of RFC 3339, as milliseconds since 1970. */
const moment = z.pipe(z.string().check(z.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d)$/, { error: A_TIME, abort: true }), z.refine((text) => !Number.isNaN(Date.parse(text)), A_TIME)), z.transform((text: string) => Date.parse(text)));
const line = z.strictObject({
  seq: z.int(), time, type: eventType,
  session: z.nullable(id), action: z.nullable(id), turn: z.nullable(z.int()),
  tool: z.nullable(z.string()), kind: z.nullable(kind), who,
  /** One line, drawn: no character in it hides. */
  words: z.string(),
  tone: z.enum(LINE_TONES),
  verdict: z.nullable(verdict), outcome: z.nullable(outcome),
  label: z.nullable(z.strictObject({ integrity, secrecy })),
  /** The landing that an undo would take back now. */
  undo: z.nullable(id),
  /** False: it only says how. */
  main: z.boolean(),
  /** Around what was searched for, drawn; each hit stands between U+2068 and U+2069. Null without words. */
  found: z.nullable(z.string()),
});

export const timeline = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/timeline',
  summary: 'The log as lines, newest first, by words and filters, all of which must hold. `indexed` below `size`: the search is still catching up.',
  right: 'read',
  query: z.strictObject({
    before: z.optional(whole), after: z.optional(after), limit: z.optional(whole),
    /** Words, "phrases", beginnings*; the last word also stands for what begins so. */
    q: z.optional(z.string().check(z.maxLength(1000))),
    session: z.optional(id), action: z.optional(id),
    tool: z.optional(z.string().check(z.maxLength(200))),
    kind: z.optional(kind),
    /** A file, or a folder with all in it; relative to the workspace, or absolute. */
    path: z.optional(z.string().check(z.minLength(1), z.maxLength(4096))),
    decision: z.optional(verdict), outcome: z.optional(outcome), who: z.optional(who), integrity: z.optional(integrity), secrecy: z.optional(secrecy),
    /** Not before, and before. */
    from: z.optional(moment), to: z.optional(moment),
    /** One or more types, with commas between. */
    type: z.optional(z.pipe(z.pipe(z.string(), z.transform((text: string) => text.split(','))), z.array(eventType))),
    /** Leaves out what only says how. */
    main: z.optional(z.enum(['true', 'false'])),
  }),
  answer: z.strictObject({ size: z.int(), indexed: z.int(), lines: z.array(line), next: z.nullable(z.int()) }),
  async handle({ workbench: { log }, aside }, { query: { limit, type, main, ...rest } }) {
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) satisfies Partial<Question>;
    const question: Question = { ...given, limit: Math.min(limit ?? 50, MOST), ...(type === undefined ? {} : { types: type }), ...(main === 'true' ? { main: true } : {}) };
    const page = await timelinePage(log, question, (asked) => aside.find(asked));
    return { ...page, lines: page.lines.map(({ found, ...one }) => ({ ...one, found: found === null ? null : marked(found) })) };
  },
});

function marked(pieces: readonly Piece[]): string {
  return pieces.map(({ text, hit }) => (hit ? `\u2068${text}\u2069` : text)).join('');
}

export const facets = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/timeline/facets',
  summary: 'What the timeline can be filtered by: tools and kinds that occur, and sessions, the newest first.',
  right: 'read',
  answer: z.strictObject({ tools: z.array(z.string()), kinds: z.array(kind), sessions: z.array(z.strictObject({ id, title: z.nullable(z.string()) })) }),
  async handle({ workbench: { log }, aside }) {
    const { tools, kinds } = await aside.occurring();
    const sessions = log.store.db.prepare('SELECT id, title FROM sessions ORDER BY used DESC LIMIT ?').all(SESSIONS);
    return { tools, kinds, sessions: sessions.map((row) => ({ id: String(row['id']), title: titleOf(log, row['title']) })) };
  },
});

/** Null: it has none, or that was erased. */
function titleOf(log: Log, digest: unknown): string | null {
  const bytes = typeof digest === 'string' ? log.read(digest) : null;
  return bytes === null ? null : new TextDecoder().decode(bytes);
}

export const request = specialRoute({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id/request',
  summary: 'The exact bytes that a model was asked.',
  right: 'read',
  gives: 'bytes',
  params: byId,
  handle({ workbench: { log } }, { params }) {
    const row = readAction(log.store.db, params.id);
    const { action } = readProposal(log, row).proposal;
    if (action.kind !== 'infer') throw new Fault('request.none', `action ${row.id} asked no model`, 'ask this of an action of the kind infer');
    return { gives: 'bytes', bytes: Buffer.concat(requestBytes(log, row.session, action)), name: `request-${row.id}.json` };
  },
});

export const exported = specialRoute({
  ...PLAIN,
  method: 'GET',
  path: '/api/log/export',
  summary: 'The whole log as one tar: unpacked, the bundle that `pwb log export` writes and verify.mjs checks.',
  right: 'read',
  gives: 'stream',
  handle: ({ workbench: { log } }) => ({ gives: 'stream', chunks: tarOfLog(log), name: `log-${log.size()}.tar` }),
});
