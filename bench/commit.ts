// What landing costs: 10,000 files, staged, digested, journalled, renamed and synced, against a plain `cp -a` of the
// same files, in turn, so that a busy disk slows both. Also replacing them, and the undo.
// Alone: node bench/commit.ts [FILES]
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { land, undo, type Ended } from '../src/execute/commit.ts';
import { newId, type Id } from '../src/model/id.ts';
import { changesBetween, plainTree, plant, plantSource, type Tree } from '../vectors/commit/tree.ts';
import { median, now, ratioRow, timeProcess, type Result } from './measure.ts';

const FILES = 10_000;
const ROUNDS = 3;
const MOST_RATIO = 1.5;

export async function bench(files = FILES): Promise<Result> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'pwb-bench-commit-')));
  try {
    const nothing: Tree = new Map();
    const first = plainTree(files, 'one');
    const second = plainTree(files, 'two');
    const sources = [join(top, 'one'), join(top, 'two')] as const;
    const creating = changesBetween(nothing, first);
    const changing = changesBetween(first, second);
    for (const source of sources) mkdirSync(source);
    plant(sources[0], first);
    plantSource(sources[1], second, changing);
    const [copied, created, changed, undone]: number[][] = [[], [], [], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      const root = join(top, `root-${round}`);
      const places = { journal: join(top, 'state/journal'), undo: join(top, 'state/undo') };
      mkdirSync(root);
      const timed = async (into: number[] | undefined, work: () => Promise<Ended>): Promise<void> => {
        // Neither pays for what the other left to be written.
        spawnSync('sync');
        const start = now();
        const ended = await work();
        into?.push(now() - start);
        if ('conflicts' in ended) throw new Error(`a landing of the bench met a conflict at ${ended.conflicts[0]?.path}`);
      };
      spawnSync('sync');
      copied?.push(timeProcess('cp', ['-a', sources[0], join(top, `copy-${round}`)]));
      const order = (id: Id, source: string, changes: typeof creating) => ({ id, root, source, changes, started: Date.now() + 1000 });
      const id = newId();
      await timed(created, () => land(order(newId(), sources[0], creating), places));
      await timed(changed, () => land(order(id, sources[1], changing), places));
      await timed(undone, () => undo(id, places));
      for (const one of [root, join(top, `copy-${round}`), join(top, 'state')]) rmSync(one, { recursive: true });
    }
    const copy = median(copied ?? []);
    const name = '`cp -a`, not synced';
    return {
      title: 'Landing',
      rows: [
        ratioRow(`landing ${files} new files, durably`, median(created ?? []), copy, name, MOST_RATIO),
        ratioRow(`replacing ${files} files, durably, old ones kept`, median(changed ?? []), copy, name, 2.5),
        ratioRow(`undoing that`, median(undone ?? []), copy, name, 2.5),
      ],
    };
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

if (import.meta.main) console.table((await bench(Number(process.argv[2] ?? FILES))).rows);
