// Whiteouts: the entries by which a layer says that something below it is gone (a character device 0:0). Node can't
// make one, so the kernel is made to, once, by a removal in a small view; from then on it gets more names.
import { linkSync, mkdirSync, renameSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { systemCode } from '../model/fault.ts';
import type { DraftFolder } from './draft-folder.ts';
import { mountLayers } from './overlay-mount.ts';
import { removeTree } from './overlay-remove.ts';
import { makeRehearsalFolder } from './rehearse-folder.ts';

/** Reasons why an inode can't get one more name: it has as many as the disk allows, or lies on another. */
const NO_MORE = ['EMLINK', 'EXDEV'];

export class Absences {
  readonly #kept: string;
  readonly #scratch: string;

  constructor(folder: DraftFolder, scratch: string) {
    this.#kept = join(folder.path, 'absent');
    this.#scratch = scratch;
  }

  /** @param at where nothing is. @param like a whiteout that may lend its inode. @throws the system's error; what mountLayers throws. */
  async put(at: Buffer, like: Buffer | null): Promise<void> {
    for (const from of like === null ? [this.#kept] : [like, this.#kept]) if (link(from, at)) return;
    await this.#make();
    linkSync(this.#kept, at);
  }

  async #make(): Promise<void> {
    const folder = makeRehearsalFolder(this.#scratch);
    try {
      const lower = join(folder.path, 'lower');
      mkdirSync(lower);
      writeFileSync(join(lower, 'gone'), '');
      const mounted = await mountLayers({ folder: folder.path, lower: [lower], upper: { path: folder.upper, work: folder.work }, at: folder.base });
      try {
        unlinkSync(mounted.seen(join(folder.base, 'gone')));
      } finally {
        await mounted.close();
      }
      renameSync(join(folder.upper, 'gone'), this.#kept);
    } finally {
      await removeTree(folder.path);
    }
  }
}

function link(from: string | Buffer, to: Buffer): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || NO_MORE.includes(systemCode(error))) return false;
    throw error;
  }
}
