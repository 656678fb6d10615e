// Files of a bundle come from a stranger: a pipe or a device among them would never come to an end, and a link leads
// out of the folder. Only a plain file is read.
import { lstatSync } from 'node:fs';

/** The path again. Throws the system's error, or an Error for what is no plain file. */
export function plain(path: string): string {
  if (!lstatSync(path).isFile()) throw new Error('it is no plain file (links, pipes and devices are not read)');
  return path;
}
