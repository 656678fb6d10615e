// Commands that stay, as doors see them: those of this process, since none outlives it. What is stopped or cancelled,
// at whichever door and in whichever process, ends those that it concerns.
import type { Service } from '../execute/services.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { House } from './house.ts';
import { readSession } from './session.ts';

export type { Forward, Service } from '../execute/services.ts';

/** Those that run here, all or of one session, oldest first. Throws `session.unknown`. */
export async function servicesOf(house: House, session?: Id): Promise<readonly Service[]> {
  if (session !== undefined) readSession(house.log.store.db, session);
  return (await house.hands.rehearsals.services()).list(session);
}

/** Throws `service.unknown` when it doesn't run in this process. */
export async function findService(house: House, id: Id): Promise<Service> {
  const service = (await house.hands.rehearsals.services()).get(id);
  if (service === undefined) throw new Fault('service.unknown', `no service ${id} runs in this process`, 'one ends with the process that began it; start it again');
  return service;
}

export interface ServiceEnd {
  readonly how: 'ended' | 'stopped' | 'limit' | 'broken';
  readonly exit: number | null;
  /** What was kept of its output; null: nothing, or erased. */
  readonly output: Uint8Array | null;
}

/** How one ended, in whichever process. Null when that is on no record. */
export function serviceEnd({ log }: House, id: Id): ServiceEnd | null {
  const [event] = log.events({ action: id, types: ['service.ended'], limit: 1 });
  if (event?.body.type !== 'service.ended') return null;
  const { how, exit = null } = event.body;
  const output = event.payloads['output'];
  return { how, exit, output: output === undefined ? null : log.read(output.digest) };
}

/** Everything, or one session or action. */
export type Halt = { readonly type: 'stop.asked' } | { readonly type: 'cancel.asked'; readonly target: Id };

/** Puts a halt on record, then ends the services that it concerns; resolves when none of them is left. */
export async function haltServices<T>(house: House, halt: Halt, record: () => Promise<T>): Promise<T & { readonly services: readonly Id[] }> {
  const going = await concerned(house, halt);
  const halted = await record();
  await endServices(house, halt);
  return { ...halted, services: going.map(({ id }) => id) };
}

/** Ends what a halt on record concerns, and resolves when none of it is left. */
export async function endServices(house: House, halt: Halt): Promise<void> {
  await Promise.all((await concerned(house, halt)).map((one) => one.stop()));
}

async function concerned(house: House, halt: Halt): Promise<readonly Service[]> {
  const all = (await house.hands.rehearsals.services()).list();
  return all.filter((one) => halt.type === 'stop.asked' || one.id === halt.target || one.session === halt.target);
}

/** Heeds each stop and cancel after seq `since` until the signal aborts: a service's own action has ended long before it. */
export async function heedHalts(house: House, since: number, signal: AbortSignal): Promise<void> {
  for await (const { body } of house.log.follow(since, signal)) {
    if (body.type === 'stop.asked' || body.type === 'cancel.asked') await endServices(house, body);
  }
}
