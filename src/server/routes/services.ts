// Commands that stay, of this server: what they say, the way to stop them, and ports of them for a browser of this
// machine, which are opened on a person's word alone.
import * as z from 'zod/mini';
import { findAction } from '../../approvals/actions.ts';
import { findService, serviceEnd, servicesOf, type Service } from '../../loop/services.ts';
import { timeText } from '../../model/clock.ts';
import type { Opened } from '../opened.ts';
import { PLAIN, route } from '../route.ts';
import { byId, id, time, whole } from './shapes.ts';

/** Bytes of output in one answer. */
const MOST = 256 * 1024;

const forward = z.strictObject({ port: z.int(), url: z.string() });
const line = z.strictObject({ id, session: id, argv: z.array(z.string()), began: time, state: z.enum(['starting', 'running', 'stopping', 'ended']), forwards: z.array(forward) });
const end = z.strictObject({ how: z.enum(['ended', 'stopped', 'limit', 'broken']), exit: z.nullable(z.int()) });

export const services = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/sessions/:id/services',
  summary: 'Commands of a session that stay and that this server runs, the oldest first.',
  right: 'read',
  params: byId,
  answer: z.strictObject({ services: z.array(line) }),
  handle: async ({ workbench, opened }, { params }) => ({ services: await Promise.all((await servicesOf(workbench, params.id)).map((one) => lineOf(one, opened))) }),
});

export const allServices = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/services',
  summary: 'All commands that stay and that this server runs, the oldest first.',
  right: 'read',
  answer: z.strictObject({ services: z.array(line) }),
  handle: async ({ workbench, opened }) => ({ services: await Promise.all((await servicesOf(workbench)).map((one) => lineOf(one, opened))) }),
});

export const serviceOutput = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/services/:id',
  summary: 'A command that stays, with its output from a byte on. `next` of an answer is `from` of the next one.',
  right: 'read',
  params: byId,
  query: z.strictObject({ from: z.optional(whole) }),
  answer: z.strictObject({
    id,
    session: id,
    state: line.shape.state,
    /** Null while it runs. */
    end: z.nullable(end),
    text: z.string(),
    /** Bytes before this text that are no longer kept. */
    missed: z.int(),
    next: z.int(),
    forwards: z.array(forward),
  }),
  async handle({ workbench, opened }, { params, query }) {
    const from = query.from ?? 0;
    const over = serviceEnd(workbench, params.id);
    if (over !== null) {
      // Of what is on record nothing follows.
      const { text, size } = wholeText((over.output ?? new Uint8Array()).subarray(from, from + MOST), from + MOST >= (over.output?.length ?? 0));
      return { id: params.id, session: findAction(workbench.log.store.db, params.id)?.session ?? '', state: 'ended', end: { how: over.how, exit: over.exit }, text, missed: 0, next: from + size, forwards: [] };
    }
    const service = await findService(workbench, params.id);
    const state = service.state();
    const { bytes, missed, next } = service.output(from);
    const part = bytes.subarray(0, MOST);
    // What was left out in the middle ends a piece, and perhaps a character.
    const last = part.length === bytes.length && (state === 'ended' || service.output(next).next > next);
    const { text, size } = wholeText(part, last);
    return { id: service.id, session: service.session, state, end: null, text, missed, next: from + missed + size, forwards: await opened.ports(service) };
  },
});

export const stopService = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/services/:id/stop',
  summary: 'Ask a command that stays to end, and after a moment end it with all that it started. Answers when it has ended.',
  right: 'act',
  params: byId,
  answer: z.extend(end, { id }),
  async handle({ workbench }, { params }) {
    const over = serviceEnd(workbench, params.id);
    if (over !== null) return { id: params.id, how: over.how, exit: over.exit };
    const ended = await (await findService(workbench, params.id)).stop();
    return { id: params.id, how: ended.how, exit: ended.how === 'broken' ? null : ended.rehearsed.result.exit };
  },
});

export const openPort = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/services/:id/ports',
  summary: 'Let a browser of this machine reach a port of a command that stays, until that is closed or the command ends.',
  right: 'approve',
  status: 201,
  params: byId,
  body: z.strictObject({ port: z.int().check(z.minimum(1), z.maximum(65_535)) }),
  answer: forward,
  async handle({ workbench, opened }, { params, body }) {
    const { port, url } = await opened.forward(await findService(workbench, params.id), body.port);
    return { port, url };
  },
});

export const closePort = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/services/:id/ports/:port',
  summary: 'Close a port of a command that stays again.',
  right: 'act',
  params: z.strictObject({ id, port: whole }),
  answer: z.strictObject({ port: z.int() }),
  async handle({ workbench, opened }, { params }) {
    await opened.closePort(await findService(workbench, params.id), params.port);
    return { port: params.port };
  },
});

async function lineOf(service: Service, opened: Opened): Promise<z.output<typeof line>> {
  const { id: known, session, argv, began } = service;
  return { id: known, session, argv: [...argv], began: timeText(began), state: service.state(), forwards: [...(await opened.ports(service))] };
}

/** A character whose end isn't there yet is left for the next answer, unless nothing of it follows. */
function wholeText(bytes: Uint8Array, last: boolean): { readonly text: string; readonly size: number } {
  const size = last ? bytes.length : bytes.length - cutOff(bytes);
  return { text: new TextDecoder().decode(bytes.subarray(0, size)), size };
}

/** Bytes at the end that begin a character and don't end it: three at most (RFC 3629). */
function cutOff(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const long = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return long > back ? back : 0;
  }
  return 0;
}
