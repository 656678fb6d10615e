// What SQLite and the file system say, in a person's words with a next step. Unknown errors pass unchanged:
// a fault of ours must not be dressed up as a fault of the disk.
import { Fault, systemCode, wordsOf, type FaultCode } from '../model/fault.ts';

/** Primary result codes of SQLite (https://sqlite.org/rescode.html). */
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const NOTADB = 26;
/** Extended: the shared memory of the write-ahead file can't grow. That is how a full disk meets whoever opens first. */
const IOERR_SHMSIZE = 4874;

export function sqliteCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : 0;
}

/** Another process holds the lock, for now. */
export function isBusy(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === BUSY || code === LOCKED;
}

/** A Fault for an error of storage; any other error is returned as it is. */
export function storageFault(error: unknown, path: string): unknown {
  if (error instanceof Fault) return error;
  const known = describe(error);
  if (known === undefined) return error;
  const [code, words, hint] = known;
  return new Fault(code, `${path}: ${words} (${wordsOf(error)})`, hint, { cause: error });
}

/** True for a fault that trying again later may mend: nothing is wrong with what was to be written. */
export function isOfStorage(fault: unknown): boolean {
  return fault instanceof Fault && fault.code.startsWith('storage.') && fault.code !== 'storage.misuse';
}

type Words = readonly [FaultCode, string, string];

const FULL_DISK: Words = ['storage.full', 'the disk is full', 'free some space, then try again; nothing that was acknowledged is lost'];
const READ_ONLY: Words = ['storage.read-only', "it can't be written", 'check the permissions and that the disk is mounted for writing'];

function describe(error: unknown): Words | undefined {
  switch (systemCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return FULL_DISK;
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return READ_ONLY;
    case 'EIO':
      return ['storage.broken', 'the disk reports an error', 'check the disk; copy the state folder elsewhere before anything else'];
    case 'EMFILE':
    case 'ENFILE':
      return ['storage.files', 'too many files are open', 'close other programs or raise the limit (ulimit -n)'];
  }
  if (error instanceof Error && 'errcode' in error && error.errcode === IOERR_SHMSIZE) return FULL_DISK;
  switch (sqliteCode(error)) {
    case FULL:
      return FULL_DISK;
    case BUSY:
    case LOCKED:
      return ['storage.busy', 'another process holds it', 'wait for the other pwb to end, then try again'];
    case READONLY:
      return READ_ONLY;
    case NOMEM:
      return ['storage.memory', 'memory ran out', 'close other programs, then try again'];
    case IOERR:
      return ['storage.broken', 'reading or writing it failed', 'check that the disk is sound and not full, then try again'];
    case CORRUPT:
      return ['storage.corrupt', 'it is damaged', 'leave it as it is, copy the whole state folder elsewhere, and restore state.db from a backup'];
    case CANTOPEN:
      return ['storage.unreachable', "it can't be opened", 'check that the folder exists and that you own it'];
    case NOTADB:
      return ['storage.foreign', 'it is not a database of ProWorkBench', 'move it away, or set PWB_HOME to another folder'];
    default:
      return undefined;
  }
}
