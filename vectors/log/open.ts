// For tests: a log in a folder of its own that goes away, and a look at that folder from outside.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openLog, type Log, type Tx } from '../../src/audit/log.ts';
import { systemClock, type Clock } from '../../src/model/clock.ts';
import { newId, type Id } from '../../src/model/id.ts';
import { openHome } from '../../src/storage/home.ts';
import { openStore } from '../../src/storage/store.ts';
import { fastFolder } from '../fast.ts';

/** A folder that is gone after the test. */
export function freshFolder(t: TestContext): string {
  const folder = mkdtempSync(join(fastFolder(), 'pwb-log-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens the log of a state folder; closed after the test if it wasn't before. */
export async function openAt(t: TestContext, state: string, clock: Clock = systemClock): Promise<Log> {
  const store = await openStore(openHome({ config: state, state }), { patience: 5000 });
  t.after(() => store.close());
  try {
    return await openLog(store, clock);
  } catch (error) {
    await store.close();
    throw error;
  }
}

export function freshLog(t: TestContext, clock: Clock = systemClock): Promise<Log> {
  return openAt(t, join(freshFolder(t), 'state'), clock);
}

/** Runs one action through its life: five events, six payloads. Returns its id. */
export function life(tx: Tx, session: Id, turn: number, output = `${turn} notes.txt\n`): Id {
  const action = newId();
  tx.append({ type: 'action.proposed', action, session, turn, by: 'model', kind: 'run' }, { proposal: `{"argv":["wc","-w","notes.txt"],"turn":${turn}}` });
  tx.append({ type: 'action.decided', action, stage: 'land', verdict: 'ask', rules: ['default'], profile: 'default' }, { reason: 'No rule speaks of this.' });
  tx.append({ type: 'action.answered', action, answer: 'invoke', door: 'cli', credential: 'terminal' });
  tx.append({ type: 'action.started', action }, { command: '{"argv":["wc","-w","notes.txt"],"environment":["PATH"]}' });
  tx.append({ type: 'action.ended', action, outcome: 'done', why: 'ran', exit: 0, duration: 12 }, { result: `${turn} notes.txt`, output });
  return action;
}

/** Every file under a folder, with the bytes that are in it. */
export function filesUnder(folder: string): { readonly path: string; readonly bytes: Buffer }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ path, bytes: readFileSync(path) }));
}

/** The files that hold these bytes. */
export function filesWith(folder: string, bytes: Buffer | string): string[] {
  return filesUnder(folder).flatMap((file) => (file.bytes.includes(bytes) ? [file.path] : []));
}
