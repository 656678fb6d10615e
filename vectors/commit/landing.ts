// For tests of landings: trees in few words, a world to land one in, and what must hold of it.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { land, type Conflict, type Ended } from '../../src/execute/commit.ts';
import { newId, type Id } from '../../src/model/id.ts';
import { changesBetween, harvest, plant, plantSource, sorted, type Node, type Tree } from './tree.ts';

export interface World {
  readonly root: string;
  readonly source: string;
  readonly places: { readonly journal: string; readonly undo: string };
}

export function worldIn(base: string, tree: Tree): World {
  const top = mkdtempSync(join(base, 'w-'));
  const [root, source] = [join(top, 'root'), join(top, 'source')];
  mkdirSync(root);
  mkdirSync(source);
  plant(root, tree);
  return { root, source, places: { journal: join(top, 'state/journal'), undo: join(top, 'state/undo') } };
}

export const file = (content: string, mode = 0o644): Node => ({ type: 'file', content, mode, mtime: 1_600_000_000 });
export const folder = (mode = 0o755): Node => ({ type: 'folder', mode });
export const link = (target: string): Node => ({ type: 'link', target, mtime: 1_600_000_000 });
/** Nothing that is there by now is too new. */
export const later = (): number => Date.now() + 1000;

export async function landTree({ root, source, places }: World, from: Tree, to: Tree, id: Id = newId()): Promise<Ended> {
  const changes = changesBetween(from, to);
  plantSource(source, to, changes);
  return land({ id, root, source, changes, started: later() }, places);
}

export function conflictsOf(ended: Ended): readonly Conflict[] {
  return 'conflicts' in ended ? ended.conflicts : assert.fail('it landed');
}

export function same(root: string, tree: Tree): void {
  assert.deepEqual(sorted(harvest(root)), sorted(tree));
}

/** Nothing of ours is left in the journal. */
export function closed({ places }: World): void {
  assert.deepEqual(readdirSync(places.journal), []);
}

export const FROM: Tree = new Map<string, Node>([
  ['a', folder()], ['a/keep', file('keep')], ['a/edit', file('old text', 0o640)], ['a/gone', file('gone')], ['a/link', link('keep')], ['run.sh', file('#!/bin/sh\n')],
  ['old', folder(0o750)], ['old/deep', folder()], ['old/deep/x', file('x')], ['old/l', link('/etc/passwd')], ['file-to-folder', file('f')], ['folder-to-file', folder()], ['folder-to-file/in', file('in')], ['case', file('case')],
]);
export const TO: Tree = new Map<string, Node>([
  ['a', folder(0o700)], ['a/keep', file('keep')], ['a/edit', file('new text', 0o600)], ['a/link', link('edit')], ['run.sh', file('#!/bin/sh\n', 0o755)],
  ['new', folder(0o555)], ['new/deep', folder()], ['new/deep/y', file('y')], ['new/l', link('../nowhere')], ['file-to-folder', folder()], ['file-to-folder/in', file('in')], ['folder-to-file', file('g')], ['CASE', file('case')], ['empty', file('')],
]);
