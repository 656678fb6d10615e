// Where a restore is got ready: `restore/` in the state folder. `state/` in it is the state to come, `about.json` says
// that it is whole, `placing.json` that it is being put in place right now. One at a time.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { Fault, systemCode } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { writeDurably } from './durable.ts';
import { isAlive, ownOwner } from './owner.ts';
import { PLACING, RESTORE } from './state-parts.ts';
import { storageFault } from './storage-fault.ts';

const Staged = z.object({
  /** Of the backup: when it was made (RFC 3339), by which version, and its log. */
  made: z.string(), version: z.string(), events: z.int(), root: z.string(), origin: z.string(),
  /** When it was got ready, by which door and credential. */
  staged: z.string(), door: z.enum(['cli', 'http']), credential: z.string(),
  /** Of the backup. */
  bytes: z.int(),
});
export type Staged = Readonly<z.infer<typeof Staged>>;

const Placing = z.object({
  /** Name of the folder that the former state goes to. */
  aside: z.string().check(z.regex(/^before-restore-[0-9TZ-]+$/)),
  /** `out`: the former state is being moved away; `in`: the new one is being moved in. */
  phase: z.enum(['out', 'in']),
});
export type Placing = Readonly<z.infer<typeof Placing>>;

export const restoreFolder = (state: string): string => join(state, RESTORE);
export const stagedState = (state: string): string => join(state, RESTORE, 'state');
const aboutFile = (state: string): string => join(state, RESTORE, 'about.json');
const placingFile = (state: string): string => join(state, PLACING);
/** File that says which process gets it ready; and what begins the names of folders that are not yet, or no more, the one. */
const OWNER = 'owner';
const NEW = 'restore-new-';
const GONE = 'restore-gone-';

/** What is ready, or null. */
export function readStaged(state: string): Staged | null {
  return readJson(aboutFile(state), Staged);
}

/** Begins one. Throws `restore.staged`, `restore.busy`. `remove` takes away what a process that is gone has left. */
export async function beginStaging(state: string, remove: (folder: string) => Promise<void>): Promise<void> {
  if (isPlacing(state)) throw new Fault('restore.unfinished', 'another restore is being put in place', 'if it was cut off, `pwb start` or `pwb restore` finishes it');
  if (readStaged(state) !== null) throw new Fault('restore.staged', 'another restore is ready already', 'put it in place with `pwb start`, or take it back first: pwb restore --drop');
  await removeDead(state, remove);
  const fresh = join(state, `${NEW}${ownOwner().replace(':', '-')}-${newId()}`);
  try {
    mkdirSync(fresh, { mode: 0o700 });
    mkdirSync(join(fresh, 'state'), { mode: 0o700 });
    writeJson(join(fresh, OWNER), ownOwner());
    // INVARIANT: it never has the name without its owner in it, and a rename doesn't replace what isn't empty: so one wins.
    renameSync(fresh, restoreFolder(state));
  } catch (error) {
    rmSync(fresh, { recursive: true, force: true });
    if (['EEXIST', 'ENOTEMPTY'].includes(systemCode(error))) throw busy(error);
    throw storageFault(error, fresh);
  }
}

/** What is there has no owner that lives. It gets another name first, so that only what was looked at goes. */
async function removeDead(state: string, remove: (folder: string) => Promise<void>): Promise<void> {
  for (const name of readdirSync(state)) {
    const [, pid, start] = /^restore-(?:new|gone)-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive(`${pid}:${start ?? ''}`)) await remove(join(state, name));
  }
  if (!existsSync(restoreFolder(state))) return;
  const owner = readJson(join(restoreFolder(state), OWNER), z.string());
  if (owner !== null && isAlive(owner)) throw busy();
  const gone = join(state, `${GONE}${ownOwner().replace(':', '-')}-${newId()}`);
  try {
    renameSync(restoreFolder(state), gone);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return; // Another was quicker.
    throw storageFault(error, gone);
  }
  const seen = readJson(join(gone, OWNER), z.string());
  if (seen === owner) return remove(gone);
  renameSync(gone, restoreFolder(state));
  throw busy();
}

function busy(cause?: unknown): Fault {
  return new Fault('restore.busy', 'another restore is being got ready', 'wait for it', { cause });
}

/** From here on it counts. */
export function finishStaging(state: string, staged: Staged): void {
  writeJson(aboutFile(state), staged);
}

export function isPlacing(state: string): boolean {
  return existsSync(placingFile(state));
}

export function readPlacing(state: string): Placing | null {
  return readJson(placingFile(state), Placing);
}

export function writePlacing(state: string, placing: Placing): void {
  writeJson(placingFile(state), placing);
}

/** In this order: cut off in between, there is nothing left to do but this. */
export function endPlacing(state: string): void {
  rmSync(aboutFile(state), { force: true });
  rmSync(placingFile(state), { force: true });
  rmSync(restoreFolder(state), { recursive: true, force: true });
}

/** Back to where it was only ready: nothing has been moved. */
export function forgetPlacing(state: string): void {
  rmSync(placingFile(state), { force: true });
}

function writeJson(path: string, value: unknown): void {
  try {
    writeDurably(path, `${path}.new-${newId()}`, [Buffer.from(`${JSON.stringify(value)}\n`)]);
  } catch (error) {
    throw storageFault(error, path);
  }
}

/** Null for none. Throws `restore.broken` for what isn't ours. */
function readJson<S extends z.ZodMiniType>(path: string, shape: S): z.output<S> | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw storageFault(error, path);
  }
  try {
    return shape.parse(JSON.parse(text));
  } catch (error) {
    throw new Fault('restore.broken', `${path} can't be read as what it should be`, 'move the folder `restore` away, and restore again from the backup', { cause: error });
  }
}
