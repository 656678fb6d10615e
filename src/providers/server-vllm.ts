// vLLM: serves the models that it was started with, and says how long their context is.
import { isOwnedBy, modelRows, okObject, type ServerKind } from './answers.ts';
import { countOf, textOf } from './loose.ts';

export const vllmServer: ServerKind = {
  dialect: 'vllm',
  suspect: (first) => isOwnedBy(first, /^vllm$/),
  routes: ['/version'],
  recognise(answers) {
    if (!isOwnedBy(answers, /^vllm$/)) return null;
    const version = textOf(okObject(answers, '/version')['version']);
    return {
      state: 'ready',
      models: modelRows(answers).map((row) => {
        const window = countOf(row['max_model_len']);
        return { name: textOf(row['id']), installed: true, loaded: true, locality: 'local', ...(window === undefined ? {} : { window }) };
      }),
      ...(version === '' ? {} : { version }),
    };
  },
};
