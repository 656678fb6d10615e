// Workspaces: the folders that actions may reach. A person registers them; whole homes, system folders and
// anything that holds or lies in the workbench's own state are refused.
import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { resolve, sep } from 'node:path';
import type { Log } from '../audit/log.ts';
import { canonicalBytes } from '../model/canonical.ts';
import type { Door } from '../model/event.ts';
import { Fault, wordsOf } from '../model/fault.ts';
import { newId, type Id } from '../model/id.ts';
import type { Home } from '../storage/home.ts';

export interface Workspace {
  readonly id: Id;
  /** Absolute, links resolved. */
  readonly root: string;
  /** Milliseconds since 1970. */
  readonly added: number;
}

export function listWorkspaces(log: Log): Workspace[] {
  return log.store.db.prepare('SELECT id, root, added FROM workspaces ORDER BY root').all() as unknown as Workspace[];
}

/** Asked for every action, so that removing a workspace closes it to what waits and to sessions that go on. */
export function isRegistered(log: Log, id: Id, root: string): boolean {
  return log.store.db.prepare('SELECT 1 FROM workspaces WHERE id = ? AND root = ?').get(id, root) !== undefined;
}

/** Register a folder, or find it registered. Throws `workspace.*` with the reason and a next step. */
export async function addWorkspace(log: Log, home: Home, folder: string, door: Door): Promise<Workspace> {
  const root = checkRoot(home, folder);
  const find = (): Workspace | undefined => listWorkspaces(log).find((workspace) => workspace.root === root);
  const known = find();
  if (known !== undefined) return known;
  return log.commit((tx) => {
    // Two calls in a new folder may come at once.
    const other = find();
    if (other !== undefined) return other;
    const workspace: Workspace = { id: newId(), root, added: tx.now };
    tx.append({ type: 'workspace.added', workspace: workspace.id, door }, { detail: canonicalBytes({ root }) });
    tx.db.prepare('INSERT INTO workspaces (id, root, added) VALUES (?, ?, ?)').run(workspace.id, root, workspace.added);
    return workspace;
  });
}

/** Forget a folder, named by path or id. The folder itself isn't touched. */
export async function removeWorkspace(log: Log, which: string, door: Door): Promise<Workspace> {
  const found = listWorkspaces(log).find(({ id, root }) => id === which || root === resolve(which) || root === real(which));
  if (found === undefined) throw new Fault('workspace.unknown', `${which} is not a registered workspace`, 'see `pwb workspace list`');
  return log.commit((tx) => {
    tx.append({ type: 'workspace.removed', workspace: found.id, door }, { detail: canonicalBytes({ root: found.root }) });
    tx.db.prepare('DELETE FROM workspaces WHERE id = ?').run(found.id);
    return found;
  });
}

/** The registered workspace that a folder lies in, the innermost one. */
export function findWorkspace(log: Log, folder: string): Workspace | undefined {
  const path = real(folder) ?? resolve(folder);
  return listWorkspaces(log)
    .filter(({ root }) => isWithin(root, path))
    .toSorted((a, b) => b.root.length - a.root.length)[0];
}

/** At use: the folder is still there, and still a folder and not a link. */
export function checkPresent({ root }: { readonly root: string }): void {
  if (real(root) !== root) throw new Fault('workspace.gone', `the workspace ${root} is gone, or something else stands in its place`, 'put it back, or `pwb workspace remove` it');
}

/** In words; null when it can be one. */
export function whyNoWorkspace(home: Home, folder: string): string | null {
  try {
    checkRoot(home, folder);
    return null;
  } catch (error) {
    return wordsOf(error);
  }
}

function checkRoot(home: Home, folder: string): string {
  let root: string;
  try {
    root = realpathSync(folder);
    if (!statSync(root).isDirectory()) throw new Error('it is not a folder');
  } catch (error) {
    throw new Fault('workspace.missing', `${folder} can't be a workspace: ${wordsOf(error)}`, 'name an existing folder', { cause: error });
  }
  const own = [real(home.state) ?? home.state, real(home.config) ?? home.config];
  // The practice workspace is the house's own gift and lies beside the state, not in what is closed.
  if (root === practiceRoot(home)) return root;
  if (own.some((folder_) => isWithin(folder_, root) || isWithin(root, folder_))) {
    throw new Fault('workspace.state', `${root} holds, or lies in, the workbench's own state`, 'choose a folder apart from it');
  }
  if (isTooWide(root)) throw new Fault('workspace.wide', `${root} is too wide to be a workspace: it would open everything below it`, 'choose the folder of one project');
  return root;
}

/** Where the practice task's files live. */
export function practiceRoot(home: Home): string {
  return resolve(real(home.state) ?? home.state, 'practice');
}

function isTooWide(root: string): boolean {
  const home = real(homedir()) ?? homedir();
  const system = ['/', '/bin', '/boot', '/dev', '/etc', '/home', '/lib', '/opt', '/proc', '/root', '/run', '/sbin', '/srv', '/sys', '/tmp', '/usr', '/var', '/Users', '/Applications', '/Library', '/System', '/private'];
  return root === home || isWithin(root, home) || system.includes(root) || ['/proc', '/sys', '/dev', '/etc', '/boot'].some((folder) => isWithin(folder, root));
}

/** Is `path` the folder `root` or below it? Both absolute. */
export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function real(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
