// Packs and unpacks what the hands keep in the state folder: what waits for its landing, drafts, pre-images. Layers hold
// what only tar(1) can write down (marks of the overlay, devices that stand for what is gone, folders that nobody may
// read). An archive that comes back is judged entry by entry before tar sees any of it.
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { once } from 'node:events';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { judgeWork } from './backup-work-judge.ts';
import { withDraftLock } from './draft-lock.ts';
import { namesIn } from './names-in.ts';
import { findProgram } from './overlay-mount.ts';
import { LAYER, placesIn, type StatePlaces } from './places.ts';

const KEEPS = ['kept', 'drafts', 'undo'];
/** What a draft makes anew, and what only counts while somebody works in it. */
const NOT_KEPT = ['drafts/*/merged-*', 'drafts/*/merging-*', 'drafts/*/trash', 'drafts/*/lock', 'drafts/*/taking-*'];
const MOST_WORDS = 2000;

/** @param waits is this action's kept view of use to somebody? Null when there is nothing to pack. Throws `backup.work`, `backup.program`. */
export function packWork(places: StatePlaces, state: string, waits: (action: Id) => boolean): AsyncIterable<Uint8Array> | null {
  const kept = namesIn(places.kept).filter((name) => !name.endsWith(LAYER) && waits(name)).map((name) => `${basename(places.kept)}/${name}`);
  const drafts = namesIn(places.drafts).filter((name) => namesIn(join(places.drafts, name, 'layers')).length > 0);
  const undo = namesIn(places.undo).map((name) => `${basename(places.undo)}/${name}`);
  const names = [...kept, ...drafts.map((name) => `${basename(places.drafts)}/${name}`), ...undo];
  return names.length === 0 ? null : pack(state, names, drafts.map((name) => join(places.drafts, name)));
}

/** INVARIANT: nobody changes a draft while it is packed, so that no layer of it comes in part. */
async function* pack(state: string, names: readonly string[], drafts: readonly string[]): AsyncGenerator<Uint8Array> {
  const release = await lockAll(drafts);
  try {
    const words = ['-c', '-f', '-', '--format=posix', '--xattrs', '--xattrs-include=user.*', '--acls', '--numeric-owner', '--null', '--verbatim-files-from', '--anchored', '--wildcards', '--no-wildcards-match-slash', ...NOT_KEPT.map((one) => `--exclude=${one}`), '-T', '-'];
    const child = await startTar(words, state);
    const ended = endOf(child);
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${names.join('\0')}\0`);
    try {
      for await (const part of child.stdout ?? []) if (part instanceof Uint8Array) yield part;
      const { code, said } = await ended;
      // 1: something went or changed while it was read. What is judged when it lands will tell; a draft is locked.
      if (code !== 0 && code !== 1) throw new Fault('backup.work', `what drafts and undo hold can't be packed: ${said}`, 'look at the state folder, then try again');
    } finally {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    }
  } finally {
    release();
  }
}

/** @param into a private folder. Takes all of the archive. Throws `backup.foreign` for what has no place there, `backup.work`. */
export async function unpackWork(archive: AsyncIterable<Uint8Array>, into: string): Promise<void> {
  // Their own folders aren't in it, and tar would make them as open as any.
  for (const name of Object.values(placesIn(into)).filter((place) => KEEPS.includes(basename(place)))) mkdirSync(name, { recursive: true, mode: 0o700 });
  const owner = process.getuid?.() === 0 ? [] : ['--no-same-owner'];
  const child = await startTar(['-x', '-f', '-', '--xattrs', '--xattrs-include=user.*', '--acls', '--same-permissions', '--numeric-owner', '--delay-directory-restore', ...owner], into);
  const ended = endOf(child);
  const { stdin } = child;
  if (stdin === null) throw new Fault('backup.work', 'tar takes no input');
  stdin.on('error', () => undefined);
  try {
    for await (const part of judgeWork(archive)) {
      // What it doesn't want any more is judged all the same, and its end says what was wrong.
      if (stdin.writable && !stdin.write(part)) await Promise.race([once(stdin, 'drain'), ended]).catch(() => undefined);
    }
    stdin.end();
    const { code, said } = await ended;
    if (code !== 0 && said.includes('No space left')) throw new Fault('storage.full', `${into}: the disk is full`, 'free some space, then try again; nothing that was acknowledged is lost');
    if (code !== 0) throw new Fault('backup.work', `what drafts and undo held can't be unpacked: ${said}`, 'check the free space, then try again');
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
    await ended;
  }
}

/** In a name space of our own, where folders that their owner may not read can be read all the same; where there is none, without. */
async function startTar(words: readonly string[], cwd: string): Promise<ChildProcess> {
  const tar = programNamed('tar');
  const inner = process.getuid?.() !== 0 && (await canUnshare()) ? [programNamed('unshare'), '-U', '-r', '--'] : [];
  const [program = tar, ...rest] = [...inner, tar, ...words];
  return spawn(program, rest, { cwd, stdio: ['pipe', 'pipe', 'pipe'], env: { LC_ALL: 'C' } });
}

function canUnshare(): Promise<boolean> {
  return new Promise((resolve) => {
    if (!existsSync('/proc/self/ns/user')) return resolve(false);
    const child = spawn(programNamed('unshare'), ['-U', '-r', '--', '/bin/true'], { stdio: 'ignore', env: {} });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

function programNamed(name: string): string {
  try {
    return findProgram(name);
  } catch (error) {
    throw new Fault('backup.program', `${name} is not installed, and drafts and undo can't be packed without it`, `install it: sudo apt-get install ${name === 'tar' ? 'tar' : 'util-linux'}`, { cause: error });
  }
}

function endOf(child: ChildProcess): Promise<{ readonly code: number; readonly said: string }> {
  return new Promise((resolve) => {
    let said = '';
    child.stderr?.on('data', (part: Buffer) => (said = (said + part.toString('utf8')).slice(0, MOST_WORDS)));
    child.once('error', (error) => resolve({ code: 2, said: error.message }));
    child.once('close', (code) => resolve({ code: code ?? 2, said: said.trim().split('\n').slice(0, 3).join('; ') }));
  });
}

/** One after the other, in one order, so that two who do this don't wait for each other. */
async function lockAll(folders: readonly string[]): Promise<() => void> {
  const releases: (() => void)[] = [];
  const release = (): void => releases.forEach((one) => one());
  try {
    for (const folder of folders.toSorted()) await new Promise<void>((locked, refused) => {
      withDraftLock(folder, () => new Promise<void>((resolve) => {
        releases.push(resolve);
        locked();
      })).catch(refused);
    });
    return release;
  } catch (error) {
    release();
    throw error;
  }
}
