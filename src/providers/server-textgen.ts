// Text Generation WebUI (oobabooga): lists only the loaded model, and says the string "None" when none is.
import { modelRows, okObject, type Answers, type ServerKind } from './answers.ts';
import type { FoundModel } from './found.ts';
import { listOf, textOf } from './loose.ts';

const INFO = '/v1/internal/model/info';
/** Answers only where no admin key is set. */
const LIST = '/v1/internal/model/list';

export const textgenServer: ServerKind = {
  dialect: 'textgen',
  suspect: hasItsRows,
  routes: [INFO, LIST],
  recognise(answers) {
    const current = textOf(okObject(answers, INFO)['model_name']);
    if (!hasItsRows(answers) && current === '') return null;
    const loaded = current !== '' ? [current] : modelRows(answers).map((row) => textOf(row['id']));
    const installed = listOf(okObject(answers, LIST)['model_names']).map(textOf);
    const names = [...new Set([...loaded, ...installed])].filter((name) => name !== '' && name !== 'None');
    return { state: 'ready', models: names.map((name): FoundModel => ({ name, installed: true, loaded: loaded.includes(name), locality: 'local' })) };
  },
};

function hasItsRows(answers: Answers): boolean {
  return modelRows(answers).some((row) => row['owned_by'] === 'user' && row['created'] === 0);
}
