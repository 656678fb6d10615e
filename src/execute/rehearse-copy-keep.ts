// What a run made on a copy, taken out of it by name: the rest of the copy needn't be kept until it lands.
import { chmodSync, lstatSync, mkdirSync, renameSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import type { WorkPath } from '../model/action.ts';
import type { Change } from '../model/effects.ts';
import { parentOf } from '../model/path.ts';
import { seconds } from './commit-content.ts';
import { madeBy } from './rehearse-copy-upper.ts';

const PRIVATE = 0o700;

/** @param to where there is nothing yet, in a folder of ours. @throws the system's error. */
export function keepChanged(changes: readonly Change[], copy: string, to: string): void {
  const times = new Map<WorkPath, number>();
  const makeFolder = (path: WorkPath): void => {
    if (times.has(path)) return;
    if (path !== '.') makeFolder(parentOf(path));
    times.set(path, seconds(lstatSync(join(copy, path), { bigint: true }).mtimeNs));
    mkdirSync(join(to, path), { mode: PRIVATE });
    // In a folder that can't be written, no name can be taken out.
    chmodSync(join(copy, path), PRIVATE);
  };
  makeFolder('.');
  for (const { path, type } of changes.flatMap(madeBy)) {
    makeFolder(type === 'folder' ? path : parentOf(path));
    if (type !== 'folder') renameSync(join(copy, path), join(to, path));
  }
  for (const [path, time] of times) utimesSync(join(to, path), time, time);
}
