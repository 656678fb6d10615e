// The shapes that several routes share. All are strict: an unknown key is refused on the way in, and an
// undocumented one fails a test on the way out.
import * as z from 'zod/mini';
import type { EventType } from '../../model/event.ts';
import { PROFILES } from '../../model/profile.ts';
import { asks } from '../route.ts';

export const id = z.string().check(z.regex(/^[0-9a-hjkmnp-tv-z]{10}$/, asks('an id is expected: ten letters and digits, as `pwb` and the pages show it')));
export const digest = z.string().check(z.regex(/^[0-9a-f]{64}$/, asks('a SHA-256 is expected, as 64 hexadecimal digits')));
export const time = z.string();
/** A whole number in a query. */
export const whole = z.pipe(z.string().check(z.regex(/^\d{1,15}$/, asks('a whole number is expected'))), z.transform(Number));
/** A seq to go on after; -1 means from the first event. */
export const after = z.pipe(z.string().check(z.regex(/^(-1|\d{1,15})$/, asks('the number of an event is expected, or -1'))), z.transform(Number));

export const byId = z.strictObject({ id });

const EVENT_TYPES = [
  'log.opened', 'session.started', 'session.renamed', 'session.changed', 'session.rewound', 'message.added', 'context.compacted', 'turn.ended',
  'action.proposed', 'action.decided', 'action.shown', 'action.answered', 'action.granted', 'action.started', 'action.rehearsed', 'action.ended', 'model.answered', 'draft.dropped', 'service.ended', 'undo.pruned', 'state.saved', 'state.restored',
  'cancel.asked', 'stop.asked', 'workspace.added', 'workspace.removed', 'config.changed', 'rule.added', 'rule.removed', 'file.marked', 'file.endorsed', 'policy.loaded', 'policy.trusted', 'policy.untrusted',
  'credential.made', 'credential.used', 'credential.revoked', 'payload.erased', 'clock.jumped',
] as const satisfies readonly EventType[];
/** Doesn't compile when the vocabulary has a type that isn't listed above. */
const all: [Exclude<EventType, (typeof EVENT_TYPES)[number]>] extends [never] ? true : never = true;
void all;

export const eventType = z.enum(EVENT_TYPES);

const payloadRef = z.strictObject({ digest, size: z.int() });
export const event = z.strictObject({
  v: z.literal(1),
  seq: z.int(),
  time,
  /** Each type has keys of its own: see docs/log-format.md. */
  body: z.looseObject({ type: eventType }),
  payloads: z.record(z.string(), payloadRef),
});

export const label = z.strictObject({ integrity: z.enum(['person', 'workspace', 'outside']), secrecy: z.enum(['open', 'private', 'secret']), sources: z.array(z.string()) });
/** Each kind has keys of its own: exactly what will be done. */
export const action = z.looseObject({ kind: z.enum(['infer', 'read', 'write', 'run', 'fetch', 'commit', 'undo', 'service']) });
export const diff = z.strictObject({ path: z.string(), unified: z.string(), note: z.optional(z.enum(['binary', 'too-large'])) });
/** Each kind has keys of its own. */
export const change = z.looseObject({ change: z.enum(['created', 'changed', 'deleted', 'renamed']), path: z.string() });
export const effects = z.strictObject({
  certainty: z.enum(['known', 'none', 'unknown']),
  changes: z.array(change),
  diffs: z.array(diff),
  undo: z.enum(['fully', 'partly', 'not']),
  limits: z.optional(z.array(z.string())),
  unlandable: z.optional(z.array(z.strictObject({ path: z.string(), why: z.string() }))),
  summary: z.optional(z.array(z.strictObject({ folder: z.string(), created: z.int(), changed: z.int(), deleted: z.int(), renamed: z.int(), bytes: z.int() }))),
  conflicts: z.optional(z.array(z.strictObject({ path: z.string(), why: z.string(), base: z.nullable(digest), now: z.nullable(digest), wanted: z.nullable(digest), judged: z.optional(z.string()) }))),
  network: z.optional(z.array(z.strictObject({ method: z.string(), host: z.string(), port: z.int(), path: z.nullable(z.string()), status: z.nullable(z.int()), sent: z.int(), received: z.int(), verdict: z.enum(['allowed', 'refused']), why: z.string() }))),
});
/** A picture in words: all of it is drawn, so that no character hides. `lead` has the line's tone where it is there; `verbatim`: no line is broken anew. */
const tone = z.enum(['plain', 'added', 'removed', 'changed', 'warning', 'quiet', 'mark', 'heading']);
export const parts = z.array(z.strictObject({ tone, heading: z.string(), lines: z.array(z.strictObject({ tone, lead: z.optional(z.string()), text: z.string() })), verbatim: z.optional(z.literal(true)) }));
/** How the rehearsal went; its duration in milliseconds. */
export const rehearsal = z.strictObject({ exit: z.nullable(z.int()), signal: z.nullable(z.string()), limits: z.array(z.string()), duration: z.number(), output: z.string() });

