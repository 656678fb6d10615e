// Which workspace a command works in: the named one, else the registered one around the current folder, else
// the current folder itself, registered on the spot and said so.
import { practiceWorkspace } from '../loop/first-run.ts';
import { addWorkspace, findWorkspace, type Workspace } from '../loop/workspaces.ts';
import { Fault } from '../model/fault.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Context } from './command.ts';

export async function findWorkspaceFor(context: Context, bench: Workbench, named: string | undefined, practice: boolean): Promise<Workspace> {
  if (named !== undefined) return register(context, bench, named);
  if (practice) return practiceWorkspace(bench, 'cli');
  return findWorkspace(bench.log, currentFolder()) ?? (await register(context, bench, currentFolder()));
}

/** Throws `workspace.missing` where the shell stands in a folder that was removed. */
export function currentFolder(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw new Fault('workspace.missing', 'the current folder was removed', 'go to another one (cd), or name one with --workspace', { cause: error });
  }
}

async function register(context: Context, bench: Workbench, folder: string): Promise<Workspace> {
  const before = findWorkspace(bench.log, folder);
  const workspace = await addWorkspace(bench.log, bench.home, folder, 'cli');
  if (before?.root !== workspace.root) context.out.note(`Workspace added: ${workspace.root} (undo: pwb workspace remove ${workspace.id})`);
  return workspace;
}
