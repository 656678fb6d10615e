// pwb models: what is reachable, installed, loaded, and where it really runs; and adding one.
import { existsSync } from 'node:fs';
import type { ModelLine } from '../loop/workbench.ts';
import { addFile, addServer, removeModel } from '../loop/models.ts';
import { wordsOf } from '../model/fault.ts';
import { visible } from '../model/visible.ts';
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
    const { lines, byDefault } = await bench.models();
    if (values.json === true) context.out.json(lines);
    else show(lines, byDefault, context.out);
    return EXIT.done;
  },
};

function show(lines: readonly ModelLine[], byDefault: string | null, out: Context['out']): void {
  for (const line of lines) {
    const states = [line.name === byDefault ? 'the default' : '', line.reachable ? 'reachable' : 'not reachable', line.installed ? 'installed' : '', line.loaded ? 'loaded' : ''].filter((state) => state !== '');
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
    out.line((await addFile(bench, what, values.name, 'cli')).words);
    return EXIT.done;
  }
  const url = urlOf(what);
  const window = values.window === undefined ? undefined : Number(values.window);
  if (window !== undefined && (!Number.isInteger(window) || window < 256)) throw usageFault(models, '--window takes a whole number of tokens');
  const { name, model, 'key-env': keyEnv } = values;
  const added = await addServer(
    bench,
    { url, allowRemote: values['allow-remote'] === true, ...(name === undefined ? {} : { name }), ...(model === undefined ? {} : { model }), ...(keyEnv === undefined ? {} : { keyEnv }), ...(window === undefined ? {} : { window }) },
    'cli',
  );
  out.line(added.words);
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
  await removeModel(bench, name, 'cli');
  out.line(`Removed ${name}.`);
  return EXIT.done;
}
