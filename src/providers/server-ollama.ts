// Ollama: installed and loaded models by name and digest. Some names are only doors to a cloud, so they are
// not local. It cuts a prompt that outgrows the context without a word, so the window is never guessed high.
import { isOwnedBy, modelRows, okObject, type ServerKind } from './answers.ts';
import { isPassThrough } from './pass-through.ts';
import type { FoundModel } from './found.ts';
import { countOf, isObject, listOf, textOf, type Loose } from './loose.ts';

/** The context that Ollama takes where nobody says otherwise and the card is small. Tokens. */
export const OLLAMA_WINDOW = 4096;

export const ollamaServer: ServerKind = {
  dialect: 'ollama',
  // KoboldCpp plays Ollama too, but its rows say who they belong to.
  suspect: (first) => textOf(okObject(first, '/api/version')['version']) !== '' && !isOwnedBy(first, /^koboldcpp$/i),
  routes: ['/api/tags', '/api/ps'],
  recognise(answers) {
    const version = textOf(okObject(answers, '/api/version')['version']);
    const tags = answers.get('/api/tags');
    if (version === '' || tags?.status === 404 || isOwnedBy(answers, /^koboldcpp$/i)) return null;
    const { models } = okObject(answers, '/api/tags');
    // Fail closed: where its list can't be read, no name of it counts as local.
    if (!Array.isArray(models)) return { version, state: 'ready', models: modelRows(answers).map((row) => ({ name: textOf(row['id']), installed: true, loaded: 'unknown', locality: 'pass-through' })) };
    const running = listOf(okObject(answers, '/api/ps')['models']).filter(isObject);
    return { version, state: 'ready', models: listOf(models).filter(isObject).map((row) => modelOf(row, running)) };
  },
};

function modelOf(row: Loose, running: readonly Loose[]): FoundModel {
  const name = textOf(row['name']) || textOf(row['model']);
  const loaded = running.find((one) => (textOf(one['name']) || textOf(one['model'])) === name);
  const digest = textOf(row['digest']);
  const away = isPassThrough(name) || textOf(row['remote_host']) !== '' || textOf(row['remote_model']) !== '';
  const window = countOf(loaded?.['context_length']) ?? OLLAMA_WINDOW;
  return {
    name,
    installed: true,
    loaded: loaded !== undefined,
    locality: away ? 'pass-through' : 'local',
    ...(away ? {} : { window }),
    ...(digest === '' ? {} : { digest }),
  };
}
