// Adding and removing model servers and files, for any door: on record, and never another machine without a word of
// the person's that it may be asked.
import { localityOf } from '../execute/http-address.ts';
import type { Door } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { baseUrl } from '../providers/endpoint.ts';
import type { Workbench } from './workbench.ts';

export interface NewServer {
  /** As the person wrote it. */
  readonly url: string;
  /** Without one: host and port. */
  readonly name?: string;
  readonly model?: string;
  readonly keyEnv?: string;
  /** Tokens. */
  readonly window?: number;
  /** It may be asked although it isn't on this machine. */
  readonly allowRemote: boolean;
}

export interface Added {
  readonly name: string;
  readonly words: string;
}

/** Throws `model.refused` for another machine that isn't allowed, `model.window`, `config.value`, and what `baseUrl` throws. */
export async function addServer(bench: Workbench, { url: written, name: own, model, keyEnv, window, allowRemote }: NewServer, door: Door): Promise<Added> {
  const url = baseUrl(written);
  const remote = localityOf(url) === 'remote';
  if (remote && !allowRemote) throw new Fault('model.refused', `${url} is not on this machine: prompts, files and results would leave it`, 'if that is what you want, say so: --allow-remote (`allowRemote` in a request)');
  if (window !== undefined && (!Number.isSafeInteger(window) || window < 256)) throw new Fault('model.window', 'a context window is a whole number of tokens, 256 or more', 'leave it out where the server says it');
  const name = own ?? new URL(url).host;
  const added = { name, url, ...(model === undefined ? {} : { model }), ...(keyEnv === undefined ? {} : { keyEnv }), ...(window === undefined ? {} : { window }) };
  await bench.changeConfig(
    (config) => ({
      ...config,
      models: [...config.models.filter((one) => one.name !== name), added],
      // Another machine is never asked because nothing else was named.
      ...(remote || config.model !== undefined ? {} : { model: name }),
      remote: remote ? [...new Set([...config.remote, new URL(url).origin])] : config.remote,
    }),
    `models: ${name} at ${url}${remote ? ', remote allowed' : ''}`,
    door,
  );
  return { name, words: `Added ${name} at ${url}${remote ? ' (remote, allowed by you)' : ''}.` };
}

/** Reads and hashes the file, and pins it. Throws `model.file` and so on. */
export async function addFile(bench: Workbench, file: string, name: string | undefined, door: Door): Promise<Added> {
  const line = await bench.addModelFile(file, name, door);
  return { name: line.name, words: `Added ${line.name}. ${line.note}` };
}

/** What may be asked elsewhere goes with the last model that needs it. Throws `model.unknown`. */
export async function removeModel(bench: Workbench, name: string, door: Door): Promise<void> {
  if (!bench.config().models.some((model) => model.name === name)) throw new Fault('model.unknown', `no model is configured as ${name}`, 'see `pwb models`');
  await bench.changeConfig(
    ({ model, ...config }) => {
      const left = config.models.filter((one) => one.name !== name);
      const origins = new Set(left.flatMap(({ url }) => (url === undefined ? [] : [new URL(url).origin])));
      return { ...config, models: left, remote: config.remote.filter((origin) => origins.has(origin)), ...(model === undefined || model === name ? {} : { model }) };
    },
    `models: ${name} removed`,
    door,
  );
}
