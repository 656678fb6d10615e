// pwb sign-out: the browsers that are signed in, and the end of one of them.
import { timeText } from '../model/clock.ts';
import { Fault } from '../model/fault.ts';
import { EXIT, words, type Command } from './command.ts';

export const signOut: Command = {
  name: 'sign-out',
  usage: 'sign-out [ID] [--json]',
  summary: 'the browsers that are signed in, and ending one',
  async run({ args, out, open }) {
    const { values, positionals: [id] } = words(signOut, args, { json: { type: 'boolean' } }, { least: 0, most: 1 });
    const bench = await open();
    const { Credentials } = await import('../server/credentials.ts');
    const credentials = new Credentials(bench.log, bench.clock);
    const browsers = credentials.list().filter(({ kind }) => kind === 'session');
    if (id !== undefined) {
      if (!browsers.some((one) => one.id === id)) throw new Fault('id.unknown', `no browser is signed in as ${JSON.stringify(id.slice(0, 40))}`, 'see `pwb sign-out`');
      await credentials.revoke(id);
      if (values.json === true) out.json({ done: true });
      else out.line(`Signed out ${id}.`);
      return EXIT.done;
    }
    const lines = browsers.map((one) => ({ id: one.id, made: timeText(one.made), used: one.used === null ? null : timeText(one.used), expires: timeText(one.expires) }));
    if (values.json === true) out.json(lines);
    else if (lines.length === 0) out.line('No browser is signed in.');
    else for (const one of lines) out.line(`${out.style('bold', one.id)}  since ${one.made}${one.used === null ? '' : `, last used about ${one.used}`}`);
    return EXIT.done;
  },
};
