// Repositories in a workspace that a run may write. The person's own git later executes what a repository's
// configuration and hooks say, outside any sandbox, so a run must not be able to write those.
//
// `read` binds the whole `.git` read-only: status, diff and log work, commits don't. `write` opens it but for
// the parts named below. What `write` leaves open, since git offers no way to close it: a run can put an
// embedded repository into the index, whose configuration the person's `git status` then reads, and it can
// make `.git/commondir`. So `write` is for a command that the person has seen and wanted.
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Mount } from './sandbox-spec.ts';

/** Without both of these as plain entries a run could make them, so nothing is opened. */
const NEEDED = [
  ['config', 'file'],
  ['hooks', 'folder'],
] as const;
const KEPT = ['config', 'hooks', 'config.worktree', 'commondir', 'modules', 'worktrees'];

/**
 * @param path a `.git` entry: a folder, or the file of a worktree or submodule that says where its folder is.
 * @param look where such a path is looked at.
 */
export function repositoryMounts(path: string, git: 'read' | 'write', look: (path: string) => string): readonly Mount[] {
  const stat = lstatSync(look(path), { throwIfNoEntry: false });
  // A link can't be mounted on; what it leads to is found by itself if it lies in the workspace as a `.git`.
  if (stat === undefined || stat.isSymbolicLink()) return [];
  const whole = !stat.isDirectory() || git === 'read' || !NEEDED.every(([name, type]) => kindOf(look(join(path, name))) === type);
  if (whole) return [readOnly(path)];
  // Bound onto itself: a mount point can't be renamed away to make room for another `.git`.
  return [{ path, args: ['--bind', path, path] }, ...KEPT.filter((name) => ['file', 'folder'].includes(kindOf(look(join(path, name))))).map((name) => readOnly(join(path, name)))];
}

function readOnly(path: string): Mount {
  return { path, args: ['--ro-bind', path, path] };
}

function kindOf(path: string): 'file' | 'folder' | 'other' | 'absent' {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return 'absent';
  return stat.isFile() ? 'file' : stat.isDirectory() ? 'folder' : 'other';
}
