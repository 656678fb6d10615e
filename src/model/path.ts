// Paths as words: from what a model wrote to a WorkPath, without a look at the file system. Links are the
// hands' matter (execute/beneath.ts), so `..` is never resolved here: behind a link it would lie.
import { isOutside, type WorkPath } from './action.ts';

export type PathRead = { readonly ok: true; readonly path: WorkPath } | { readonly ok: false; readonly error: string };

/** Linux: PATH_MAX and NAME_MAX, in bytes. */
export const PATH_BYTES = 4096;
export const NAME_BYTES = 255;

const encoder = new TextEncoder();

/**
 * Reads a path that someone wrote for a workspace at `root` (absolute, no trailing slash but for `/` itself).
 * Inside: relative, normalised of `.`, `//` and trailing `/`. Outside: absolute (or `~…` as written), so that
 * policy denies it by name. `..` that comes back inside is refused with words. Bytes are kept: nothing is
 * trimmed, and neither case nor Unicode form is folded; a backslash is an ordinary character.
 */
export function workPath(root: string, text: string): PathRead {
  if (text === '') return refuse('the path is empty; say . for the workspace itself');
  if (text.includes('\0')) return refuse('the path holds a NUL character');
  if (!text.isWellFormed()) return refuse('the path holds half of a surrogate pair');
  if (encoder.encode(text).length > PATH_BYTES) return refuse(`the path is longer than ${PATH_BYTES} bytes`);
  const written = text.split('/').filter((part) => part !== '' && part !== '.');
  const long = written.find((part) => encoder.encode(part).length > NAME_BYTES);
  if (long !== undefined) return refuse(`a name in the path is longer than ${NAME_BYTES} bytes: ${long.slice(0, 40)}…`);
  if (!text.startsWith('/') && written[0] === '~') return { ok: true, path: written.join('/') };

  const home = partsOf(root);
  const all = collapse(text.startsWith('/') ? written : [...home, ...written]);
  if (!home.every((part, i) => all[i] === part)) return { ok: true, path: `/${all.join('/')}` };
  const inside = all.slice(home.length).join('/') || '.';
  if (written.includes('..')) return refuse(`.. isn't resolved in paths; say ${inside} if that is what you mean`);
  return { ok: true, path: inside };
}

/** The parts of a path; none for the root. */
export function partsOf(path: WorkPath): readonly string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

/** The folder that a path is in; `.` for the root's own entries and for the root. */
export function parentOf(path: WorkPath): WorkPath {
  return partsOf(path).slice(0, -1).join('/') || '.';
}

/** The last part; empty for the root. */
export function nameOf(path: WorkPath): string {
  return partsOf(path).at(-1) ?? '';
}

/** `name` in the folder `path`. */
export function childOf(path: WorkPath, name: string): WorkPath {
  return path === '.' ? name : `${path}/${name}`;
}

/** True for a path that hands may walk: relative, normal, and not outside by its name. */
export function isInside(path: WorkPath): boolean {
  if (path === '.') return true;
  if (path === '' || isOutside(path) || path.includes('\0') || !path.isWellFormed()) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function collapse(parts: readonly string[]): string[] {
  const out: string[] = [];
  for (const part of parts) {
    if (part === '..') out.pop();
    else out.push(part);
  }
  return out;
}

function refuse(error: string): PathRead {
  return { ok: false, error };
}
