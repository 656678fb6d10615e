// What a draft, or one action of it, does to what lies below. Read as the effects of any rehearsal; only that the draft
// keeps each file under two names is no tie between files.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Effects } from '../model/effects.ts';
import type { Layer } from './draft-folder.ts';
import { below, breather, namesAt, statAt, type BytePath } from './draft-walk.ts';
import { effectsOf } from './effects.ts';
import { removeTree } from './overlay-remove.ts';
import { submounts } from './rehearse.ts';
import { makeRehearsalFolder } from './rehearse-folder.ts';
import { withSides, type View } from './rehearse-view.ts';

/** @param layers all that was merged. @throws as readEffects. */
export async function readMerged(view: View, merged: string, layers: readonly Layer[], signal: AbortSignal | undefined): Promise<Effects> {
  const linked = await linkedIn(layers);
  return withSides(view, merged, (sides) => effectsOf({ ...sides, linked: ({ ino }) => linked.has(ino) }, submounts(view.root), signal));
}

/** A layer, and the folder that it is to be laid over. */
export interface Laid {
  readonly into: string;
  readonly layer: Layer;
}

/** Of one layer over those before it, which are laid together for this look. @param lay each, in turn. @throws as readEffects. */
export async function readLayer(view: View, layer: Layer, before: readonly Layer[], lay: (all: readonly Laid[]) => Promise<void>, signal: AbortSignal | undefined): Promise<Effects> {
  const folder = makeRehearsalFolder(view.folder);
  try {
    const top = join(folder.path, 'top');
    const under = join(folder.path, 'under');
    for (const one of [top, under]) mkdirSync(one, { mode: 0o700 });
    await lay([{ into: top, layer }, ...before.map((one) => ({ into: under, layer: one }))]);
    return await readMerged({ ...view, lower: before.length === 0 ? [] : [under] }, top, [layer], signal);
  } finally {
    await removeTree(folder.path);
  }
}

/** Files that had two names when they were accepted. */
async function linkedIn(layers: readonly Layer[]): Promise<ReadonlySet<bigint>> {
  const linked = new Set<bigint>();
  const breathe = breather();
  for (const { path: layer } of layers) {
    const seen = new Set<bigint>();
    const under = async (path: BytePath): Promise<void> => {
      for (const name of namesAt(layer, path)) {
        await breathe();
        const stat = statAt(layer, below(path, name));
        if (stat?.isDirectory() === true) await under(below(path, name));
        else if (stat?.isFile() === true) (seen.has(stat.ino) ? linked : seen).add(stat.ino);
      }
    };
    await under('');
  }
  return linked;
}
