// The description of this API, made from the table of routes.
import * as z from 'zod/mini';
import { PLAIN, route } from '../route.ts';

export const openapi = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/openapi.json',
  summary: 'This document: OpenAPI 3.1.',
  right: 'read',
  answer: z.looseObject({ openapi: z.literal('3.1.0') }),
  handle: async ({ workbench, routes }) => {
    const { describe } = await import('../describe.ts');
    return describe(routes, workbench.version);
  },
});
