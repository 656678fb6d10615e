// pwb profile: how much is asked, and when.
import { isProfile, PROFILE_WORDS, PROFILES } from '../model/profile.ts';
import { EXIT, usageFault, words, type Command } from './command.ts';

export const profile: Command = {
  name: 'profile',
  usage: 'profile [draft|step|strict|sealed] [--json]',
  summary: 'how much is asked, and when; without a name: which one holds',
  async run({ args, out, open }) {
    const { values, positionals } = words(profile, args, { json: { type: 'boolean' } }, { least: 0, most: 1 });
    const [name] = positionals;
    if (name !== undefined && !isProfile(name)) throw usageFault(profile, `${JSON.stringify(name)} is none of ${PROFILES.join(', ')}`);
    const bench = await open();
    if (name !== undefined) await bench.changeConfig((config) => ({ ...config, profile: name }), `profile: ${name}`, 'cli');
    const now = bench.config().profile;
    if (values.json === true) out.json({ profile: now });
    else for (const one of PROFILES) out.line(`${one === now ? out.style('bold', `● ${one.padEnd(6)}`) : `  ${one.padEnd(6)}`}  ${PROFILE_WORDS[one]}`);
    return EXIT.done;
  },
};
