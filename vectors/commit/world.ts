// For tests: a workspace, a source and a state folder beside each other; and what must hold after anything at all has happened to a landing.
import assert from 'node:assert/strict';
import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Change } from '../../src/model/effects.ts';
import { changesBetween, harvest, plant, plantSource, sorted, type Tree } from './tree.ts';

export interface World {
  readonly top: string;
  readonly root: string;
  readonly source: string;
  readonly places: { readonly journal: string; readonly undo: string };
  readonly changes: readonly Change[];
}

export function freshWorld(below: string, from: Tree, to: Tree): World {
  const top = realpathSync(mkdtempSync(join(below, 'w-')));
  const [root, source] = [join(top, 'root'), join(top, 'source')];
  mkdirSync(root);
  mkdirSync(source);
  plant(root, from);
  const changes = changesBetween(from, to);
  plantSource(source, to, changes);
  return { top, root, source, places: { journal: join(top, 'state/journal'), undo: join(top, 'state/undo') }, changes };
}

/** Which of the two the workspace is. Fails when it is anything else, with what differs from the nearer one. */
export function whichOf(root: string, from: Tree, to: Tree, why: string): 'old' | 'new' {
  const now = sorted(harvest(root));
  const is = (tree: Tree): boolean => JSON.stringify(now) === JSON.stringify(sorted(tree));
  if (is(to)) return 'new';
  if (is(from)) return 'old';
  const missed = (tree: Tree): number => sorted(tree).filter((entry) => !now.some((other) => JSON.stringify(other) === JSON.stringify(entry))).length;
  assert.deepEqual(now, sorted(missed(from) < missed(to) ? from : to), `mixed: ${why}`);
  return 'old';
}

/** Removes a folder, also where folders in it are closed to their owner. */
export function sweep(path: string): void {
  open(path);
  rmSync(path, { recursive: true, force: true });
}

function open(path: string): void {
  if (!lstatSync(path).isDirectory()) return;
  chmodSync(path, 0o700);
  for (const name of readdirSync(path)) open(join(path, name));
}
