// Random trees and scripts: a landing gives exactly the wanted tree, an undo the one before. And a system that fails,
// or dies, at any call leaves all of it or none of it.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { failing, type Failing } from '../../vectors/commit/faults.ts';
import { pair } from '../../vectors/commit/random.ts';
import { changesBetween, harvest, sorted, type Node, type Tree } from '../../vectors/commit/tree.ts';
import { freshWorld, sweep, whichOf, type World } from '../../vectors/commit/world.ts';
import { fastFolder } from '../../vectors/fast.ts';
import { newId, type Id } from '../model/id.ts';
import { land, recoverLandings, undo, type Ended } from './commit.ts';

const CASES = Number(process.env['PWB_COMMIT_CASES'] ?? 24);
/** Every so many calls one is made to fail. */
const STRIDE = Number(process.env['PWB_COMMIT_STRIDE'] ?? 17);

const base = mkdtempSync(join(fastFolder(), 'commit-random-'));
after(() => sweep(base));

function landIn({ root, source, changes, places }: World, id: Id): Promise<Ended> {
  return land({ id, root, source, changes, started: Date.now() + 1000 }, places);
}

test(`${CASES} random trees and scripts: landing gives the wanted tree, undo the start, and undoing that the wanted one again`, async () => {
  await fc.assert(fc.asyncProperty(pair, async ({ from, to }) => {
    const world = freshWorld(base, from, to);
    const wanted = sorted(to);
    const id = newId();
    try {
      const ended = await landIn(world, id);
      assert.ok('touched' in ended, JSON.stringify(ended));
      assert.deepEqual(sorted(harvest(world.root)), wanted);
      if (changesBetween(from, to).length === 0) return;
      const undone = await undo(id, world.places);
      assert.ok('touched' in undone, JSON.stringify(undone));
      assert.deepEqual(sorted(harvest(world.root)), sorted(from));
      const redone = await undo(undone.undo ?? '', world.places);
      assert.ok('touched' in redone, JSON.stringify(redone));
      assert.deepEqual(sorted(harvest(world.root)), wanted);
      assert.deepEqual(readdirSync(world.places.journal), []);
    } finally {
      sweep(world.top);
    }
  }), { numRuns: CASES });
});

const file = (content: string, mode = 0o644): Extract<Node, { type: 'file' }> => ({ type: 'file', content, mode, mtime: 1_600_000_000 });
const FROM: Tree = new Map<string, Node>([
  ['edit', file('old')], ['gone', file('gone')], ['mode', file('m')], ['time', file('t')], ['both', file('b')], ['aged', { type: 'link', target: 'edit', mtime: 1_600_000_000 }], ['d', { type: 'folder', mode: 0o755 }], ['d/x', file('x')], ['swap', file('s')], ['l', { type: 'link', target: 'edit', mtime: 1_600_000_000 }],
]);
const TO: Tree = new Map<string, Node>([
  ['edit', file('new')], ['mode', file('m', 0o600)], ['time', { ...file('t'), mtime: 1_000_000_000 }], ['both', { ...file('b', 0o600), mtime: 1_000_000_000 }], ['aged', { type: 'link', target: 'edit', mtime: 1_000_000_000 }], ['n', { type: 'folder', mode: 0o555 }], ['n/y', file('y')], ['n/x', file('x')], ['swap', { type: 'folder', mode: 0o700 }], ['swap/in', file('in')], ['l', { type: 'link', target: 'mode', mtime: 1_600_000_000 }],
]);

for (const how of ['once', 'after', 'dead'] as const satisfies readonly Failing[]) {
  for (const what of ['landing', 'undo'] as const) {
    test(`a ${what} in which the system fails at a call (${how}) is all done or not done at all, and says which`, async () => {
      for (let at = 0; ; at += STRIDE) if (await failAt(how, what, at)) break;
    });
  }
}

function journalOf({ places }: World): readonly string[] {
  return existsSync(places.journal) ? readdirSync(places.journal) : [];
}

/** True when there was no such call any more. */
async function failAt(how: Failing, what: 'landing' | 'undo', at: number): Promise<boolean> {
  const world = freshWorld(base, FROM, TO);
  const id = newId();
  try {
    if (what === 'undo') await landIn(world, id);
    const [start, end] = what === 'undo' ? [TO, FROM] : [FROM, TO];
    const { error, value, calls } = await failing<Ended>(how, at, () => (what === 'undo' ? undo(id, world.places) : landIn(world, id)));
    const why = `${what}, ${how} at call ${at} of ${calls}: ${error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(value)}`;
    const recovered = await recoverLandings(world.places);
    assert.ok(recovered.every(({ ended, left }) => ended !== 'waiting' && left.length === 0), `${why}; recovered as ${JSON.stringify(recovered)}`);
    const now = whichOf(world.root, start, end, `${why}; recovered as ${JSON.stringify(recovered)}`);
    if (value !== undefined && 'touched' in value) assert.equal(now, 'new', why);
    else if (recovered[0] !== undefined) assert.equal(now, recovered[0].ended, why);
    else assert.equal(now, 'old', why);
    assert.deepEqual(journalOf(world).filter((name) => !name.endsWith('.tmp')), [], why);
    assert.deepEqual(readdirSync(world.root).filter((name) => name.startsWith('.pwb-')), [], why);
    // Whichever it is, it can go on from there.
    if (now === 'new') assert.equal(existsSync(join(world.places.undo, id)), what === 'landing', why);
    else if (what === 'undo') assert.ok('touched' in (await undo(id, world.places)), why);
    else assert.ok('touched' in (await landIn(world, newId())), why);
    return at >= calls;
  } finally {
    sweep(world.top);
  }
}
