// LM Studio: its own API tells installed from loaded; `/api/v1` since 0.4, `/api/v0` before. It answers
// routes that it doesn't have with 200 and an error, so a status alone says nothing.
import { isOwnedBy, okObject, type Answers, type ServerKind } from './answers.ts';
import type { FoundModel } from './found.ts';
import { countOf, isObject, listOf, objectOf, textOf, type Loose } from './loose.ts';

/** What LM Studio loads a model with on demand, unless the person changed it. Tokens. */
const ON_DEMAND_WINDOW = 4096;

export const lmstudioServer: ServerKind = {
  dialect: 'lmstudio',
  suspect: (first) => isOwnedBy(first, /^organization[_-]owner$/),
  routes: ['/api/v1/models', '/api/v0/models'],
  recognise(answers) {
    const models = newModels(answers) ?? oldModels(answers);
    return models === null ? null : { state: 'ready', models };
  },
};

function newModels(answers: Answers): readonly FoundModel[] | null {
  const { models } = okObject(answers, '/api/v1/models');
  if (!Array.isArray(models) || !models.every((row) => isObject(row) && 'key' in row)) return null;
  return listOf(models).filter(isObject).filter((row) => !isEmbedding(row)).flatMap((row): readonly FoundModel[] => {
    const most = countOf(row['max_context_length']) ?? ON_DEMAND_WINDOW;
    const instances = listOf(row['loaded_instances']).filter(isObject);
    if (instances.length === 0) return [{ name: textOf(row['key']), installed: true, loaded: false, locality: 'local', window: Math.min(most, ON_DEMAND_WINDOW) }];
    return instances.map((instance) => ({ name: textOf(instance['id']) || textOf(row['key']), installed: true, loaded: true, locality: 'local', window: countOf(objectOf(instance['config'])['context_length']) ?? Math.min(most, ON_DEMAND_WINDOW) }));
  });
}

function oldModels(answers: Answers): readonly FoundModel[] | null {
  const { data } = okObject(answers, '/api/v0/models');
  if (!Array.isArray(data) || !data.every((row) => isObject(row) && 'state' in row)) return null;
  return listOf(data).filter(isObject).filter((row) => !isEmbedding(row)).map((row) => {
    const most = countOf(row['max_context_length']) ?? ON_DEMAND_WINDOW;
    return { name: textOf(row['id']), installed: true, loaded: row['state'] === 'loaded', locality: 'local', window: countOf(row['loaded_context_length']) ?? Math.min(most, ON_DEMAND_WINDOW) };
  });
}

function isEmbedding(row: Loose): boolean {
  return /embedding/.test(textOf(row['type']));
}
