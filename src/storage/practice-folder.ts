// Lays the practice folder anew, in the state folder. What a practice run left there, a link in a file's place for
// one, is replaced and never written through; other files in it stay.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, wordsOf } from '../model/fault.ts';
import { writeFresh } from './durable.ts';

/** @param made names that a former practice may have made, which go. Throws `practice.folder`. */
export function layPractice(root: string, files: readonly { readonly path: string; readonly content: string }[], made: readonly string[]): void {
  try {
    mkdirSync(root, { recursive: true, mode: 0o700 });
    for (const name of [...made, ...files.map(({ path }) => path)]) rmSync(join(root, name), { recursive: true, force: true });
    for (const { path, content } of files) writeFresh(join(root, path), [new TextEncoder().encode(content)]);
  } catch (error) {
    throw new Fault('practice.folder', `${root} can't be laid: ${wordsOf(error)}`, 'remove that folder, then try again', { cause: error });
  }
}
