// pwb config: every setting with its default and what it is for; one of them changed, on record.
import type { Setting, Value } from '../loop/settings.ts';
import { visible } from '../model/visible.ts';
import { EXIT, usageFault, words, type Command, type Context } from './command.ts';

export const config: Command = {
  name: 'config',
  usage: 'config [KEY [VALUE…]] [--default] [--json]',
  summary: 'the settings: all, one, or one changed (a list takes several values; --default takes it back)',
  async run({ args, out, open }) {
    const { values, positionals } = words(config, args, { default: { type: 'boolean' }, json: { type: 'boolean' } }, { least: 0, most: 500 });
    const [key, ...given] = positionals;
    const reset = values.default === true;
    if (reset && (key === undefined || given.length > 0)) throw usageFault(config, '--default goes with one KEY and no VALUE');
    const { changeSetting, setting, settings } = await import('../loop/settings.ts');
    const bench = await open();
    if (key === undefined) {
      const all = settings(bench);
      if (values.json === true) out.json(all);
      else for (const one of all) show(one, out);
      return EXIT.done;
    }
    const before = setting(bench, key);
    const changes = reset || given.length > 0;
    const now = changes ? await changeSetting(bench, key, reset ? null : read(before, given), 'cli') : before;
    if (values.json === true) out.json(now);
    else show(now, out);
    if (changes && now.restart) out.note('It holds for what is started from now on.');
    return EXIT.done;
  },
};

/** The words of a call as a value of the setting's kind. What they may be is judged where it is changed. */
function read({ key, kind }: Setting, given: readonly string[]): Value {
  if (kind === 'list') return given;
  const [word = ''] = given;
  if (given.length > 1) throw usageFault(config, `${key} takes one value`);
  return kind === 'number' && /^\d{1,15}$/.test(word) ? Number(word) : word;
}

function show({ key, value, unit, words: what, default: byDefault }: Setting, out: Context['out']): void {
  const changed = JSON.stringify(value) !== JSON.stringify(byDefault);
  const mark = changed ? `  ${out.style('dim', `(default: ${text(byDefault)})`)}` : '';
  out.line(`${out.style('bold', key)}  ${text(value)}${unit === null || value === null ? '' : ` ${unit}`}${mark}\n    ${out.prose(what)}`);
}

function text(value: Value): string {
  if (value === null) return 'not set';
  return visible(typeof value === 'object' ? (value.length === 0 ? 'none' : value.join(', ')) : String(value));
}
