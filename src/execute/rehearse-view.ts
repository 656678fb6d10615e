// A view of the workspace that takes writes without the workspace: the session's draft over the real files, and an
// empty layer on top. It can be made ready while a model still thinks. It refuses a workspace that holds its layers.
import { chmodSync, lstatSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../model/fault.ts';
import type { Sides } from './effects-walk.ts';
import { isWithin } from './hidden-walk.ts';
import { mountLayers, type Mounted } from './overlay-mount.ts';
import { removeTree } from './overlay-remove.ts';
import { makeRehearsalFolder, type RehearsalFolder } from './rehearse-folder.ts';
import { showLayers } from './sandbox-sight.ts';
import type { World } from './sandbox-spec.ts';

export interface View {
  /** The workspace: absolute, links resolved. */
  readonly root: string;
  /** The draft's layers over it, topmost first. */
  readonly lower: readonly string[];
  /** Private to this user, on a file system that can hold an overlay's upper layer. Not in the workspace. */
  readonly folder: string;
}

/** For one run. Whoever has it must discard it. */
export interface Prepared {
  readonly view: View;
  readonly world: World;
  /** As this process can look at them while it is mounted. */
  readonly sides: Sides;
  readonly upper: string;
  /** Milliseconds on the wall clock, when it was mounted. */
  readonly mounted: number;
  /** Ends the mount; what was written stays. */
  close(): Promise<void>;
  /** Nothing of it is left then. */
  discard(): Promise<void>;
}

/** @throws `rehearsal.inside`, `rehearsal.folder`, `rehearsal.root`, `overlay.mount`, `overlay.layers`. */
export async function prepareView(view: View): Promise<Prepared> {
  const { root, lower } = view;
  if (isWithin(view.folder, root)) {
    throw new Fault('rehearsal.inside', `${root} holds the workbench's own state, so nothing can be rehearsed in it`, 'Register a folder inside it as the workspace, or move the state: set XDG_STATE_HOME.');
  }
  const folder = makeRehearsalFolder(view.folder);
  try {
    asBefore(folder.upper, lower[0] ?? root);
    const draft = lower.length > 0;
    const mounted = await mountLayers({
      folder: folder.path, lower: [...lower, root], upper: { path: folder.upper, work: folder.work }, at: root,
      ...(draft ? { base: { at: folder.base, from: 0 } } : {}),
    });
    const sides = { upper: folder.upper, merged: mounted.seen(root), base: draft ? mounted.seen(folder.base) : root, drafted: lower };
    return preparedOf(view, folder, mounted, sides);
  } catch (error) {
    await removeTree(folder.path);
    throw error;
  }
}

function preparedOf(view: View, folder: RehearsalFolder, mounted: Mounted, sides: Sides): Prepared {
  const forget = showLayers(sides.merged, [folder.upper, ...view.lower, view.root]);
  const close = async (): Promise<void> => {
    await mounted.close();
    forget();
  };
  return {
    view,
    world: { enter: mounted.enter, disk: folder.upper },
    sides,
    upper: folder.upper,
    mounted: Date.now(),
    close,
    async discard() {
      await close();
      await removeTree(folder.path);
    },
  };
}

/** For a look at an upper folder of before. @throws as prepareView does. */
export async function withSides<T>(view: View, upper: string, look: (sides: Sides) => Promise<T>): Promise<T> {
  const folder = makeRehearsalFolder(view.folder);
  try {
    const draft = view.lower.length > 0;
    const at = join(folder.path, 'work');
    const mounted = await mountLayers({ folder: folder.path, lower: [upper, ...view.lower, view.root], at, ...(draft ? { base: { at: folder.base, from: 1 } } : {}) });
    try {
      return await look({ upper, merged: mounted.seen(at), base: draft ? mounted.seen(folder.base) : view.root, drafted: view.lower });
    } finally {
      await mounted.close();
    }
  } finally {
    await removeTree(folder.path);
  }
}

/** The upper folder's own mode and times are what a run sees of the workspace's folder. */
function asBefore(upper: string, lowest: string): void {
  const stat = lstatSync(lowest, { throwIfNoEntry: false });
  if (stat === undefined) throw new Fault('rehearsal.root', `${lowest} is gone`, 'Check that the workspace is still there and yours.');
  chmodSync(upper, stat.mode & 0o7777);
  utimesSync(upper, stat.atime, stat.mtime);
}
