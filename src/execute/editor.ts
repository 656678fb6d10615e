// Opens the person's own editor on a text, at the person's own request in a terminal.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Fault, wordsOf } from '../model/fault.ts';

/** The text as the editor left it. Throws `editor.*` when there is no editor or it failed; then nothing changed. */
export async function editText(text: string, env: NodeJS.ProcessEnv = process.env): Promise<string> {
  const editor = env['VISUAL'] ?? env['EDITOR'] ?? 'vi';
  const folder = await mkdtemp(join(tmpdir(), 'pwb-edit-'));
  try {
    const file = join(folder, 'arguments.json');
    await writeFile(file, text, { mode: 0o600, flag: 'wx' });
    const code = await wait(editor.split(' ').filter((word) => word !== ''), file);
    if (code !== 0) throw new Fault('editor.failed', `${editor} ended with code ${String(code)}`, 'nothing was changed');
    return await readFile(file, 'utf8');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function wait([program = 'vi', ...args]: readonly string[], file: string): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args, file], { stdio: 'inherit' });
    child.once('error', (error) => reject(new Fault('editor.missing', `${program} can't be started: ${wordsOf(error)}`, 'set EDITOR')));
    child.once('exit', resolve);
  });
}
