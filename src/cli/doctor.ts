// pwb doctor: what works here, what doesn't, why, and how to get it. It works even where the workbench can't open.
import { EXIT, faultOf, words, type Command } from './command.ts';
import { visible } from '../model/visible.ts';
import type { Check } from '../loop/workbench.ts';

export const doctor: Command = {
  name: 'doctor',
  usage: 'doctor [--json]',
  summary: 'what works on this machine, and how to mend what does not',
  async run({ args, out, open }) {
    const { values } = words(doctor, args, { json: { type: 'boolean' } }, { least: 0, most: 0 });
    const checks = await open().then((bench) => bench.checks(), broken);
    if (values.json === true) out.json({ ok: checks.every(({ status }) => status !== 'fail'), checks });
    else {
      for (const { id, status, detail, fix } of checks) {
        const mark = status === 'ok' ? out.style('green', 'ok  ') : status === 'warn' ? out.style('yellow', 'warn') : out.style('red', 'fail');
        out.line(`${mark}  ${id.padEnd(12)} ${visible(detail)}${fix === undefined ? '' : `\n      → ${visible(fix)}`}`);
      }
    }
    return checks.some(({ status }) => status === 'fail') ? EXIT.fault : EXIT.done;
  },
};

function broken(error: unknown): readonly Check[] {
  const { message: detail, hint } = faultOf(error);
  return [{ id: 'workbench', status: 'fail', detail, ...(hint === undefined || hint.startsWith('see `pwb doctor`') ? {} : { fix: hint }) }];
}
