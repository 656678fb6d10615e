// Which server runs for this home: server.json in the state folder. One at a time; a file that a dead process left
// is replaced. The store's write lock makes "is there one? then it's me" a single step.
import { constants, closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Fault, systemCode } from '../model/fault.ts';
import { newId } from '../model/id.ts';
import { writeDurably } from '../storage/durable.ts';
import type { Home } from '../storage/home.ts';
import { isAlive, ownOwner } from '../storage/owner.ts';
import type { Store } from '../storage/store.ts';

export interface Running {
  readonly url: string;
  readonly port: number;
}

interface Entry {
  /** `pid:start`. */
  readonly owner: string;
  /** 0 while it starts. */
  readonly port: number;
}

const FILE = 'server.json';

/** The living server of a home that answers requests, or null. Reads one small file; asks nobody. */
export function findServer(home: Pick<Home, 'state'>): Running | null {
  const entry = readEntry(home.state);
  return entry === null || entry.port === 0 || !isAlive(entry.owner) ? null : { url: urlOf(entry.port), port: entry.port };
}

export function urlOf(port: number): string {
  return `http://127.0.0.1:${port}`;
}

/** Become the server of this home. Throws `server.running`. */
export function claimServer(store: Store): Promise<void> {
  const { state } = store.home;
  return store.write(() => {
    const entry = readEntry(state);
    if (entry !== null && isAlive(entry.owner)) {
      const where = entry.port === 0 ? 'is just starting' : `runs at ${urlOf(entry.port)}`;
      throw new Fault('server.running', `a workbench ${where} (process ${entry.owner.split(':')[0] ?? ''})`, entry.port === 0 ? 'wait a moment' : `use it, or end it first: kill ${entry.owner.split(':')[0] ?? ''}`);
    }
    writeEntry(state, 0);
  });
}

/** Say at which port. */
export function announce(store: Store, port: number): void {
  writeEntry(store.home.state, port);
}

/** Leave. Only what is ours is removed. */
export function resign(store: Store): void {
  const { state } = store.home;
  if (readEntry(state)?.owner === ownOwner()) rmSync(join(state, FILE), { force: true });
}

function writeEntry(state: string, port: number): void {
  const path = join(state, FILE);
  const entry: Entry = { owner: ownOwner(), port };
  writeDurably(path, `${path}.new-${newId()}`, [new TextEncoder().encode(`${JSON.stringify(entry)}\n`)]);
}

/** Null for none and for one that can't be read as one: such a file is nobody's. */
function readEntry(state: string): Entry | null {
  let descriptor: number;
  try {
    descriptor = openSync(join(state, FILE), constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return null;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(readFileSync(descriptor, 'utf8'));
    if (typeof value !== 'object' || value === null || !('owner' in value) || !('port' in value)) return null;
    const { owner, port } = value;
    return typeof owner === 'string' && typeof port === 'number' && Number.isInteger(port) && port >= 0 && port < 65_536 ? { owner, port } : null;
  } catch {
    return null;
  } finally {
    closeSync(descriptor);
  }
}
