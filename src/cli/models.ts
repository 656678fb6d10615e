// pwb models: what is reachable, installed, loaded, and where it really runs; and adding one.
import { existsSync } from 'node:fs';
import type { ModelLine } from '../loop/workbench.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
import { localityOf } from '../execute/http-address.ts';
import { baseUrl } from '../providers/endpoint.ts';
import { EXIT, usageFault, words, type Command, type Context } from './command.ts';

export const models: Command = {
  name: 'models',
  usage: 'models [--json] | models add URL|FILE.gguf [--name N] [--model M] [--key-env NAME] [--window TOKENS] [--allow-remote] | models remove NAME',
  summary: 'model servers and files, and where they run',
  async run(context) {
    const [verb, ...rest] = context.args;
    if (verb === 'add') return add({ ...context, args: rest });
    if (verb === 'remove') return remove({ ...context, args: rest });
    const { values } = words(models, context.args, { json: { type: 'boolean' } }, { least: 0, most: 0 });
    const bench = await context.open();
    const lines = await bench.models();
    if (values.json === true) context.out.json(lines);
    else show(lines, context.out);
    return EXIT.done;
  },
};

function show(lines: readonly ModelLine[], out: Context['out']): void {
  for (const line of lines) {
    const states = [line.reachable ? 'reachable' : 'not reachable', line.installed ? 'installed' : '', line.loaded ? 'loaded' : ''].filter((state) => state !== '');
    const where = line.where === 'local' || line.where === 'inside' ? out.style('green', line.where) : out.style('yellow', line.where);
    out.line(`${out.style('bold', visible(line.name))}  ${visible(line.server)}  ${where}  ${states.join(', ')}${line.window === null ? '' : `  ${line.window} tokens`}${line.note === '' ? '' : `\n    ${visible(line.note)}`}`);
  }
  if (lines.length === 0) out.line('No model server answers on this machine, and none is configured.\nStart one (Text Generation WebUI with --api, llama.cpp, Ollama, LM Studio, vLLM), or: pwb models add URL|FILE.gguf\nWithout one: pwb ask --model practice');
}

async function add({ args, out, open }: Context): Promise<number> {
  const options = { name: { type: 'string' }, model: { type: 'string' }, 'key-env': { type: 'string' }, window: { type: 'string' }, 'allow-remote': { type: 'boolean' } } as const;
  const { values, positionals } = words(models, args, options, { least: 1, most: 1 });
  const [what = ''] = positionals;
  const bench = await open();
  if (/\.gguf$/i.test(what) || (existsSync(what) && !/^https?:/i.test(what))) {
    out.progress('reading and hashing the file…');
    const line = await bench.addModelFile(what, values.name, 'cli');
    out.line(`Added ${line.name}. ${line.note}`);
    return EXIT.done;
  }
  const url = urlOf(what);
  const remote = localityOf(url) === 'remote';
  if (remote && values['allow-remote'] !== true) {
    throw new Fault('model.refused', `${url} is not on this machine: prompts, files and results would leave it`, 'if that is what you want, say so: --allow-remote');
  }
  const window = values.window === undefined ? undefined : Number(values.window);
  if (window !== undefined && (!Number.isInteger(window) || window < 256)) throw usageFault(models, '--window takes a whole number of tokens');
  const name = values.name ?? new URL(url).host;
  await bench.changeConfig(
    (config) => ({
      ...config,
      models: [...config.models.filter((model) => model.name !== name), { name, url, ...(values.model === undefined ? {} : { model: values.model }), ...(values['key-env'] === undefined ? {} : { keyEnv: values['key-env'] }), ...(window === undefined ? {} : { window }) }],
      model: config.model ?? name,
      remote: remote ? [...new Set([...config.remote, new URL(url).origin])] : config.remote,
    }),
    `models: ${name} at ${url}${remote ? ', remote allowed' : ''}`,
    'cli',
  );
  out.line(`Added ${name} at ${url}${remote ? ' (remote, allowed by you)' : ''}.`);
  return EXIT.done;
}

function urlOf(words_: string): string {
  try {
    return baseUrl(words_);
  } catch (error) {
    throw usageFault(models, wordsOf(error));
  }
}

async function remove({ args, out, open }: Context): Promise<number> {
  const { positionals } = words(models, args, {}, { least: 1, most: 1 });
  const [name = ''] = positionals;
  const bench = await open();
  const gone = bench.config().models.find((model) => model.name === name);
  if (gone === undefined) throw new Fault('model.unknown', `no model is configured as ${name}`, 'see `pwb models`');
  await bench.changeConfig(
    ({ model, ...config }) => {
      const left = config.models.filter((one) => one.name !== name);
      const origins = new Set(left.flatMap(({ url }) => (url === undefined ? [] : [new URL(url).origin])));
      return { ...config, models: left, remote: config.remote.filter((origin) => origins.has(origin)), ...(model === undefined || model === name ? {} : { model }) };
    },
    `models: ${name} removed`,
    'cli',
  );
  out.line(`Removed ${name}.`);
  return EXIT.done;
}
