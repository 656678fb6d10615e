// Folders of our own for journals and pre-images: nobody else may look in.
import { chmodSync, mkdirSync } from 'node:fs';

/** Makes it where missing, 0700 whatever the umask. */
export function makePrivate(folder: string): void {
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chmodSync(folder, 0o700);
}
