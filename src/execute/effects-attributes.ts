// What a mode doesn't say of a file: access lists, extended attributes, capabilities. Node can't ask for them, tar(1)
// writes them down (PAX, `SCHILY.xattr.*`): one process for many files. Of contents nothing is kept.
import { spawn } from 'node:child_process';
import { findProgram } from './overlay-mount.ts';

/** Each as bytes in Latin-1, empty where there is none. */
export interface Attributes {
  readonly access: string;
  /** The list that a folder hands on to what is made in it. */
  readonly handedOn: string;
  readonly capability: string;
  readonly rest: string;
}

export const NO_ATTRIBUTES: Attributes = { access: '', handedOn: '', capability: '', rest: '' };

const BLOCK = 512;
const PREFIX = 'SCHILY.xattr.';
/** The overlay's own marks, and what the system gives every file by its own rules. */
const NOT_THEIRS = /^(?:(?:user|trusted)\.overlay\.|security\.(?:selinux|ima|evm|SMACK64|apparmor)|system\.(?!posix_acl_))/;

/**
 * @param paths in `folder`; one that can't be opened is missing from the answer.
 * @returns null where nothing can be known: there is no tar(1) that reads them. @throws the signal's reason.
 */
export async function attributesOf(folder: string, paths: readonly string[], signal?: AbortSignal): Promise<ReadonlyMap<string, Attributes> | null> {
  if (paths.length === 0) return new Map();
  signal?.throwIfAborted();
  const program = tarProgram();
  if (program === null) return null;
  const reader = new Reader();
  const words = ['-c', '-f', '-', '--format=posix', '--pax-option=delete=?time', '--xattrs', '--xattrs-include=*', '--hard-dereference', '--numeric-owner', '--no-recursion', '--ignore-failed-read', '--null', '--verbatim-files-from', '-T', '-'];
  const child = spawn(program, words, { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'], env: { LC_ALL: 'C' }, ...(signal === undefined ? {} : { signal }) });
  const ended = new Promise<boolean>((resolve) => {
    child.once('error', () => resolve(false));
    child.once('close', () => resolve(true));
  });
  child.stdout.on('data', (bytes: Buffer) => reader.take(bytes));
  // It may end before it has heard all.
  child.stdin.on('error', () => undefined);
  child.stdin.end(`${paths.join('\0')}\0`);
  const started = await ended;
  signal?.throwIfAborted();
  return started && reader.found.size > 0 ? reader.found : null;
}

function tarProgram(): string | null {
  try {
    return process.platform === 'linux' ? findProgram('tar') : null;
  } catch {
    return null;
  }
}

/** Reads an archive as it comes: headers are looked at, contents passed over. */
class Reader {
  readonly found = new Map<string, Attributes>();
  #held: Buffer = Buffer.alloc(0);
  #pass = 0;
  #pax = new Map<string, string>();

  take(bytes: Buffer): void {
    const skipped = Math.min(this.#pass, bytes.length);
    this.#pass -= skipped;
    if (skipped === bytes.length) return;
    this.#held = this.#held.length === 0 ? bytes.subarray(skipped) : Buffer.concat([this.#held, bytes.subarray(skipped)]);
    while (this.#held.length >= BLOCK && this.#one());
  }

  /** False when more is needed. */
  #one(): boolean {
    const head = this.#held;
    const size = sizeOf(head);
    const whole = Math.ceil(size / BLOCK) * BLOCK;
    const type = head.toString('latin1', 156, 157);
    if (type === 'x') {
      if (head.length < BLOCK + whole) return false;
      this.#pax = recordsOf(head.toString('latin1', BLOCK, BLOCK + size));
      this.#held = head.subarray(BLOCK + whole);
      return true;
    }
    if (head[0] !== 0) this.#keep(head);
    this.#pax = new Map();
    // Of a link and a folder nothing follows, whatever their size says.
    const length = type === '0' || type === '\0' ? whole : 0;
    this.#pass = Math.max(0, BLOCK + length - head.length);
    this.#held = head.subarray(Math.min(head.length, BLOCK + length));
    return true;
  }

  #keep(head: Buffer): void {
    const prefix = textOf(head, 345, 155);
    const name = this.#pax.get('path') ?? (prefix === '' ? textOf(head, 0, 100) : `${prefix}/${textOf(head, 0, 100)}`);
    const path = Buffer.from(name, 'latin1').toString('utf8').replace(/\/$/, '');
    this.found.set(path, attributesIn(this.#pax));
  }
}

function attributesIn(records: ReadonlyMap<string, string>): Attributes {
  const rest: string[] = [];
  const one = { access: '', handedOn: '', capability: '' };
  for (const [key, value] of records) {
    const name = key.startsWith(PREFIX) ? key.slice(PREFIX.length) : '';
    if (name === '' || NOT_THEIRS.test(name)) continue;
    if (name === 'system.posix_acl_access') one.access = value;
    else if (name === 'system.posix_acl_default') one.handedOn = value;
    else if (name === 'security.capability') one.capability = value;
    else rest.push(`${name}=${value}`);
  }
  return rest.length === 0 && one.access === '' && one.handedOn === '' && one.capability === '' ? NO_ATTRIBUTES : { ...one, rest: rest.toSorted().join('\n') };
}

/** Bytes; large ones are in base 256 (GNU). */
function sizeOf(head: Buffer): number {
  if (((head[124] ?? 0) & 0x80) !== 0) return Number(head.readBigUInt64BE(128));
  return Number.parseInt(textOf(head, 124, 12).trim() || '0', 8);
}

function textOf(head: Buffer, at: number, most: number): string {
  const end = head.subarray(at, at + most).indexOf(0);
  return head.toString('latin1', at, end === -1 ? at + most : at + end);
}

/** `LENGTH KEY=VALUE\n`, one after the other. */
function recordsOf(body: string): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < body.length; ) {
    const space = body.indexOf(' ', at);
    const length = Number(body.slice(at, space));
    if (space === -1 || !Number.isSafeInteger(length) || length <= 0) return records;
    const record = body.slice(space + 1, at + length - 1);
    const equals = record.indexOf('=');
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  return records;
}
