// llama.cpp's server: one model, or a router over many; 503 while it loads.
import { isOwnedBy, modelRows, okObject, type Answers, type ServerKind } from './answers.ts';
import type { FoundModel } from './found.ts';
import { countOf, isObject, listOf, objectOf, textOf, type Loose } from './loose.ts';

export const llamacppServer: ServerKind = {
  dialect: 'llamacpp',
  suspect: (first) => isOwnedBy(first, /^llamacpp$/) || first.get('/v1/models')?.status === 503,
  routes: ['/props', '/health'],
  recognise(answers) {
    const props = okObject(answers, '/props');
    const loading = isLoading(answers);
    const known = isOwnedBy(answers, /^llamacpp$/) || (textOf(props['build_info']) !== '' && 'default_generation_settings' in props);
    if (!known && !loading) return null;
    const version = textOf(props['build_info']);
    const window = countOf(objectOf(props['default_generation_settings'])['n_ctx']);
    return {
      state: loading ? 'loading' : 'ready',
      models: modelRows(answers).map((row) => modelOf(row, window, !loading)),
      ...(version === '' ? {} : { version }),
    };
  },
};

/** `{"error":{"type":"unavailable_error","message":"Loading model"}}`, older `{"status":"loading model"}`. */
function isLoading(answers: Answers): boolean {
  return ['/health', '/v1/models'].some((route) => {
    const answer = answers.get(route);
    const body = objectOf(answer?.value);
    return answer?.status === 503 && (objectOf(body['error'])['type'] === 'unavailable_error' || /loading model/i.test(textOf(body['status'])));
  });
}

function modelOf(row: Loose, window: number | undefined, ready: boolean): FoundModel {
  const status = row['status'];
  const name = textOf(row['id']);
  // Only the router gives each row a status; a sleeping model wakes by itself.
  if (!isObject(status)) return { name, installed: true, loaded: ready, locality: 'local', ...(window === undefined || window === 0 ? {} : { window }) };
  const own = countOf(objectOf(row['meta'])['n_ctx']) ?? contextOf(listOf(status['args']).map(textOf));
  return { name, installed: true, loaded: status['value'] === 'loaded' || status['value'] === 'sleeping', locality: 'local', ...(own === undefined || own === 0 ? {} : { window: own }) };
}

/** `--ctx-size N` among a child's arguments. */
function contextOf(args: readonly string[]): number | undefined {
  const at = args.findIndex((arg) => arg === '--ctx-size' || arg === '-c');
  const value = at < 0 ? undefined : args[at + 1];
  return value !== undefined && /^[1-9]\d{0,8}$/.test(value) ? Number(value) : undefined;
}
