// How much is asked, and when. Which profile holds is for a person to say.
import * as z from 'zod/mini';
import { PLAIN, route } from '../route.ts';
import { profile } from './shapes.ts';

const holding = z.strictObject({ profile });

export const readProfile = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/profile',
  summary: 'The profile that holds where a session has none of its own: how much is asked, and when.',
  right: 'read',
  answer: holding,
  handle: ({ workbench }) => ({ profile: workbench.config().profile }),
});

export const changeProfile = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/profile',
  summary: 'Let another profile hold: draft, step, strict or sealed.',
  right: 'approve',
  body: holding,
  answer: holding,
  async handle({ workbench }, { body }) {
    await workbench.changeConfig((config) => ({ ...config, profile: body.profile }), `profile: ${body.profile}`, 'http');
    return { profile: workbench.config().profile };
  },
});
