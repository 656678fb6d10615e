// Both sides of a changed file, whole, of an action or of a draft: what is shown is, to the byte, what was judged.
import * as z from 'zod/mini';
import { sidesOfAction, sidesOfDraft } from '../../loop/sides.ts';
import { PLAIN, route } from '../route.ts';
import { byId, change, digest, path } from './shapes.ts';

/** No text: it isn't one, is above 2 MiB, is kept nowhere any more, isn't what was judged, or a folder has none. A link's is what it leads to. */
const side = z.strictObject({ text: z.nullable(z.string()), note: z.nullable(z.enum(['binary', 'too-large', 'gone', 'changed', 'folder'])), size: z.nullable(z.int()), digest: z.nullable(digest) });
/** Lines from 1, with those around that the diff shows. */
const range = z.strictObject({ from: z.int(), lines: z.int() });

const sides = z.strictObject({
  path: z.string(),
  change,
  /** Null: no file. `now` only for a clash: what is in the workspace now, while `before` is what the action saw. */
  sides: z.strictObject({ before: z.nullable(side), after: z.nullable(side), now: z.optional(z.nullable(side)) }),
  /** Those that pieces can name: of a changed file, from `now`, or else from `before`, to `after`. */
  hunks: z.array(z.strictObject({ hunk: z.int(), before: range, after: range })),
});

export const actionSides = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/actions/:id/sides',
  summary: 'A file that an action changes, before and after, whole; of a clash also as it is now.',
  right: 'read',
  params: byId,
  query: z.strictObject({ path }),
  answer: sides,
  handle: ({ workbench }, { params, query }) => sidesOfAction(workbench, params.id, query.path),
});

export const draftSides = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/drafts/:id/sides',
  summary: 'A file that a draft changes, before and after, whole; of a clash also as it is now.',
  right: 'read',
  params: byId,
  query: z.strictObject({ path }),
  answer: sides,
  handle: ({ workbench }, { params, query }) => sidesOfDraft(workbench, params.id, query.path),
});
