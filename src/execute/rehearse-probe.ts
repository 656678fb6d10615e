// Whether a command can be rehearsed here, found by doing it once in small: a view is mounted, a file made, one
// removed and a folder replaced. Where that fails it says why and how to get it, and never pretends.
import { execFile } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, wordsOf } from '../model/fault.ts';
import { isWithin } from './hidden-walk.ts';
import { mountLayers } from './overlay-mount.ts';
import { removeTree } from './overlay-remove.ts';
import { makeRehearsalFolder } from './rehearse-folder.ts';

export type CanRehearse = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly fix?: string };

/** Replacing a folder needs the mark that hides the old one: without it, what was deleted would come back. */
const TRY = 'cd "$1" && : > made && rm file && rm -r folder && mkdir folder && [ ! -e folder/inner ] && [ ! -e file ]';
const MOST_TIME = 10_000;
const known = new Map<string, Promise<CanRehearse>>();

/**
 * @param root the workspace. @param folder where the views' layers will lie.
 * Asked once per process and pair of file systems; a failure is tried again, since it may have been put right.
 */
export async function canRehearse(root: string, folder: string): Promise<CanRehearse> {
  if (process.platform !== 'linux') return { ok: false, why: `a copy-on-write view needs Linux, this is ${process.platform}`, fix: 'Use Linux, or WSL 2 on Windows.' };
  if (isWithin(folder, root)) return { ok: false, why: `${root} holds the workbench's own state`, fix: 'Register a folder inside it as the workspace, or move the state: set XDG_STATE_HOME.' };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const key = [statSync(root).dev, folder].join('|');
    const found = known.get(key) ?? tryOut(root, folder);
    known.set(key, found);
    const answer = await found;
    if (!answer.ok) known.delete(key);
    return answer;
  } catch (error) {
    return { ok: false, why: wordsOf(error) };
  }
}

async function tryOut(root: string, parent: string): Promise<CanRehearse> {
  try {
    const folder = makeRehearsalFolder(parent);
    try {
      const layer = join(folder.path, 'layer');
      mkdirSync(join(layer, 'folder'), { recursive: true });
      for (const name of ['file', 'folder/inner']) writeFileSync(join(layer, name), '');
      // The workspace lies below, since its file system must bear it too; nothing of it is touched.
      const mounted = await mountLayers({ folder: folder.path, lower: [layer, root], upper: { path: folder.upper, work: folder.work }, at: folder.base });
      try {
        const [program, ...words] = [...mounted.enter, '/bin/sh', '-c', TRY, 'sh', folder.base];
        await promisify(execFile)(program, words, { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, cwd: '/', timeout: MOST_TIME });
        return { ok: true };
      } finally {
        await mounted.close();
      }
    } finally {
      await removeTree(folder.path);
    }
  } catch (error) {
    return { ok: false, why: wordsOf(error).trim(), fix: fixFor(error) };
  }
}

function fixFor(error: unknown): string {
  const words = wordsOf(error);
  if (error instanceof Fault && error.code !== 'overlay.mount') return error.hint ?? 'Run "pwb doctor".';
  if (/unshare|uid_map|setgroups|Operation not permitted|permission denied|must be superuser/i.test(words)) {
    return 'Let ordinary users make user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0 (the second on Ubuntu).';
  }
  if (/unknown filesystem|not installed/i.test(words)) return 'Load the overlay file system (sudo modprobe overlay; Linux 5.11 or later) and install util-linux.';
  return 'Keep the state on an ordinary local file system (ext4, xfs, btrfs or tmpfs; not on an overlay such as a container’s root): set XDG_STATE_HOME.';
}