const origins = z.strictObject({
  arguments: z.array(z.strictObject({ argument: z.string(), source: z.nullable(z.string()), integrity: z.nullable(z.enum(['person', 'workspace', 'outside'])), line: z.nullable(z.int()), bytes: z.nullable(z.tuple([z.int(), z.int()])), action: z.nullable(id), words: z.string() })),
  outside: z.array(z.strictObject({ source: z.string(), action: z.nullable(id), turn: z.int() })),
});

export const state = z.enum(['proposed', 'rehearsing', 'pending', 'answered', 'granted', 'ended']);
export const card = z.strictObject({
  id,
  session: id,
  state,
  by: z.enum(['person', 'model', 'house']),
  tool: z.string(),
  action,
  why: z.string(),
  label,
  /** Of each argument, and what from outside its writer had read; null: not on record. Of an argument's source `bytes` (UTF-8, from and behind) stand in the result of `action`. */
  origins: z.nullable(origins),
  /** Arguments that were passed unread, and the action that read them. */
  handles: z.array(z.strictObject({ argument: z.string(), from: id, label })),
  /** Of a draft that waits to land: paths that what was read from outside has shaped, by which action; a folder stands for all in it. */
  shaped: z.array(z.strictObject({ path: z.string(), action: id, sources: z.array(z.string()) })),
  editedFrom: z.nullable(id),
  effects: z.nullable(effects),
  rehearsal: z.optional(z.nullable(rehearsal)),
  /** Of a yes to a part only: what it was for. */
  chosen: z.nullable(z.strictObject({ paths: z.array(z.string()), hunks: z.array(z.strictObject({ path: z.string(), take: z.array(z.int()) })) })),
  rules: z.array(z.string()),
  reason: z.string(),
  proposed: time,
  expires: z.nullable(time),
  outcome: z.nullable(z.enum(['done', 'failed', 'refused', 'unknown'])),
  ended: z.nullable(z.string()),
  exit: z.nullable(z.int()),
  result: z.nullable(z.string()),
});

/**
 * A card as a door gets it: the data, the same as text with every hidden character drawn, the digest that invoking
 * needs, the arguments as JSON text, to be edited (null where no tool call stands for the action), and where its effects
 * went (null while it is open, and for what had none to put anywhere). `parts`: the picture of its effects, drawn; `landing`:
 * where a yes puts it and how far that can be taken back, in words (empty once it has ended).
 * `pieces`: some of it can be invoked without the rest. `batch`: the request to the model with whose answer it came; what
 * came together can be reviewed as one. `title` and `root`: of its session.
 */
export const shown = z.strictObject({
  card, text: z.string(), seen: digest, arguments: z.nullable(z.string()), into: z.nullable(z.enum(['workspace', 'draft', 'nothing'])),
  parts, landing: z.string(), pieces: z.boolean(), batch: z.nullable(id), title: z.string(), root: z.string(),
});
export const answered = z.strictObject({ action: id, session: id, state });
/** `services`: commands that stay, of this server, which are ended. */
export const halted = z.strictObject({ refused: z.array(id), told: z.array(id), services: z.array(id) });
/** What a person proposed: it may wait in the inbox, or be over already. */
export const proposed = z.strictObject({ session: id, action: id });
export const profile = z.enum(PROFILES);
/** A path of a workspace: relative to its root. */
export const path = z.string().check(z.minLength(1), z.maxLength(4096));
export const paths = z.array(path).check(z.maxLength(10_000));
/** Some of what a card or a draft would change: paths whole, and of files some hunks, counted from 1 as the diff shows them. */
export const pieces = z.strictObject({
  paths: z.optional(paths),
  hunks: z.optional(z.array(z.strictObject({ path, take: z.array(z.int().check(z.minimum(1))).check(z.minLength(1), z.maxLength(100_000)) })).check(z.maxLength(10_000))),
});
export const workspace = z.strictObject({ id, root: z.string(), added: time });
