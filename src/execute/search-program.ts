// Finds ripgrep's program in its platform package, without loading a line of that package. Works from the
// sources and from the bundle: both have node_modules somewhere above them.
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Fault } from '../model/fault.ts';

/** Absolute path of `rg`. Throws `search.program` when it isn't installed. */
export function findRipgrep(from: string = import.meta.dirname): string {
  const name = join('node_modules', '@vscode', `ripgrep-${process.platform}-${process.arch}`, 'bin', process.platform === 'win32' ? 'rg.exe' : 'rg');
  for (let folder = from; ; folder = dirname(folder)) {
    const path = join(folder, name);
    if (existsSync(path)) return path;
    if (dirname(folder) === folder) break;
  }
  throw new Fault('search.program', `ripgrep for ${process.platform}-${process.arch} is not installed`, 'run `npm ci` again without --omit=optional');
}
