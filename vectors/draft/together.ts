// What several processes do to one draft at the same time, as told: take actions in, look until told to end, hold the
// lock, or count in a file that only the lock guards. Says on a line what it saw; what fails ends it.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openDraft, type DraftPlace } from '../../src/execute/draft.ts';
import { withDraftLock } from '../../src/execute/draft-lock.ts';
import type { Effects } from '../../src/model/effects.ts';
import { newId } from '../../src/model/id.ts';

export type Job =
  | { readonly does: 'accept'; readonly place: DraftPlace; readonly uppers: string; readonly name: string; readonly count: number }
  | { readonly does: 'look'; readonly place: DraftPlace }
  | { readonly does: 'hold'; readonly folder: string }
  | { readonly does: 'count'; readonly folder: string; readonly file: string; readonly count: number };

const EMPTY_FILE = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const say = (words: string): void => void process.stdout.write(`${words}\n`);

async function accept({ place, uppers, name, count }: Extract<Job, { does: 'accept' }>): Promise<void> {
  const draft = openDraft(place);
  for (let at = 0; at < count; at++) {
    const upper = join(uppers, `${name}-${at}`);
    mkdirSync(upper);
    // Two names an action: who sees one without the other saw half of it.
    const names = [`${name}-${at}-a`, `${name}-${at}-b`];
    for (const one of names) writeFileSync(join(upper, one), '', { mode: 0o644 });
    const changes: Effects['changes'] = names.map((path) => ({ change: 'created', path, type: 'file', mode: 0o644, size: 0, after: EMPTY_FILE }));
    await draft.accept(newId(), upper, { certainty: 'known', changes, diffs: [], undo: 'fully' });
    say('done');
  }
}

async function look({ place }: Extract<Job, { does: 'look' }>): Promise<void> {
  const draft = openDraft(place);
  const told = new AbortController();
  process.stdin.once('data', () => told.abort()).unref();
  for (let round = 0; !told.signal.aborted; round++) {
    const { effects } = await draft.effects();
    const names = new Set(effects.changes.map(({ path }) => path));
    for (const path of names) if (!names.has(path.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a')))) throw new Error(`half an action: ${path}`);
    if (effects.conflicts !== undefined || effects.limits !== undefined) throw new Error(JSON.stringify([effects.conflicts, effects.limits]));
    const [first] = draft.layers();
    if (first !== undefined && round % 3 === 0 && (await draft.effectsOf(first)).changes.length !== 2) throw new Error('half of one action');
    if (draft.makers().size < names.size) throw new Error('made by nobody');
    say(`saw ${names.size}`);
  }
}

async function run(job: Job): Promise<void> {
  switch (job.does) {
    case 'accept':
      return accept(job);
    case 'look':
      return look(job);
    case 'hold':
      return withDraftLock(job.folder, () => {
        say('held');
        return new Promise(() => setInterval(() => undefined, 60_000));
      });
    case 'count':
      for (let at = 0; at < job.count; at++) {
        await withDraftLock(job.folder, async () => {
          const before = Number(readFileSync(job.file, 'utf8'));
          await new Promise((resume) => setImmediate(resume));
          writeFileSync(`${job.file}.next`, String(before + 1));
          renameSync(`${job.file}.next`, job.file);
          say('counted');
        });
      }
  }
}

await run(JSON.parse(process.argv[2] ?? '') as Job);
