// pwb restore: a backup, checked whole, then put in place of the state; what was there before is kept aside. It works
// where the state can't be opened any more, and never under a process that has it open.
import { systemClock } from '../model/clock.ts';
import { Fault } from '../model/fault.ts';
import type { Staged } from '../loop/restore.ts';
import { findHome, openHome } from '../storage/home.ts';
import type { Home } from '../storage/home.ts';
import { EXIT, usageFault, words, type Command, type Context } from './command.ts';
import { BY } from './invoke.ts';

export const restore: Command = {
  name: 'restore',
  usage: 'restore [FILE] [--json] | restore --show [--json] | restore --drop [--json]',
  summary: 'put a backup in place of the state, which is kept aside; --show and --drop: what is ready for the next start',
  async run({ args, env, out }) {
    const { values, positionals } = words(restore, args, { show: { type: 'boolean' }, drop: { type: 'boolean' }, json: { type: 'boolean' } }, { least: 0, most: 1 });
    const [file] = positionals;
    if ([file !== undefined, values.show === true, values.drop === true].filter((one) => one).length > 1) throw usageFault(restore, 'FILE, --show and --drop do not go together');
    const home = openHome(findHome(env));
    const loop = await import('../loop/restore.ts');
    const json = values.json === true;
    if (values.show === true || values.drop === true) {
      const ready = values.drop === true ? await loop.dropStaged(home) : loop.staged(home);
      if (json) out.json({ staged: ready });
      else out.line(ready === null ? 'No restore is ready.' : values.drop === true ? 'Taken back; nothing of it is put in place.' : `Ready: ${words_(ready)}`);
      return EXIT.done;
    }
    if (file !== undefined) {
      const { readBackupFile } = await import('../storage/backup-file.ts');
      out.progress('checking the backup…');
      await loop.stage(home, readBackupFile(file), BY, systemClock);
    }
    try {
      const { staged, aside } = await loop.place(home, systemClock);
      if (json) out.json({ placed: true, staged, aside });
      else show(staged, aside, out);
    } catch (error) {
      if (file === undefined || !(error instanceof Fault) || error.code !== 'restore.busy') throw error;
      const staged = loop.staged(home);
      if (json) out.json({ placed: false, staged, aside: null });
      else out.line(`Checked and ready, but ${error.message}: it is put in place at the next \`pwb start\` or \`pwb restore\`.`);
    }
    return EXIT.done;
  },
};

/** At a start: what is ready is put in place first. Throws `restore.busy` and so on. */
export async function placeWaiting({ out }: Pick<Context, 'out'>, home: Home): Promise<void> {
  const { isWaiting, place } = await import('../loop/restore.ts');
  if (!isWaiting(home.state)) return;
  const { staged, aside } = await place(openHome(home), systemClock);
  show(staged, aside, out);
}

function show(staged: Staged | null, aside: string, out: Context['out']): void {
  out.line(`Restored${staged === null ? '' : `: ${words_(staged)}`}.`);
  out.note(`The former state is kept in ${aside}. Remove it when you are sure.`);
}

function words_({ made, events, version }: Staged): string {
  return `the backup of ${made}, ${events} events, by version ${version}`;
}
