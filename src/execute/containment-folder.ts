// The sandbox's own small files, made once in a private folder and reused by every run: an /etc that tells
// nothing about this machine's people, the system-call filter, and an unreadable file that masks secrets.
// It copies only what every user of the machine may read, never a key, a password file or a machine id.
import { hash, randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../model/fault.ts';
import { seccompFilter } from './sandbox-seccomp.ts';

export interface ContainmentFolder {
  readonly path: string;
  /** To be mounted at /etc. */
  readonly etc: string;
  /** An empty file that nobody may open. */
  readonly mask: string;
  /** Empty where this machine has no filter. */
  readonly filter: string;
  /** Holds named pipes, each used once. */
  readonly pipes: string;
}

/** The person inside; the real one's name, id and home stay outside. */
export const SANDBOX_USER = { name: 'user', uid: 1000, gid: 1000, home: '/home/user' } as const;

const VERSION = 1;
/** What programs need to start and that is the same for all users. Ends of names may be `*`. */
const TAKEN = [
  'alternatives', 'bash.bashrc', 'ca-certificates', 'crypto-policies', 'debian_version', 'dotnet', 'fonts', 'gai.conf', 'host.conf', 'ImageMagick*', 'inputrc', 'java*',
  'ld.so.cache', 'ld.so.conf', 'ld.so.conf.d', 'locale.alias', 'localtime', 'magic', 'magic.mime', 'maven', 'mime.types', 'os-release', 'perl', 'pki/tls/certs', 'pki/java',
  'pki/ca-trust/extracted', 'protocols', 'python*', 'R', 'rpc', 'services', 'ssl/certs', 'ssl/openssl.cnf', 'terminfo', 'timezone',
];
const OWN: { readonly [name: string]: string } = {
  passwd: `root:x:0:0:root:/root:/usr/sbin/nologin\n${SANDBOX_USER.name}:x:${SANDBOX_USER.uid}:${SANDBOX_USER.gid}::${SANDBOX_USER.home}:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n`,
  group: `root:x:0:\n${SANDBOX_USER.name}:x:${SANDBOX_USER.gid}:\nnogroup:x:65534:\n`,
  hosts: '127.0.0.1\tlocalhost sandbox\n::1\tlocalhost\n',
  hostname: 'sandbox\n',
  'nsswitch.conf': 'passwd: files\ngroup: files\nshadow: files\nhosts: files\nservices: files\nprotocols: files\n',
};
const MOST_FILES = 6_000;
const MOST_BYTES = 24 * 1024 * 1024;
const STAMP_LENGTH = 16;
const ETC = '/etc';
/** Milliseconds: thirty days. */
const UNUSED = 30 * 24 * 3_600_000;

/**
 * @param parent where the folder is to be; without it a private one in the temporary folder, removed at exit.
 * Two processes may prepare at the same time: every part is made under a name of its own and renamed.
 */
export function prepareFolder(parent?: string): ContainmentFolder {
  const path = parent === undefined ? temporaryFolder() : join(parent, 'sandbox');
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const pipes = join(path, 'pipes');
  mkdirSync(pipes, { recursive: true, mode: 0o700 });
  const etc = join(path, `etc-${etcStamp()}`);
  if (existsSync(etc)) utimesSync(etc, new Date(), new Date());
  else {
    place(etc, (draft) => fillEtc(draft));
    removeUnused(path);
  }
  const mask = join(path, 'mask');
  if (!existsSync(mask)) place(mask, (draft) => writeFileSync(draft, '', { mode: 0o000 }));
  return { path, etc, mask, pipes, filter: placeFilter(path) };
}

/** Copies that no start has asked for in a long time: the machine's own files have changed since. */
function removeUnused(path: string): void {
  for (const name of readdirSync(path).filter((one) => one.startsWith('etc-'))) {
    const stat = lstatSync(join(path, name), { throwIfNoEntry: false });
    if (stat !== undefined && Date.now() - stat.mtimeMs > UNUSED) rmSync(join(path, name), { recursive: true, force: true });
  }
}

function placeFilter(path: string): string {
  const bytes = seccompFilter(process.arch);
  if (bytes === null) return '';
  // Named by its digest: another version of the product in the same folder has a filter of its own.
  const filter = join(path, `filter-${hash('sha256', bytes).slice(0, STAMP_LENGTH)}.bpf`);
  if (!existsSync(filter)) place(filter, (draft) => writeFileSync(draft, bytes, { mode: 0o600 }));
  return filter;
}

function temporaryFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'pwb-sandbox-'));
  process.once('exit', () => rmSync(path, { recursive: true, force: true }));
  return path;
}

function place(path: string, make: (draft: string) => void): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  make(draft);
  try {
    renameSync(draft, path);
  } catch (error) {
    // Another process was faster; its copy is as good as ours.
    rmSync(draft, { recursive: true, force: true });
    if (!['EEXIST', 'ENOTEMPTY'].includes(systemCode(error))) throw error;
  }
}

/** Changes when the machine's own files change (a new alternative, a new certificate, another time zone). */
function etcStamp(): string {
  const lines = [JSON.stringify([VERSION, OWN])];
  for (const name of takenNames()) {
    const stat = lstatSync(join(ETC, name), { throwIfNoEntry: false });
    if (stat !== undefined) lines.push(`${name}\0${stat.mtimeMs}\0${stat.size}\0${stat.mode}`);
  }
  return hash('sha256', lines.join('\n')).slice(0, STAMP_LENGTH);
}

function takenNames(): readonly string[] {
  const present = readdirSync(ETC);
  return TAKEN.flatMap((name) => {
    if (name.endsWith('*')) return present.filter((one) => one.startsWith(name.slice(0, -1))).toSorted();
    return present.includes(name.split('/')[0] ?? '') ? [name] : [];
  });
}

function fillEtc(draft: string): void {
  const budget = { files: MOST_FILES, bytes: MOST_BYTES };
  mkdirSync(draft, { recursive: true, mode: 0o755 });
  for (const name of takenNames()) {
    mkdirSync(join(draft, name, '..'), { recursive: true, mode: 0o755 });
    copyOpen(join(ETC, name), join(draft, name), budget);
  }
  for (const [name, text] of Object.entries(OWN)) writeFileSync(join(draft, name), text, { mode: 0o644 });
  if (!existsSync(join(draft, 'mtab'))) symlinkSync('/proc/mounts', join(draft, 'mtab'));
}

/** Copies folders, links as they are, and files that everybody may read; leaves out the rest. */
function copyOpen(from: string, to: string, budget: { files: number; bytes: number }): void {
  const stat = lstatSync(from, { throwIfNoEntry: false });
  if (stat === undefined || budget.files-- <= 0) return;
  try {
    if (stat.isSymbolicLink()) symlinkSync(readlinkSync(from), to);
    else if (stat.isDirectory() && (stat.mode & 0o005) === 0o005) {
      mkdirSync(to, { mode: 0o755 });
      for (const name of readdirSync(from)) copyOpen(join(from, name), join(to, name), budget);
    } else if (stat.isFile() && (stat.mode & 0o004) !== 0 && (budget.bytes -= stat.size) > 0) copyFileSync(from, to);
  } catch (error) {
    // A file that vanished or can't be read is simply not there for a run.
    if (!['ENOENT', 'EACCES', 'EPERM'].includes(systemCode(error))) throw error;
  }
}
