// Which model is meant, where it is, and asking it. A key's value is read here, at the last moment, for the one
// origin that it is bound to; it never enters a context, a log or an error.
import { basename, resolve } from 'node:path';
import type { Infer } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { baseUrl, isDialect, type Endpoint } from '../providers/endpoint.ts';
import { endpointOf, type Found } from '../providers/found.ts';
import type { ReplyEvent } from '../providers/reply.ts';
import type { Config, ModelConfig } from '../storage/config.ts';
import type { Home } from '../storage/home.ts';
import type { Containment } from './containment.ts';
import { Engines } from './engines.ts';
import { localityOf } from './http-address.ts';
import type { ModelKey } from './http.ts';
import type { Inferred } from './infer-intake.ts';
import { infer } from './infer.ts';
import { MetServers } from './met-servers.ts';
import { probeAll, quickFind } from './probe.ts';

/** How long an answer of a server about its models is believed within one process. Milliseconds. */
const BELIEVED = 60_000;
const PRACTICE_ENDPOINT: Endpoint = { name: 'practice', dialect: 'practice', url: '', locality: 'local', model: 'practice' };

export class Models {
  readonly #env: NodeJS.ProcessEnv;
  readonly #config: () => Config;
  readonly #engines: Engines;
  readonly #met: MetServers;
  #expected: { readonly name: string; readonly endpoint: Promise<Endpoint> } | undefined;
  readonly #known = new Map<string, { readonly until: number; readonly endpoint: Endpoint }>();

  constructor(home: Home, env: NodeJS.ProcessEnv, config: () => Config, containment: () => Promise<Containment>) {
    this.#env = env;
    this.#config = config;
    this.#engines = new Engines(home, containment);
    this.#met = new MetServers(home);
  }

