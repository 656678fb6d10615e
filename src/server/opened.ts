// What a person has opened through this server and can close again: ports of services, and drafts to be looked at.
// Nothing of it outlives the server.
import type { House } from '../loop/house.ts';
import type { Forward, Service } from '../loop/services.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';

interface Look {
  /** Where it is to be seen. */
  readonly path: string;
  close(): Promise<void>;
}

export class Opened {
  readonly #ports = new Map<Service, Map<number, Promise<Forward>>>();
  readonly #looks = new Map<Id, Promise<Look>>();
  #closed = false;

  /** A port that is open already stays the same. Throws what `Service.forward` throws. */
  async forward(service: Service, port: number): Promise<Forward> {
    const ports = this.#portsOf(service);
    const known = ports.get(port);
    if (known !== undefined) return known;
    const opening = service.forward(port);
    ports.set(port, opening);
    opening.catch(() => ports.delete(port));
    return opening;
  }

  async ports(service: Service): Promise<readonly Pick<Forward, 'port' | 'url'>[]> {
    const all = await Promise.allSettled([...(this.#ports.get(service)?.values() ?? [])]);
    return all.flatMap((one) => (one.status === 'fulfilled' ? [{ port: one.value.port, url: one.value.url }] : []));
  }

  /** Throws `service.forward` when it isn't open. */
  async closePort(service: Service, port: number): Promise<void> {
    const open = this.#ports.get(service)?.get(port);
    if (open === undefined) throw new Fault('service.forward', `port ${port} of service ${service.id} is not open`, `see which are: /api/services/${service.id}`);
    this.#ports.get(service)?.delete(port);
    await (await open).close();
  }

  /** One look at a draft at a time: what is open already stays as it was when it was opened. */
  async look({ hands }: House, session: Id, root: string): Promise<string> {
    if (this.#closed) throw new Fault('server.ending', 'the server is ending', 'start it again');
    const known = this.#looks.get(session);
    if (known !== undefined) return (await known).path;
    const opening = hands.rehearsals.look(session, root);
    this.#looks.set(session, opening);
    opening.catch(() => this.#looks.delete(session));
    return (await opening).path;
  }

  /** Throws `draft.view` when none is open. */
  async closeLook(session: Id): Promise<void> {
    const open = this.#looks.get(session);
    if (open === undefined) throw new Fault('draft.view', `no view of the draft of session ${session} is open`, `open one: POST /api/drafts/${session}/view`);
    this.#looks.delete(session);
    await (await open).close();
  }

  /** Never throws: what can't be closed now is swept at a later start. */
  async close(): Promise<void> {
    this.#closed = true;
    const closing = [...this.#looks.values(), ...[...this.#ports.values()].flatMap((ports) => [...ports.values()])].map(async (one) => (await one).close());
    this.#looks.clear();
    this.#ports.clear();
    await Promise.allSettled(closing);
  }

  #portsOf(service: Service): Map<number, Promise<Forward>> {
    const known = this.#ports.get(service);
    if (known !== undefined) return known;
    const ports = new Map<number, Promise<Forward>>();
    this.#ports.set(service, ports);
    void service.ended.then(() => this.#ports.delete(service));
    return ports;
  }
}
