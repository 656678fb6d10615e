// The settings, and the models that are configured: read, and changed on record.
import * as z from 'zod/mini';
import { addFile, addServer, removeModel } from '../../loop/models.ts';
import { changeSetting, settings } from '../../loop/settings.ts';
import { configFile } from '../../storage/config.ts';
import { Fault } from '../../model/fault.ts';
import { asks, PLAIN, route } from '../route.ts';

const value = z.nullable(z.union([z.string().check(z.maxLength(4096)), z.int(), z.array(z.string().check(z.maxLength(4096))).check(z.maxLength(500))]));
const setting = z.strictObject({
  key: z.string(),
  words: z.string(),
  kind: z.enum(['choice', 'number', 'text', 'list']),
  choices: z.nullable(z.array(z.string())),
  unit: z.nullable(z.string()),
  /** Null: not set. */
  value,
  default: value,
  /** Heeded only by what is started afterwards. */
  restart: z.boolean(),
  editable: z.boolean(),
});
const name = z.string().check(z.minLength(1), z.maxLength(100));
const word = z.string().check(z.minLength(1), z.maxLength(200));

export const readSettings = route({
  ...PLAIN,
  method: 'GET',
  path: '/api/settings',
  summary: 'Every setting with its words, its default and what holds, and the file that they stand in.',
  right: 'read',
  answer: z.strictObject({ file: z.string(), settings: z.array(setting) }),
  handle: ({ workbench }) => ({ file: configFile(workbench.home), settings: settings(workbench) }),
});

export const changeSettings = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/settings',
  summary: 'Change one setting, on record; null is its default.',
  right: 'approve',
  body: z.strictObject({ key: z.string().check(z.maxLength(100)), value }),
  answer: setting,
  handle: ({ workbench }, { body }) => changeSetting(workbench, body.key, body.value, 'http'),
});

export const newModel = route({
  ...PLAIN,
  method: 'POST',
  path: '/api/models',
  summary: 'Configure a model: a server by its URL, or a GGUF file by its absolute path, which is hashed and pinned. One on another machine needs `allowRemote`.',
  right: 'approve',
  status: 201,
  body: z.strictObject({
    name: z.optional(name), url: z.optional(z.string().check(z.minLength(1), z.maxLength(2000))), file: z.optional(z.string().check(z.regex(/^\/[^\0]{1,4096}$/, asks('an absolute path is expected, one that begins with /')))),
    model: z.optional(word), keyEnv: z.optional(word), window: z.optional(z.int()), allowRemote: z.optional(z.boolean()),
  }),
  answer: z.strictObject({ name: z.string(), words: z.string() }),
  handle({ workbench }, { body: { url, file, name: own, model, keyEnv, window, allowRemote = false } }) {
    const named = { ...(own === undefined ? {} : { name: own }) };
    const more = { ...(model === undefined ? {} : { model }), ...(keyEnv === undefined ? {} : { keyEnv }), ...(window === undefined ? {} : { window }) };
    if (url !== undefined && file === undefined) return addServer(workbench, { url, allowRemote, ...named, ...more }, 'http');
    if (file !== undefined && url === undefined && Object.keys(more).length === 0 && !allowRemote) return addFile(workbench, file, own, 'http');
    throw new Fault('model.shape', 'a model is a server by its `url`, or a file by `file` with nothing but a name', 'name one of the two');
  },
});

export const goneModel = route({
  ...PLAIN,
  method: 'DELETE',
  path: '/api/models',
  summary: 'Forget a configured model, by its name in the query. A file is not touched.',
  right: 'approve',
  query: z.strictObject({ name }),
  answer: z.strictObject({ name: z.string() }),
  async handle({ workbench }, { query }) {
    await removeModel(workbench, query.name, 'http');
    return { name: query.name };
  },
});