  /** A call is about to ask a model: begin to find it, while the rest of the house opens. `name` undefined: the default one. */
  expect(name: string | undefined): void {
    const likely = name === undefined ? this.#settledDefault() : this.named(name);
    if (likely === undefined || likely === PRACTICE_ENDPOINT.name || this.#config().models.some((model) => model.name === likely && model.file !== undefined)) return;
    // The session may be one that reaches no network: a server elsewhere is looked at when that is known.
    if (this.#isElsewhere(likely)) return;
    const endpoint = this.#find(likely, false);
    endpoint.catch(() => undefined); // Whoever asks for it hears of it.
    this.#expected = { name: likely, endpoint };
  }

  /**
   * What a session's model name stands for: `practice`, a configured name, `URL`, `URL#model`, or what some
   * server here calls a model. Throws `model.*` with a next step.
   * @param sealed nothing is sent to another machine, not even to look at it; policy then refuses the request, on record.
   */
  async endpoint(name: string, sealed = false): Promise<Endpoint> {
    if (name === PRACTICE_ENDPOINT.name) return PRACTICE_ENDPOINT;
    const known = this.#known.get(name);
    if (known !== undefined && known.until > performance.now()) return known.endpoint;
    const expected = this.#expected?.name === name ? this.#expected.endpoint : undefined;
    this.#expected = undefined;
    const endpoint = await (expected ?? this.#find(name, sealed));
    if (endpoint.locality === 'local' || !sealed) this.#known.set(name, { until: performance.now() + BELIEVED, endpoint });
    return endpoint;
  }

  #isElsewhere(name: string): boolean {
    const url = this.#config().models.find((model) => model.name === name)?.url ?? splitName(name)[0];
    return /^https?:\/\//i.test(url) && localityOf(baseUrl(url)) === 'remote';
  }

  async #find(name: string, sealed: boolean): Promise<Endpoint> {
    const configured = this.#config().models.find((model) => model.name === name);
    if (configured?.file !== undefined) return this.#embedded(configured);
    if (configured?.url !== undefined) {
      const found = await this.#at(configured.url, configured.model, sealed);
      return { ...found, name, ...(configured.window === undefined ? {} : { window: configured.window }) };
    }
    const [url, model] = splitName(name);
    if (/^https?:\/\//i.test(url)) return this.#at(url, model, sealed);
    try {
      return await quickFind({ model: name }, {});
    } catch (error) {
      // Only the well-known ports were looked at: that nothing answers there says nothing of other servers.
      if (!(error instanceof Fault) || error.code !== 'model.unreachable') throw error;
      throw new Fault('model.unknown', `no configured model is called ${visible(name)}, and no server on a usual port of this machine has it`, 'see `pwb models`; a server on another port is named by PWB_MODEL_URL or `pwb models add URL`', { cause: error });
    }
  }

  async #at(url: string, model: string | undefined, sealed: boolean): Promise<Endpoint> {
    // Nothing is sent to another machine before a rule allows it; policy then refuses the request, on record.
    if (localityOf(baseUrl(url)) === 'remote' && (sealed || !this.#isAllowed(url))) {
      return { name: 'generic', dialect: 'generic', url: baseUrl(url), locality: 'remote', model: model ?? 'unknown' };
    }
    const key = this.#keyFor(url);
    const wanted = model === undefined ? { url } : { url, model };
    const hint = this.#met.dialectAt(baseUrl(url));
    const found = await quickFind(wanted, { allowRemote: this.#isAllowed(url), ...(key === undefined ? {} : { key }), ...(hint === undefined ? {} : { hint }) });
    this.#met.remember(baseUrl(url), found.dialect);
    return found;
  }

  async #embedded(model: ModelConfig): Promise<Endpoint> {
    const { socket, window } = await this.#engines.start(model);
    return { name: model.name, dialect: 'embedded', url: '', locality: 'local', model: model.name, socket, window };
  }

  /** Names the model to ask when the person named none. `newcomer`: nothing but the practice model was ever asked. */
  async defaultName(newcomer: () => boolean): Promise<string> {
    const settled = this.#settledDefault();
    if (settled !== undefined) return settled;
    const name = this.defaultAmong(await probeAll([]), newcomer);
    if (name !== null) return name;
    throw new Fault('model.none', 'no model server answers on this machine', 'start one, name it with PWB_MODEL_URL or `pwb models add`, or do the practice task: pwb ask --model practice. One on another machine is asked only when you name it');
  }

  /** The same, by what was found. Null: there is none. Nothing that is on another machine, or passes on to one, is taken unnamed. */
  defaultAmong(all: readonly Found[], newcomer: () => boolean): string | null {
    const settled = this.#settledDefault();
    if (settled !== undefined) return settled;
    for (const found of all) {
      if (found.state !== 'ready') continue;
      try {
        const { model, locality } = endpointOf(found);
        if (locality === 'local') return joinName(found.url, model);
      } catch {
        continue; // Reachable, but without a model.
      }
    }
    return newcomer() ? PRACTICE_ENDPOINT.name : null;
  }

  /** The default that is settled by environment or configuration, without looking around. */
  #settledDefault(): string | undefined {
    const url = this.#env['PWB_MODEL_URL'];
    const model = this.#env['PWB_MODEL'];
    if (url !== undefined && url !== '') return joinName(baseUrl(url), model);
    if (model !== undefined && model !== '') return model;
    const { models, model: chosen } = this.#config();
    return chosen ?? models.find(({ url: at }) => at === undefined || localityOf(baseUrl(at)) === 'local')?.name;
  }

  /** `--model M` beside PWB_MODEL_URL names a model at that server. */
  named(name: string): string {
    const url = this.#env['PWB_MODEL_URL'];
    if (url === undefined || url === '' || name === PRACTICE_ENDPOINT.name || this.#config().models.some((model) => model.name === name)) return name;
    return /^https?:\/\//i.test(name) ? name : joinName(baseUrl(url), name);
  }

  /** Every configured server, reachable or not, and what answers on the well-known ports. */
  find(): Promise<readonly Found[]> {
    const own = this.#env['PWB_MODEL_URL'];
    const urls = this.#config().models.flatMap(({ url }) => (url === undefined ? [] : [url]));
    return probeAll(own === undefined || own === '' ? urls : [own, ...urls]);
  }

  ask(action: Infer, body: readonly Uint8Array[], signal: AbortSignal, onEvent: (event: ReplyEvent) => void): Promise<Inferred> {
    const { provider: name, url, model, locality } = action;
    const socket = this.#engines.socketOf(name);
    const { dialect } = action;
    if (!isDialect(dialect)) throw new Fault('model.dialect', `${JSON.stringify(dialect)} is no dialect that this version speaks`);
    const key = url === '' ? undefined : this.#keyFor(url);
    const endpoint: Endpoint = { name, dialect, url, model, locality, ...(dialect === 'embedded' && socket !== undefined ? { socket } : {}) };
    return infer(endpoint, body, { signal, onEvent, ...(key === undefined ? {} : { key }) });
  }

  /** Pin a GGUF file by its SHA-256. Throws `weights.*`, `gguf.*`. */
  async pin(file: string, name: string | undefined, signal: AbortSignal): Promise<ModelConfig> {
    const { inspectGguf, weightsDigest } = await import('./embedded.ts');
    const path = resolve(file);
    await inspectGguf(path);
    const sha256 = await weightsDigest(path, { memory: this.#engines.memory, signal });
    return { name: name ?? basename(path).replace(/\.gguf$/i, '').replaceAll(/[^A-Za-z0-9._-]/g, '-'), file: path, sha256 };
  }

  close(): Promise<void> {
    return this.#engines.close();
  }

  #isAllowed(url: string): boolean {
    return localityOf(baseUrl(url)) === 'remote' && this.#config().remote.includes(new URL(baseUrl(url)).origin);
  }

  /** The key bound to exactly this URL's origin, if there is one. */
  #keyFor(url: string): ModelKey | undefined {
    const { origin } = new URL(baseUrl(url));
    const own = this.#env['PWB_MODEL_URL'];
    const fromEnv = this.#env['PWB_MODEL_KEY'];
    if (own !== undefined && own !== '' && fromEnv !== undefined && fromEnv !== '' && new URL(baseUrl(own)).origin === origin) return { value: fromEnv, origin };
    const keyed = this.#config().models.find((model) => model.url !== undefined && model.keyEnv !== undefined && new URL(baseUrl(model.url)).origin === origin);
    const value = keyed?.keyEnv === undefined ? undefined : this.#env[keyed.keyEnv];
    return value === undefined || value === '' ? undefined : { value, origin };
  }
}

/** `URL#model`; the part behind # is absent for whatever the server has loaded. */
function splitName(name: string): [url: string, model: string | undefined] {
  const at = name.indexOf('#');
  return at === -1 ? [name, undefined] : [name.slice(0, at), name.slice(at + 1)];
}

function joinName(url: string, model: string | undefined): string {
  return model === undefined || model === '' ? url : `${url}#${model}`;
}
