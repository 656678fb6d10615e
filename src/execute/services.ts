// Commands that stay: a dev server, a watcher. Each is a rehearsal that goes on until it ends, is stopped, or its
// session or this process ends; then what it wrote is read as of any rehearsal. None outlives this process.
import type { Id } from '../model/id.ts';
import { Fault } from '../model/fault.ts';
import type { Containment } from './containment.ts';
import { birthOf } from './limits-watch.ts';
import { rehearseRun, type Prepared, type Rehearsed } from './rehearse.ts';
import { keepOutput, type OutputPart } from './sandbox-output.ts';
import type { Plan, SandboxSpec } from './sandbox-spec.ts';
import { openForward, type Forward, type Place } from './services-forward.ts';

export type { OutputPart } from './sandbox-output.ts';
export type { Forward } from './services-forward.ts';

export interface Service {
  readonly id: Id;
  readonly session: Id;
  readonly argv: readonly string[];
  /** Milliseconds on the wall clock. */
  readonly began: number;
  /** The process id, outside, of the first process in there; 0 before there is one. */
  readonly pid: () => number;
  readonly state: () => 'starting' | 'running' | 'stopping' | 'ended';
  /** What it wrote from this byte on. The beginning and the end of a long output are kept. */
  output(from: number): OutputPart;
  /** Up to which byte its output was passed on as news while it was begun; who listens then goes on from there. */
  readonly told: { until: number };
  /** @returns what ends the listening. */
  onOutput(hear: (chunk: Uint8Array) => void): () => void;
  /** Resolves when its sandbox stands, or it has ended. */
  readonly started: Promise<void>;
  /**
   * Lets a browser of this machine reach a port of it, until it is closed or the service ends. Only when a person asks.
   * @throws `service.forward`, `service.port`, `service.too-many`.
   */
  forward(port: number): Promise<Forward>;
  /** Asks it to end, and after a moment ends it with all that it started. */
  stop(): Promise<Ended>;
  /** Never rejects. Whoever takes what was rehearsed discards it. */
  readonly ended: Promise<Ended>;
}

/** By itself, by being stopped, by a limit; or what kept it from running. */
export type Ended = { readonly how: 'ended' | 'stopped' | 'limit'; readonly rehearsed: Rehearsed } | { readonly how: 'broken'; readonly fault: unknown };

export interface ServiceOptions {
  readonly id: Id;
  readonly session: Id;
}

/** Milliseconds, for `limits.time` of one that may stay as long as it likes: 24 days, the most that Node's timers know. */
export const UNTIMED = 2 ** 31 - 1;
/** Milliseconds that it has to put its things in order. */
const GRACE = 2000;
const MOST_SERVICES = 8;
const MOST_FORWARDS = 8;

/** @param plan of planRehearsal, for this spec. `prepared` is used up. */
export function startService(spec: SandboxSpec, plan: Plan, prepared: Prepared, containment: Containment, { id, session }: ServiceOptions): Service {
  const stopping = new AbortController();
  const keeper = keepOutput(spec.limits.output);
  const hearers = new Set<(chunk: Uint8Array) => void>();
  const forwards = new Set<Promise<Forward>>();
  let stand: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    stand = resolve;
  });
  let state: ReturnType<Service['state']> = 'starting';
  let house = 0;
  let place: Place | undefined;

  async function run(): Promise<Ended> {
    try {
      const rehearsed = await rehearseRun(spec, plan, prepared.view, containment, {
        prepared, signal: stopping.signal, keeper, flood: 'wait', grace: GRACE,
        onOutput: (chunk) => hearers.forEach((hear) => hear(chunk)),
        started: (pid) => {
          house = pid;
        },
        inside(init) {
          place = { house, init, birth: birthOf(init) };
          if (state === 'starting') state = 'running';
          stand();
        },
      });
      const { limits } = rehearsed.result;
      return { how: limits.includes('cancelled') ? 'stopped' : limits.length > 0 ? 'limit' : 'ended', rehearsed };
    } catch (fault) {
      return { how: 'broken', fault };
    } finally {
      state = 'ended';
      hearers.clear();
      stand();
      await Promise.allSettled([...forwards].map(async (forward) => (await forward).close()));
    }
  }
  const ended = run();
  return {
    id, session, argv: spec.argv, began: Date.now(), started, ended, told: { until: 0 },
    pid: () => place?.init ?? 0,
    state: () => state,
    output: (from) => keeper.since(from),
    onOutput(hear) {
      hearers.add(hear);
      return () => void hearers.delete(hear);
    },
    async forward(port) {
      if (state !== 'running' || place === undefined) throw new Fault('service.forward', 'the service does not run', 'Start it, and ask again.');
      if (forwards.size >= MOST_FORWARDS) throw new Fault('service.too-many', `${forwards.size} ports of this service are open, which is the most`, 'Close one of them.');
      const opening = openForward(place, port);
      forwards.add(opening);
      const left = (): void => void forwards.delete(opening);
      const forward = await opening.catch((error: unknown) => {
        left();
        throw error;
      });
      return { ...forward, close: () => forward.close().finally(left) };
    },
    stop() {
      if (state !== 'ended') state = 'stopping';
      stopping.abort();
      return ended;
    },
  };
}

/** All services of this process. Whoever ends the process closes it first; a crash ends them too. */
export class Services {
  readonly #running = new Map<Id, Service>();
  #closed = false;

  /**
   * As startService. The prepared view is discarded when it isn't started.
   * @throws `service.too-many`, `service.closed`, `service.twice` when one of this id runs.
   */
  async start(spec: SandboxSpec, plan: Plan, prepared: Prepared, containment: Containment, options: ServiceOptions): Promise<Service> {
    const refused = this.#refusal(options.id);
    if (refused !== undefined) {
      await prepared.discard();
      throw refused;
    }
    const service = startService(spec, plan, prepared, containment, options);
    this.#running.set(service.id, service);
    void service.ended.then(() => this.#running.delete(service.id));
    await service.started;
    return service;
  }

  /** Those that run, oldest first. @param session of this session only. */
  list(session?: Id): readonly Service[] {
    return [...this.#running.values()].filter((service) => session === undefined || service.session === session);
  }

  get(id: Id): Service | undefined {
    return this.#running.get(id);
  }

  /** Resolves when none of the session's is left. What each wrote is in its `ended`. */
  async stopSession(session: Id): Promise<readonly Ended[]> {
    return Promise.all(this.list(session).map((service) => service.stop()));
  }

  /** Stops all, and starts no more. */
  async close(): Promise<readonly Ended[]> {
    this.#closed = true;
    return Promise.all(this.list().map((service) => service.stop()));
  }

  #refusal(id: Id): Fault | undefined {
    if (this.#closed) return new Fault('service.closed', 'the workbench is ending, so nothing is started any more');
    if (this.#running.has(id)) return new Fault('service.twice', `${id} runs already`, 'Stop it first.');
    if (this.#running.size >= MOST_SERVICES) return new Fault('service.too-many', `${MOST_SERVICES} services run, which is the most`, `Stop one of them: ${this.list().map((service) => service.id).join(', ')}.`);
    return undefined;
  }
}
