// Everything else that lists models the way OpenAI does: KoboldCpp, Jan, LocalAI, TabbyAPI, SGLang and
// others. Whether a listed model is loaded is mostly unknown.
import { modelRows, okObject, type ServerKind } from './answers.ts';
import type { FoundModel } from './found.ts';
import { isPassThrough } from './pass-through.ts';
import { countOf, isObject, objectOf, textOf, type Loose } from './loose.ts';

/** KoboldCpp's. */
const KOBOLD_WINDOW = '/api/extra/true_max_context_length';

export const genericServer: ServerKind = {
  dialect: 'generic',
  suspect: () => false,
  routes: [KOBOLD_WINDOW],
  recognise(answers) {
    const rows = modelRows(answers).filter((row) => textOf(row['id']) !== '');
    const list = okObject(answers, '/v1/models')['data'];
    if (!Array.isArray(list) || rows.length !== list.length) return null;
    const window = countOf(okObject(answers, KOBOLD_WINDOW)['value']);
    return { state: 'ready', models: rows.map((row) => modelOf(row, window)) };
  },
};

function modelOf(row: Loose, serverWindow: number | undefined): FoundModel {
  const status = row['status'];
  const state = isObject(status) ? textOf(status['value']) : '';
  const window = ['max_model_len', 'context_length', 'max_context_length'].map((name) => countOf(row[name])).find((count) => count !== undefined && count > 0) ?? countOf(objectOf(row['meta'])['n_ctx']) ?? serverWindow;
  const name = textOf(row['id']);
  const loaded = state === '' ? 'unknown' : state === 'loaded' || state === 'ready';
  return { name, installed: true, loaded, locality: isPassThrough(name) ? 'pass-through' : 'local', ...(window === undefined ? {} : { window }) };
}
