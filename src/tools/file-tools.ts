// The tools for files: list, read, search, write, edit, move, delete, mkdir. Each becomes one Action.
import * as z from 'zod/mini';
import type { Place, Read, Write } from '../model/action.ts';
import { workPath } from '../model/path.ts';
import type { Handle } from '../model/proposal.ts';
import { defineTool, KEEP_WORDS, type Tool, type Understood } from './tool.ts';

const MOST_DEPTH = 3;
const MOST_LINE = 2_000_000_000;
const PATTERN_CHARACTERS = 1000;

const text = z.string();
const said = (words: string): z.ZodMiniString => z.string().check(z.describe(words));
const flag = z.optional(z.boolean());
const count = (most: number, words?: string): z.ZodMiniOptional<z.ZodMiniNumberFormat> => {
  const whole = z.int().check(z.minimum(1, 'must be 1 or more'), z.maximum(most, `must be ${most} or less`));
  return z.optional(words === undefined ? whole : whole.check(z.describe(words)));
};

function act(action: Read | Write, handles: readonly Handle[] = []): Understood {
  return { ok: true, action, ...(handles.length === 0 ? {} : { handles }) };
}

/** Reads the named paths of a call and hands them on, or says which one doesn't do. */
function withPath(tool: string, place: Place, key: string, written: string, then: (path: string) => Understood): Understood {
  const read = workPath(place.root, written);
  return read.ok ? then(read.path) : { ok: false, error: `${tool}: ${key}: ${read.error}` };
}

/** Where a path is optional, an empty one means the workspace. */
const orRoot = (path: string | undefined): string => (path === undefined || path === '' ? '.' : path);

function on(place: Place): Place {
  return { workspace: place.workspace, root: place.root };
}

export const FILE_TOOLS: readonly Tool[] = [
  defineTool('list', 'List a folder: names, sizes.', { path: z.optional(said('default .')), depth: count(MOST_DEPTH, '1-3') }, ({ path, depth = 1 }, place) =>
    withPath('list', place, 'path', orRoot(path), (at) => act({ kind: 'read', op: 'list', ...on(place), path: at, depth })),
  ),
  defineTool('read', 'Read a text file, 400 lines unless from/to say otherwise.', { path: text, from: count(MOST_LINE, 'first line, from 1'), to: count(MOST_LINE, 'last line'), keep: z.optional(z.boolean().check(z.describe(KEEP_WORDS))) }, ({ path, from = 1, to = 0, keep = false }, place) => {
    if (to !== 0 && to < from) return { ok: false, error: `read: to (${to}) is before from (${from})` };
    return withPath('read', place, 'path', path, (at) => act({ kind: 'read', op: 'read', ...on(place), path: at, from, to, ...(keep ? { keep: true as const } : {}) }));
  }),
  defineTool(
    'search',
    'Search file contents by regex (ripgrep; skips .gitignored and hidden files).',
    { pattern: text, path: z.optional(text), glob: z.optional(said('file names, e.g. *.ts')), literal: flag, ignore_case: flag },
    ({ pattern, path, glob = '', literal = false, ignore_case: ignoreCase = false }, place) => {
      if (pattern === '') return { ok: false, error: 'search: the pattern is empty' };
      if (pattern.length > PATTERN_CHARACTERS || glob.length > PATTERN_CHARACTERS) return { ok: false, error: `search: pattern and glob are limited to ${PATTERN_CHARACTERS} characters` };
      if (/[\n\r]/.test(pattern)) return { ok: false, error: 'search: the pattern holds a new line; lines are searched one by one' };
      return withPath('search', place, 'path', orRoot(path), (at) => act({ kind: 'read', op: 'search', ...on(place), path: at, pattern, glob, literal, ignoreCase }));
    },
    true,
  ),
  defineTool('write', 'Create a text file or replace all of it.', { path: text, content: z.optional(said('the whole new text')), from: z.optional(said('a handle instead of content')) }, ({ path, content, from = '' }, place, kept) =>
    withPath('write', place, 'path', path, (at) => {
      if (from === '') return content === undefined ? { ok: false, error: 'write: give content (for an empty file it is "") or from' } : act({ kind: 'write', op: 'write', ...on(place), path: at, content });
      if (content !== undefined && content !== '') return { ok: false, error: 'write: give content or from, not both' };
      const found = kept(from);
      if (!found.ok) return { ok: false, error: `write: from: ${found.error}` };
      return act({ kind: 'write', op: 'write', ...on(place), path: at, content: found.text }, [{ argument: 'content', ...found.source }]);
    }),
  ),
  defineTool(
    'edit',
    'Replace exact text in a file. old is copied from the file, white space included, and must occur once unless all is true.',
    { path: text, old: text, new: text, all: flag },
    ({ path, old, new: fresh, all = false }, place) => {
      if (old === '') return { ok: false, error: 'edit: old is empty; use write for a new file, or give the text to replace' };
      if (old === fresh) return { ok: false, error: 'edit: old and new are the same' };
      return withPath('edit', place, 'path', path, (at) => act({ kind: 'write', op: 'edit', ...on(place), path: at, old, new: fresh, all }));
    },
  ),
  defineTool('move', 'Move or rename a file or folder.', { path: text, to: said('full new path') }, ({ path, to }, place) =>
    withPath('move', place, 'path', path, (at) => withPath('move', place, 'to', to, (target) => act({ kind: 'write', op: 'move', ...on(place), path: at, to: target }))),
  ),
  defineTool('delete', 'Delete a file or folder with all in it.', { path: text }, ({ path }, place) =>
    withPath('delete', place, 'path', path, (at) => act({ kind: 'write', op: 'delete', ...on(place), path: at })),
  ),
  defineTool('mkdir', 'Make a folder and its parents.', { path: text }, ({ path }, place) =>
    withPath('mkdir', place, 'path', path, (at) => act({ kind: 'write', op: 'mkdir', ...on(place), path: at })),
  ),
];
