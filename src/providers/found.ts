// What a probe found: reachable, installed and loaded are three states, and a model that a local server
// passes on to a cloud is not local. Chooses an endpoint from it; refuses to take another model than asked.
import type { Locality } from '../model/action.ts';
import { Fault } from '../model/fault.ts';
import type { Dialect, Endpoint } from './endpoint.ts';

export interface FoundModel {
  /** As it's put into a request. */
  readonly name: string;
  readonly installed: boolean;
  readonly loaded: boolean | 'unknown';
  readonly locality: 'local' | 'pass-through';
  /** Context window in tokens. */
  readonly window?: number;
  /** Of the weights, as the server says. */
  readonly digest?: string;
}

/** `locked`: it wants a key. `not-asked`: it's remote, and nothing is sent there before a rule allows it. */
export type FoundState = 'ready' | 'loading' | 'locked' | 'unreachable' | 'not-asked';

export interface Found {
  readonly url: string;
  readonly dialect: Dialect;
  readonly version?: string;
  readonly state: FoundState;
  /** Of the address. */
  readonly locality: Locality;
  readonly models: readonly FoundModel[];
  /** More words, where the state needs them. */
  readonly why?: string;
}

export const SERVER_NAMES: { readonly [dialect in Dialect]: string } = {
  textgen: 'Text Generation WebUI',
  llamacpp: 'llama.cpp',
  ollama: 'Ollama',
  lmstudio: 'LM Studio',
  vllm: 'vLLM',
  generic: 'OpenAI-compatible server',
  embedded: 'embedded engine',
  practice: 'practice model',
};

/**
 * The endpoint for a model of a server.
 * @param wanted a name as `pwb models` lists it; without it, what is loaded is taken first.
 * @throws Fault `model.missing`, `model.key`, `model.unreachable`.
 */
export function endpointOf(found: Found, wanted = ''): Endpoint {
  const server = `${SERVER_NAMES[found.dialect]} at ${found.url}`;
  if (found.state === 'unreachable') throw new Fault('model.unreachable', found.why ?? `nothing answers at ${found.url}`, 'Start the model server, or see `pwb models` for what is there');
  if (found.state === 'locked') throw new Fault('model.key', `${server} wants a key`, 'Set it as PWB_MODEL_KEY for one call, or in the configuration');
  const model = wanted === '' ? chooseModel(found) : namedModel(found, wanted);
  return {
    name: found.dialect,
    dialect: found.dialect,
    url: found.url,
    locality: found.locality === 'remote' || model.locality === 'pass-through' ? 'remote' : 'local',
    model: model.name,
    ...(model.window === undefined ? {} : { window: model.window }),
  };
}

/** Loaded before installed, local before passed through. Models for embeddings are passed over. */
function chooseModel(found: Found): FoundModel {
  const fit = found.models.filter(({ name }) => !/embed/i.test(name));
  const order = (model: FoundModel): number => (model.locality === 'local' ? 0 : 4) + (model.loaded === true ? 0 : model.loaded === 'unknown' ? 1 : 2);
  const usable = fit.filter((model) => model.loaded !== false || loadsOnDemand(found.dialect)).toSorted((a, b) => order(a) - order(b));
  const [first] = usable;
  if (first !== undefined) return first;
  // While it loads, the server says no name and needs none.
  if (found.state === 'loading') return { name: 'default', installed: true, loaded: false, locality: 'local' };
  if (found.state === 'not-asked') throw new Fault('model.missing', `${found.url} is not on this machine, so it isn’t asked which models it has`, 'Name the model with --model or PWB_MODEL');
  throw new Fault('model.missing', `${SERVER_NAMES[found.dialect]} at ${found.url} has no model loaded`, 'Load a model in the server, then ask again');
}

function namedModel(found: Found, wanted: string): FoundModel {
  if (found.state === 'not-asked' || found.state === 'loading') return { name: wanted, installed: true, loaded: 'unknown', locality: 'local' };
  const model = found.models.find(({ name }) => name === wanted) ?? found.models.find(({ name }) => name === `${wanted}:latest`);
  const server = `${SERVER_NAMES[found.dialect]} at ${found.url}`;
  if (model === undefined) throw new Fault('model.missing', `${server} has no model “${wanted}”`, `Choose one of: ${found.models.slice(0, 8).map(({ name }) => name).join(', ') || '(it lists none)'}`);
  if (model.loaded === false && !loadsOnDemand(found.dialect)) throw new Fault('model.missing', `${server} has “${wanted}” installed but not loaded`, 'Load it in the server, then ask again');
  return model;
}

/** Text Generation WebUI answers with what is loaded, whatever a request asks for; vLLM serves what it was started with. */
function loadsOnDemand(dialect: Dialect): boolean {
  return dialect !== 'textgen' && dialect !== 'vllm';
}
