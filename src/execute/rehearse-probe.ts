// Whether and how a command can be rehearsed here, found by doing it once in small: a view is mounted, a file made, one
// removed and a folder replaced; failing that, a copy is shown in the workspace's place. It says why it can't be done
// better and how to get it, and never pretends.
import { execFile } from 'node:child_process';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, wordsOf } from '../model/fault.ts';
import { isWithin } from './hidden-walk.ts';
import { mountInPlace, mountLayers, type Mounted } from './overlay-mount.ts';
import { removeTree } from './overlay-remove.ts';
import { makeRehearsalFolder, type RehearsalFolder } from './rehearse-folder.ts';

/** `overlay`: in a view that costs what is changed. `copy`: only in a full copy. `none`: not at all. */
export type Engine = { readonly engine: 'overlay' } | { readonly engine: 'copy' | 'none'; readonly why: string; readonly fix?: string };

export type CanRehearse = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly fix?: string };

/** Replacing a folder needs the mark that hides the old one: without it, what was deleted would come back. */
const TRY = 'cd "$1" && : > made && rm file && rm -r folder && mkdir folder && [ ! -e folder/inner ] && [ ! -e file ]';
const TRY_COPY = 'cd "$1" && [ -e inner ] && : > made && rm inner';
const MOST_TIME = 10_000;
const known = new Map<string, Promise<Engine>>();

/** Whether a view can be had. @param root and @param folder as of rehearsalEngine. */
export async function canRehearse(root: string, folder: string): Promise<CanRehearse> {
  const found = await rehearsalEngine(root, folder);
  if (found.engine === 'overlay') return { ok: true };
  const { why, fix } = found;
  return { ok: false, why, ...(fix === undefined ? {} : { fix }) };
}

/**
 * @param root the workspace. @param folder where the views' layers will lie.
 * Asked once per process and pair of file systems; what isn't the best is tried again, since it may have been put right.
 */
export async function rehearsalEngine(root: string, folder: string): Promise<Engine> {
  if (process.platform !== 'linux') return { engine: 'none', why: `a copy-on-write view needs Linux, this is ${process.platform}`, fix: 'Use Linux, or WSL 2 on Windows.' };
  if (isWithin(folder, root)) return { engine: 'none', why: `${root} holds the workbench's own state`, fix: 'Register a folder inside it as the workspace, or move the state: set XDG_STATE_HOME.' };
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const key = [statSync(root).dev, folder].join('|');
    const found = known.get(key) ?? tryOut(root, folder);
    known.set(key, found);
    const answer = await found;
    if (answer.engine !== 'overlay') known.delete(key);
    return answer;
  } catch (error) {
    return { engine: 'none', why: wordsOf(error) };
  }
}

async function tryOut(root: string, parent: string): Promise<Engine> {
  const view = await triedOut(parent, async ({ path, upper, work, base }) => {
    const layer = join(path, 'layer');
    mkdirSync(join(layer, 'folder'), { recursive: true });
    for (const name of ['file', 'folder/inner']) writeFileSync(join(layer, name), '');
    // The workspace lies below, since its file system must bear it too; nothing of it is touched.
    const mounted = await mountLayers({ folder: path, lower: [layer, root], upper: { path: upper, work }, at: base });
    return { mounted, words: [TRY, 'sh', base] };
  });
  if (view === null) return { engine: 'overlay' };
  const copy = await triedOut(parent, async ({ upper }) => {
    writeFileSync(join(upper, 'inner'), '');
    return { mounted: await mountInPlace(upper, root), words: [TRY_COPY, 'sh', root] };
  });
  return { engine: copy === null ? 'copy' : 'none', ...view };
}

/** @returns null when it works. */
async function triedOut(parent: string, make: (folder: RehearsalFolder) => Promise<{ readonly mounted: Mounted; readonly words: readonly string[] }>): Promise<{ readonly why: string; readonly fix: string } | null> {
  try {
    const folder = makeRehearsalFolder(parent);
    try {
      const { mounted, words } = await make(folder);
      try {
        const [program = '', ...enter] = [...mounted.enter, '/bin/sh', '-c', ...words];
        await promisify(execFile)(program, enter, { env: { LC_ALL: 'C', PATH: '/usr/bin:/bin' }, cwd: '/', timeout: MOST_TIME });
        return null;
      } finally {
        await mounted.close();
      }
    } finally {
      await removeTree(folder.path);
    }
  } catch (error) {
    return { why: wordsOf(error).trim(), fix: fixFor(error) };
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
