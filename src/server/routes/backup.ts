// Backing the state up as a download, and getting a backup ready to be restored at the next start.
import * as z from 'zod/mini';
import { beginBackup } from '../../loop/backup.ts';
import { dropStaged, stage, staged as readStaged, type Staged } from '../../loop/restore.ts';
import { answererOf } from '../answerer.ts';
import { PLAIN, route, specialRoute } from '../route.ts';
import { time } from './shapes.ts';

const ready = z.strictObject({
  staged: z.nullable(z.strictObject({
    /** When the backup was made, and by which version. */
    made: time,
    version: z.string(),
    /** Its log. */
    events: z.int(),
    root: z.string(),
    origin: z.string(),
    staged: time,
    bytes: z.int(),
  })),
  /** What happens next. */
  words: z.string(),
});

export const backup = specialRoute({
  ...PLAIN,
  method: 'GET',
  path: '/api/backup',
  summary: 'A backup of the whole state as one file, made while it runs. It holds the key of the log and all that is on record: keep it as private as the state itself.',
  right: 'approve',
  gives: 'stream',
  async handle({ workbench, credential }) {
    const { name, chunks } = await beginBackup(workbench, answererOf(credential));
    return { gives: 'stream', name, chunks };
  },
});

export const restore = specialRoute({
  ...PLAIN,
  method: 'POST',
  path: '/api/restore',
  summary: 'Check a backup whole and get it ready. It is put in place at the next `pwb start`; what is here now is then kept aside.',
  right: 'approve',
  status: 201,
  takes: 'bytes',
  gives: 'json',
  answer: ready,
  async handle({ workbench: { home, clock }, credential }, { bytes }) {
    return { gives: 'json', value: lineOf(await stage(home, bytes, answererOf(credential), clock)) };
  },
});

export const readyRestore = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/restore',
  summary: 'The backup that is ready to be restored, if any.',
  right: 'read',
  answer: ready,
  handle: ({ workbench: { home } }) => lineOf(readStaged(home)),
});

export const dropRestore = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/restore',
  summary: 'Take back the restore that is ready: nothing of it is put in place.',
  right: 'approve',
  answer: ready,
  async handle({ workbench: { home } }) {
    await dropStaged(home);
    return lineOf(null);
  },
});

function lineOf(one: Staged | null): z.output<typeof ready> {
  if (one === null) return { staged: null, words: 'No restore is ready.' };
  const { made, version, events, root, origin, staged, bytes } = one;
  return { staged: { made, version, events, root, origin, staged, bytes }, words: 'It is checked, and put in place at the next `pwb start`: end this workbench, then start it again. What is here now is kept aside.' };
}
