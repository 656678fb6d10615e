// Is a path inside a folder? Lexical only; use decides again on descriptors.
import { resolve, sep } from 'node:path';

/** True when `root`/`path` is `folder` or lies below it. All absolute but `path`. */
export function under(folder: string, root: string, path: string): boolean {
  const full = resolve(root, path);
  return full === folder || full.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
