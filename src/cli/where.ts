// Which workspace a command works in: the named one, else the registered one around the current folder, else
// the current folder itself, registered on the spot and said so.
import { mkdirSync, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addWorkspace, findWorkspace, practiceRoot, type Workspace } from '../loop/workspaces.ts';
import { Fault } from '../model/fault.ts';
import type { Workbench } from '../loop/workbench.ts';
import type { Context } from './command.ts';

export async function findWorkspaceFor(context: Context, bench: Workbench, named: string | undefined, practice: boolean): Promise<Workspace> {
  if (named !== undefined) return register(context, bench, named);
  if (practice) return practiceWorkspace(bench);
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

/** The practice task's own folder, laid anew each time, apart from the person's work. */
export async function practiceWorkspace(bench: Workbench): Promise<Workspace> {
  const root = practiceRoot(bench.home);
  if (!existsSync(root)) mkdirSync(root, { recursive: true, mode: 0o700 });
  const { practiceFiles } = await import('../providers/practice.ts');
  for (const { path, content } of practiceFiles()) writeFileSync(join(root, path), content, { mode: 0o600 });
  return addWorkspace(bench.log, bench.home, root, 'cli');
}
