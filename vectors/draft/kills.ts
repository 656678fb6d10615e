// A process that is killed while it takes actions in, drops or removes: what is there afterwards is a draft of whole
// actions, and goes on from there.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDraft, type Draft } from '../../src/execute/draft.ts';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import { sweepRehearsals } from '../../src/execute/rehearse.ts';
import type { Effects } from '../../src/model/effects.ts';
import { newId, type Id } from '../../src/model/id.ts';
import { shapeOf } from '../rehearse/random.ts';
import { lineOf } from '../rehearse/stage.ts';
import type { DraftStage } from './stage.ts';

const CRASHING = join(import.meta.dirname, 'crashing.ts');
/** Milliseconds: a whole job takes about as long. */
const LONGEST = 120;
const copy = (from: string, to: string): void => void execFileSync('/bin/cp', ['-a', from, to]);

/** Runs the job and kills it `delay` milliseconds after its first sign of life. @returns how many steps it said were done. */
function killed(stage: DraftStage, job: unknown, delay: number): Promise<number> {
  const file = join(stage.world.outside, 'job.json');
  writeFileSync(file, JSON.stringify(job));
  return new Promise((resolve) => {
    let words = '';
    const child = spawn(process.execPath, [CRASHING, file], { stdio: ['ignore', 'pipe', 'inherit'] });
    child.stdout.on('data', (chunk: Uint8Array) => {
      if (words === '') setTimeout(() => child.kill('SIGKILL'), delay);
      words += Buffer.from(chunk).toString();
    });
    child.once('close', () => resolve(words.split('done').length - 1));
  });
}

const LINES = [
  'rm -r d; mkdir d; for i in $(seq 60); do echo $i > d/n$i; done',
  'rm d/n1 f; mkdir -p s/t; chmod 500 s; for i in $(seq 60); do echo more >> d/n$i; done',
  'rm -r d; echo x > d; mv e/1 e/2',
  'rm d; mkdir d; echo last > d/last; echo f > f',
];

/** @param kills how many, at moments spread over the whole. */
export async function playKills(stage: DraftStage, kills: number): Promise<void> {
  const look = async (draft: Draft): Promise<string> => stage.seen(await draft.lower(), (at) => shapeOf(at).join('\n'));
  await stage.fresh('mkdir -p d/u e; echo 1 > d/1; echo 2 > d/u/2; echo f > f; echo one > e/1');
  const uppers = join(stage.world.outside, 'uppers');
  mkdirSync(uppers);
  const taken: { readonly accept: Id; readonly upper: string; readonly effects: Effects }[] = [];
  /** What is shown after so many, and at last after a removal. */
  const shown = [await look(stage.draft)];
  for (const line of LINES) {
    const { upper, effects, discard } = await stage.try(line);
    const one = { accept: newId(), upper: String(taken.length), effects };
    copy(upper, join(uppers, one.upper));
    await stage.draft.accept(one.accept, upper, effects);
    await discard();
    taken.push(one);
    shown.push(await look(stage.draft));
  }
  const ids = taken.map(({ accept }) => accept);
  const whole = (await stage.draft.effects()).effects.changes.map(lineOf);
  await stage.draft.drop([ids[2] ?? '']);
  assert.equal(await look(stage.draft), shown[2]);
  await stage.draft.removePaths(['d']);
  const removed = await look(stage.draft);
  for (let kill = 0; kill < kills; kill++) {
    const delay = Math.round((kill * LONGEST) / kills);
    const place = { ...stage.place, folder: join(stage.world.outside, 'drafts', `killed-${kill}`) };
    const copies = join(stage.world.outside, `uppers-${kill}`);
    copy(uppers, copies);
    const steps = [...taken.map((one) => ({ ...one, upper: join(copies, one.upper) })), { drop: ids[2] ?? '' }, { remove: 'd' }];
    const done = await killed(stage, { place, steps }, delay);
    const draft = openDraft(place);
    const layers = draft.layers();
    const why = `killed after ${delay} ms: ${done} said to be done, ${layers.length} layers`;
    // In the midst of a removal a layer may be gone that holds nothing any more.
    if (done <= ids.length) assert.deepEqual(layers, ids.slice(0, layers.length), why);
    if (done < ids.length) assert.ok(layers.length === done || layers.length === done + 1, why);
    const now = await look(draft);
    assert.ok(now === shown[layers.length] || (done > ids.length && now === removed), why);
    if (done < ids.length) {
      for (const one of taken.slice(layers.length)) await draft.accept(one.accept, join(copies, one.upper), one.effects);
      assert.deepEqual((await draft.effects()).effects.changes.map(lineOf), whole, why);
    } else {
      const left = ids.slice(2).filter((id) => layers.includes(id));
      if (left.length > 0) await draft.drop(left);
      await draft.removePaths(now === removed ? [] : ['d']);
      assert.equal(await look(draft), removed, why);
    }
    assert.deepEqual(readdirSync(join(place.folder, 'trash')), [], why);
    for (const folder of [copies, place.folder]) await removeTree(folder);
  }
  await sweepRehearsals(stage.view.folder);
  assert.deepEqual(readdirSync(stage.view.folder), []);
}
