// Restoring a backup: checked whole and got ready beside the state that runs, then put in place when nothing runs. The
// restored log says so, and nobody's earlier session gets in by it.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Answerer } from '../approvals/answer.ts';
import { verifyStore } from '../audit/check.ts';
import { openLog } from '../audit/log.ts';
import { unpackWork } from '../execute/backup-work.ts';
import { removeTree } from '../execute/overlay-remove.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { timeText, type Clock } from '../model/clock.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { foreign, type About } from '../storage/backup-format.ts';
import { unpackBackup } from '../storage/backup-read.ts';
import type { Home } from '../storage/home.ts';
import { beginStaging, finishStaging, isPlacing, readStaged, restoreFolder, stagedState, type Staged } from '../storage/restore-folder.ts';
import { checkAlone, isWaiting, placeStaged } from '../storage/restore-place.ts';
import { openStore } from '../storage/store.ts';

export type { Staged };
export { isWaiting };

export function staged({ state }: Pick<Home, 'state'>): Staged | null {
  return readStaged(state);
}

/** Get a backup ready. What is wrong leaves nothing behind. Throws `backup.*`, `restore.staged`, `restore.busy`, `storage.*`. */
export async function stage({ state }: Home, source: AsyncIterable<Uint8Array>, { door, credential }: Answerer, clock: Clock): Promise<Staged> {
  await beginStaging(state, removeTree);
  try {
    const into = stagedState(state);
    let bytes = 0;
    const counted = async function* (): AsyncGenerator<Uint8Array> {
      for await (const part of source) {
        bytes += part.length;
        yield part;
      }
    };
    const about = await unpackBackup(counted(), into, (work) => unpackWork(work, into));
    await checkLog(into, about);
    const { made, version, events, root, origin } = about;
    const ready: Staged = { made, version, events, root, origin, staged: timeText(clock.now()), door: door === 'http' ? 'http' : 'cli', credential, bytes };
    finishStaging(state, ready);
    return ready;
  } catch (error) {
    await removeTree(restoreFolder(state));
    throw error;
  }
}

/** Take it back: nothing of it is put in place. Throws `restore.none`, `restore.busy`. */
export async function dropStaged({ state }: Pick<Home, 'state'>): Promise<Staged> {
  const ready = readStaged(state);
  if (isPlacing(state)) throw new Fault('restore.busy', 'the restore is being put in place already', 'let `pwb start` or `pwb restore` finish it');
  if (ready === null) throw new Fault('restore.none', 'no restore is ready', 'there is nothing to take back');
  await removeTree(restoreFolder(state));
  return ready;
}

/** @returns what is in place now, and where the former state lies. Throws `restore.none`, `restore.busy` with nothing changed, `storage.*`. */
export async function place(home: Home, clock: Clock): Promise<{ readonly staged: Staged | null; readonly aside: string }> {
  const ready = readStaged(home.state);
  if (ready !== null && !isPlacing(home.state)) {
    checkAlone(home);
    await record(stagedState(home.state), ready, clock);
  }
  return { staged: ready, aside: placeStaged(home, new Date(clock.now())) };
}

/** The log that comes with it holds from its first event to its head, and is the one that the backup says. */
async function checkLog(folder: string, { events, root }: About): Promise<void> {
  // An absent one would be made anew.
  for (const name of ['state.db', 'log.key']) if (!existsSync(join(folder, name))) throw foreign(`it holds no ${name}`);
  try {
    const store = await openStore({ state: folder, config: folder });
    try {
      const report = await verifyStore(store);
      const [problem] = report.problems;
      if (problem !== undefined) throw broken(problem.words);
      if (report.size !== events || report.root !== root) throw broken('it is another log than the backup says');
    } finally {
      await store.close();
    }
  } catch (error) {
    if (!(error instanceof Fault) || error.code === 'storage.full' || error.code.startsWith('backup.')) throw error;
    throw broken(wordsOf(error));
  }
}

/** In the state to come: it was restored, and whoever was signed in when it was saved is not. May be done again. */
async function record(folder: string, ready: Staged, clock: Clock): Promise<void> {
  const store = await openStore({ state: folder, config: folder });
  const log = await openLog(store, clock);
  try {
    const [last] = log.events({ limit: 1, newestFirst: true });
    if (last?.body.type === 'state.restored') return;
    const { made, version, events, root, door, credential } = ready;
    await log.commit((tx) => {
      for (const row of tx.db.prepare('SELECT id, kind FROM credentials WHERE revoked IS NULL ORDER BY made, id').all()) {
        const kind = row['kind'] === 'link' ? 'link' : row['kind'] === 'cli' ? 'cli' : 'session';
        tx.append({ type: 'credential.revoked', credential: String(row['id']), kind });
      }
      tx.db.prepare('UPDATE credentials SET revoked = ? WHERE revoked IS NULL').run(tx.now);
      tx.append({ type: 'state.restored', door, credential }, { detail: canonicalBytes({ made, version, events, root }) });
    });
  } finally {
    await log.close();
  }
}

function broken(words: string): Fault {
  return new Fault('backup.log', `the log in the backup does not hold: ${words}`, 'use another backup');
}
