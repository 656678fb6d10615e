// Is it there, and which.
import * as z from 'zod/mini';
import { PLAIN, route } from '../route.ts';

export const health = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/health',
  summary: 'The version of the workbench and the size of its log.',
  right: 'read',
  answer: z.strictObject({ version: z.string(), size: z.int() }),
  handle: ({ workbench }) => ({ version: workbench.version, size: workbench.log.size() }),
});

export const modelLine = z.strictObject({
  name: z.string(), server: z.string(), dialect: z.string(), model: z.string(), reachable: z.boolean(), installed: z.boolean(), loaded: z.boolean(),
  where: z.enum(['local', 'remote', 'pass-through', 'inside']), window: z.nullable(z.int()), configured: z.boolean(), note: z.string(),
});

export const models = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/models',
  summary: 'All models that are configured or found on this machine, and which of them is asked where none is named.',
  right: 'read',
  answer: z.strictObject({
    models: z.array(modelLine),
    /** Its name: the one that is asked where none is named. Never one on another machine that wasn't made so. */
    default: z.nullable(z.string()),
  }),
  async handle({ workbench }) {
    const { lines, byDefault } = await workbench.models();
    return { models: lines, default: byDefault };
  },
});

export const doctor = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/doctor',
  summary: 'What works on this machine and what does not, each with its next step.',
  right: 'read',
  answer: z.strictObject({ checks: z.array(z.strictObject({ id: z.string(), status: z.enum(['ok', 'warn', 'fail']), detail: z.string(), fix: z.optional(z.string()) })) }),
  handle: async ({ workbench }) => ({ checks: await workbench.checks() }),
});
