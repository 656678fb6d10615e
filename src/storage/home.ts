// Where the product keeps its own things: one folder for configuration, one for state. Refuses a folder that
// anybody else could read, change or swap, because the log, the key and credentials live there.
import { accessSync, chmodSync, constants, lstatSync, mkdirSync, realpathSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { Fault, systemCode, wordsOf } from '../model/fault.ts';

/** Both absolute. */
export interface Home {
  readonly config: string;
  readonly state: string;
}

const NAME = 'proworkbench';

/** `PWB_HOME` is both folders; else those of the XDG Base Directory specification (relative ones are ignored, as it says). */
export function findHome(env: NodeJS.ProcessEnv): Home {
  const own = env['PWB_HOME'];
  if (own !== undefined && own !== '') return { config: resolve(own), state: resolve(own) };
  return {
    config: join(xdgFolder(env, 'XDG_CONFIG_HOME', '.config'), NAME),
    state: join(xdgFolder(env, 'XDG_STATE_HOME', '.local/state'), NAME),
  };
}

/** Makes the folders where missing (0700) and refuses unsafe ones. Throws `storage.home-*` with the exact command to put it right. */
export function openHome(home: Home): Home {
  openFolder(home.state);
  if (home.config !== home.state) openFolder(home.config);
  // Links above them resolved once: workspaces are known by their real paths, and the two are compared.
  return { state: realpathSync(home.state), config: realpathSync(home.config) };
}

/** Refuses a file of ours that is a link, not a plain file, somebody else's, or open to others. Throws `storage.file-*`. */
export function checkPrivateFile(path: string): void {
  const stats = lstatSync(path);
  if (!stats.isFile()) throw new Fault('storage.file-kind', `${path} is not a plain file`, `move it away: mv ${quoted(path)} ${quoted(`${path}.old`)}`);
  checkOwner(path, stats, 'storage.file-owner');
  if (isOpenToOthers(stats)) throw new Fault('storage.file-mode', `${path} can be read or changed by other users`, `run: chmod 600 ${quoted(path)}`);
}

function openFolder(path: string): void {
  const stats = makeFolder(path);
  if (stats.isSymbolicLink()) throw new Fault('storage.home-link', `${path} is a link; the state folder must be a real folder`, `set PWB_HOME to the folder that it points to, or remove the link: rm ${quoted(path)}`);
  if (!stats.isDirectory()) throw new Fault('storage.home-kind', `${path} is not a folder`, `move it away: mv ${quoted(path)} ${quoted(`${path}.old`)}`);
  checkOwner(path, stats, 'storage.home-owner');
  if (isOpenToOthers(stats)) throw new Fault('storage.home-mode', `${path} is open to other users`, `run: chmod 700 ${quoted(path)}`);
  try {
    accessSync(path, constants.W_OK | constants.X_OK);
  } catch (error) {
    const hint = systemCode(error) === 'EROFS' ? 'remount it for writing, or set PWB_HOME to another folder' : `run: chmod 700 ${quoted(path)}`;
    throw new Fault('storage.home-read-only', `${path} can't be written: ${wordsOf(error)}`, hint, { cause: error });
  }
}

function makeFolder(path: string): Stats {
  try {
    mkdirSync(dirname(path), { recursive: true });
    mkdirSync(path, { mode: 0o700 });
    chmodSync(path, 0o700); // An odd umask must not leave us without a bit that we need.
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw new Fault('storage.home-make', `${path} can't be made: ${wordsOf(error)}`, 'make it possible, or set PWB_HOME to another folder', { cause: error });
  }
  try {
    return lstatSync(path);
  } catch (error) {
    throw new Fault('storage.home-make', `${path} can't be reached: ${wordsOf(error)}`, 'set PWB_HOME to another folder', { cause: error });
  }
}

function checkOwner(path: string, stats: Stats, code: 'storage.home-owner' | 'storage.file-owner'): void {
  const uid = process.getuid?.();
  if (uid === undefined || stats.uid === uid) return;
  const hint = uid === 0 ? 'run this as that user, not as root' : `run: sudo chown -R "$(id -u):$(id -g)" ${quoted(path)}`;
  throw new Fault(code, `${path} belongs to another user (uid ${stats.uid}, we are ${uid})`, hint);
}

function isOpenToOthers(stats: Stats): boolean {
  return process.platform !== 'win32' && (stats.mode & 0o077) !== 0;
}

function xdgFolder(env: NodeJS.ProcessEnv, name: string, fallback: string): string {
  const set = env[name];
  if (set !== undefined && isAbsolute(set)) return set;
  const user = env['HOME'];
  return join(user !== undefined && isAbsolute(user) ? user : homedir(), fallback);
}

/** For a POSIX shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
