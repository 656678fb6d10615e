// pwb backup: the whole state in one file, while the workbench runs or not.
import { EXIT, words, type Command } from './command.ts';
import { BY } from './invoke.ts';

export const backup: Command = {
  name: 'backup',
  usage: 'backup FILE [--json]',
  summary: 'write the whole state to one file: log, key, settings, what waits, drafts, undo',
  async run({ args, out, open }) {
    const { values, positionals } = words(backup, args, { json: { type: 'boolean' } }, { least: 1, most: 1 });
    const [file = ''] = positionals;
    const bench = await open();
    const [{ beginBackup }, { writeBackupFile }] = await Promise.all([import('../loop/backup.ts'), import('../storage/backup-file.ts')]);
    const { chunks } = await beginBackup(bench, BY);
    const bytes = await writeBackupFile(file, chunks);
    if (values.json === true) out.json({ file, bytes });
    else {
      out.line(`Saved to ${file} (${Math.ceil(bytes / 1024)} KiB).`);
      out.note('It holds the key of the log and all that is on record: keep it as private as the state itself.');
    }
    return EXIT.done;
  },
};
