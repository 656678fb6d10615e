// Real pipes for a run's output. Node gives a child sockets, which can't be opened again by path, so that
// `echo text > /dev/stderr` fails in half of all scripts. Named pipes are made in stock, and each serves once:
// it is claimed by a rename, opened at both ends and unlinked, so no two runs can ever share one.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, openSync, readdirSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';

export interface Pipe {
  /** Non-blocking. */
  readonly readEnd: number;
  readonly writeEnd: number;
}

const STOCK = 64;
const LOW = 24;
const MKFIFO = '/usr/bin/mkfifo';
/** Names per folder as last listed. Another process may have claimed one since: then the claim fails and the next is tried. */
const listed = new Map<string, string[]>();
let stocking: Promise<void> | null = null;

/** @throws `sandbox.pipe` when none can be made (disk full, folder gone). */
export async function takePipe(folder: string): Promise<Pipe> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const names = listed.get(folder) ?? listStock(folder);
    for (let name = names.pop(); name !== undefined; name = names.pop()) {
      const pipe = claim(join(folder, name));
      if (pipe !== null) return pipe;
    }
    if (listStock(folder).length === 0) await stockPipes(folder);
  }
  throw new Fault('sandbox.pipe', `no pipe could be made in ${folder}`, 'Check that the folder exists, is yours and has room, then try again.');
}

/** Fills the stock up when it runs low; off the hot path, and its failure shows when a pipe is taken. */
export async function refillPipes(folder: string): Promise<void> {
  if ((listed.get(folder)?.length ?? 0) < LOW && listStock(folder).length < LOW) await stockPipes(folder);
}

async function stockPipes(folder: string): Promise<void> {
  stocking ??= makePipes(folder).finally(() => {
    stocking = null;
  });
  await stocking;
}

async function makePipes(folder: string): Promise<void> {
  const paths = Array.from({ length: STOCK }, () => join(folder, randomBytes(8).toString('hex')));
  try {
    await promisify(execFile)(MKFIFO, ['-m', '600', '--', ...paths], { env: {}, cwd: '/' });
    // Each is made before its permissions are set, and must not be claimed between.
    for (const path of paths) renameSync(path, `${path}.pipe`);
  } catch (error) {
    throw new Fault('sandbox.pipe', `${MKFIFO} failed in ${folder}: ${wordsOf(error)}`, 'Check that the folder exists, is yours and has room, then try again.', { cause: error });
  }
  listStock(folder);
}

function listStock(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith('.pipe'));
    listed.set(folder, names);
    return names;
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new Fault('sandbox.pipe', `${folder} is gone`, 'Start again; the folder is made at the start.', { cause: error });
    throw error;
  }
}

function claim(path: string): Pipe | null {
  const mine = `${path}.${process.pid}`;
  try {
    renameSync(path, mine);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  const readEnd = openSync(mine, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  const writeEnd = openSync(mine, constants.O_WRONLY | constants.O_NOFOLLOW);
  unlinkSync(mine);
  return { readEnd, writeEnd };
}
