// Servers found and files configured, as lines for a person.
import { existsSync } from 'node:fs';
import { baseUrl } from '../providers/endpoint.ts';
import { SERVER_NAMES, type Found } from '../providers/found.ts';
import type { Config, ModelConfig } from '../storage/config.ts';
import type { Home } from '../storage/home.ts';
import { engineCommand, findEngine } from './engine-install.ts';

/** A model as `pwb models` lists it. */
export interface ModelLine {
  /** How `--model` names it. */
  readonly name: string;
  readonly server: string;
  readonly dialect: string;
  readonly model: string;
  readonly reachable: boolean;
  readonly installed: boolean;
  readonly loaded: boolean;
  /** `pass-through`: a local server that hands the request to a cloud. */
  readonly where: 'local' | 'remote' | 'pass-through' | 'inside';
  /** Tokens, where known. */
  readonly window: number | null;
  readonly configured: boolean;
  /** Words, when something is wrong or worth saying. */
  readonly note: string;
}

export function modelLines(config: Config, found: readonly Found[]): readonly ModelLine[] {
  const urls = new Map(config.models.flatMap(({ name, url }) => (url === undefined ? [] : [[baseUrl(url), name] as const])));
  const servers = found.flatMap((server) => serverLines(server, urls.get(server.url)));
  const files = config.models.filter(({ file }) => file !== undefined).map((model) => fileLine(model, null));
  const practice: ModelLine = {
    name: 'practice', server: 'inside', dialect: 'practice', model: 'practice', reachable: true, installed: true, loaded: true, where: 'inside', window: null, configured: false,
    note: 'plays a short fixed task with the real tools, approvals and log; not an AI',
  };
  return [...servers, ...files, practice];
}

function serverLines(server: Found, configured: string | undefined): ModelLine[] {
  const { url, dialect, state, models, why } = server;
  const base = { server: `${SERVER_NAMES[dialect]} at ${url}`, dialect, reachable: state === 'ready' || state === 'loading' || state === 'locked', configured: configured !== undefined } as const;
  const note = why ?? (state === 'loading' ? 'still loading its model' : state === 'locked' ? 'wants a key: set PWB_MODEL_KEY or `models add --key-env`' : models.length === 0 && state === 'ready' ? 'no model is loaded' : '');
  if (models.length === 0) {
    return [{ ...base, name: configured ?? url, model: '', installed: false, loaded: false, where: server.locality === 'remote' ? 'remote' : 'local', window: null, note }];
  }
  return models.map((model) => ({
    ...base,
    name: configured ?? `${url}#${model.name}`,
    model: model.name,
    installed: model.installed,
    loaded: model.loaded === true,
    where: server.locality === 'remote' ? 'remote' : model.locality,
    window: model.window ?? null,
    note,
  }));
}

/** @param home null when listing; else to say how the engine is installed. */
export function fileLine({ name, file = '', sha256 = '', window }: ModelConfig, home: Home | null): ModelLine {
  const present = existsSync(file);
  const command = home === null || findEngine(home.state) !== null ? null : engineCommand(home.state);
  const engine = command === null ? '' : ` The embedded engine is not installed yet (about 85 MB): ${command}`;
  return {
    name, server: `embedded, ${file}`, dialect: 'embedded', model: name, reachable: present, installed: present, loaded: false, where: 'inside', window: window ?? null, configured: true,
    note: present ? `pinned by SHA-256 ${sha256}.${engine}` : 'the file is gone',
  };
}
