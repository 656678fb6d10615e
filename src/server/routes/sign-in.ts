// Signing in and out. A link's code comes as a body from our own page, never in a URL that a history, a log or a
// Referer would keep; it works once.
import * as z from 'zod/mini';
import { timeText } from '../../model/clock.ts';
import { cookieName } from '../guard.ts';
import { SESSION_SECONDS, type Exchanged } from '../credentials.ts';
import { refuse, type Refusal } from '../refusal.ts';
import { PLAIN, route, specialRoute, type Given } from '../route.ts';
import { urlOf } from '../running.ts';
import { byId, id, time } from './shapes.ts';

const done = z.strictObject({ done: z.literal(true) });

/** The only route that needs no credential. */
export const signIn = specialRoute({
  ...PLAIN,
  method: 'POST',
  path: '/api/sign-in',
  summary: 'Exchange the code of a sign-in link for a session cookie. Works once per link.',
  right: 'none',
  gives: 'json',
  body: z.strictObject({ code: z.string().check(z.maxLength(200)) }),
  answer: done,
  async handle({ credentials, port, countWrong }, { body }) {
    const exchanged = await credentials.exchange(body.code);
    if (exchanged.ok) return withCookie(port, exchanged.token, SESSION_SECONDS);
    return countWrong() ? refuse(429, 'request.guessing', 'There were too many wrong codes; wait a minute.', 'use the link as it was printed', { 'retry-after': '60' }) : noSession(exchanged.why);
  },
});

export const signOut = specialRoute({
  ...PLAIN,
  method: 'POST',
  path: '/api/sign-out',
  summary: 'End this session. Its cookie and its event streams are of no use from then on.',
  right: 'read',
  gives: 'json',
  answer: done,
  async handle({ credentials, credential, port, endStreams }) {
    if (credential?.kind !== 'session') return refuse(409, 'request.kind', 'This credential is not a session.', 'the command line\'s credential is replaced by removing its file and starting again');
    await credentials.revoke(credential.id);
    endStreams(credential.id);
    return withCookie(port, '', 0);
  },
});

export const link = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/sign-in/link',
  summary: 'Make a fresh sign-in link. It works once, within ten minutes.',
  right: 'approve',
  status: 201,
  answer: z.strictObject({ url: z.string() }),
  handle: async ({ credentials, port }) => ({ url: linkTo(port, await credentials.makeLink()) }),
});

export const credentialList = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/credentials',
  summary: 'Who is let in now: browsers that are signed in and the credential of the command line, the newest first.',
  right: 'read',
  answer: z.strictObject({
    credentials: z.array(z.strictObject({
      id, kind: z.enum(['session', 'cli']), made: time,
      /** To the hour; null: not known. */
      used: z.nullable(time),
      expires: time,
      /** The one that asks. */
      this: z.boolean(),
    })),
  }),
  handle({ credentials, credential }) {
    const all = credentials.list().map(({ id: one, kind, made, used, expires }) => ({ id: one, kind, made: timeText(made), used: used === null ? null : timeText(used), expires: timeText(expires), this: one === credential?.id }));
    return { credentials: all };
  },
});

export const goneCredential = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/credentials/:id',
  summary: 'End one that is let in: its requests are refused and its event streams end at once. That of the command line is made anew at the next start.',
  right: 'approve',
  params: byId,
  answer: done,
  async handle({ credentials, endStreams }, { params }) {
    if (!credentials.list().some((one) => one.id === params.id)) return refuse(404, 'id.unknown', `Nobody is let in as ${params.id}.`, 'see who is: /api/credentials');
    await credentials.revoke(params.id);
    endStreams(params.id);
    return { done: true };
  },
});

/** The code is in the fragment, which a browser sends to nobody. */
export function linkTo(port: number, code: string): string {
  return `${urlOf(port)}/sign-in#${code}`;
}

function withCookie(port: number, token: string, seconds: number): Given {
  return { gives: 'json', value: { done: true }, headers: { 'set-cookie': `${cookieName(port)}=${token}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${seconds}` } };
}

function noSession(why: Extract<Exchanged, { ok: false }>['why']): Refusal {
  const again = 'get a fresh link: `pwb start` prints one';
  switch (why) {
    case 'used':
      return refuse(401, 'sign-in.used', 'This sign-in link was used before; each works once.', again);
    case 'expired':
      return refuse(401, 'sign-in.expired', 'This sign-in link is older than ten minutes.', again);
    case 'wrong':
      return refuse(401, 'sign-in.wrong', 'This is not a sign-in link of this workbench.', again);
  }
}
