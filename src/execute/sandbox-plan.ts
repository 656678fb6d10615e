// From a wish to run something to the exact bubblewrap command, looked up on the file system and nowhere else.
// What isn't named here isn't visible to a run. It refuses roots and folders that would open the machine.
import { existsSync, lstatSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, isAbsolute, join } from 'node:path';
import { Fault, systemCode } from '../model/fault.ts';
import { SANDBOX_USER } from './containment-folder.ts';
import { ISOLATION } from './containment-probe.ts';
import type { Containment } from './containment.ts';
import { findInLayers } from './hidden-layers.ts';
import { findHidden, findMarks, foundOf, isWithin, type Found } from './hidden-walk.ts';
import type { OutsideRule } from './outside.ts';
import { seenOf } from './sandbox-clean.ts';
import { repositoryMounts } from './sandbox-git.ts';
import { innerCommand, sandboxEnvironment } from './sandbox-inner.ts';
import { sightOf, type Sight } from './sandbox-sight.ts';
import { FILTER_FD, STATUS_FD, type Mount, type Plan, type SandboxSpec } from './sandbox-spec.ts';

/** Parts of the system that are the same for all its users; links are made again as links. */
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32', '/nix/store'];
/** A workspace can't be one of these nor lie in one. */
const FORBIDDEN_WITHIN = ['/proc', '/sys', '/dev', '/etc', '/boot', '/bin', '/sbin', '/lib', '/lib64'];
const FORBIDDEN = ['/', '/usr', '/usr/bin', '/usr/lib', '/usr/sbin', '/var', '/run', '/nix', '/nix/store'];
const ALLOWED_WITHIN = ['/dev/shm'];
const OTHER_HOME = '/sandbox-home';
const SHM_BYTES = 256 * 1024 * 1024;
const EMPTY_FOLDER_BYTES = 65_536;
/** Each mount makes bubblewrap slower than the one before. */
const MOST_MASKS = 2_000;
/** How far a toolchain is searched for credentials: they lie at its top. */
const TOOLCHAIN_DEPTH = 2;
/** A plan is looked over again when it has waited longer than this, as for a person's answer. Milliseconds. */
const FRESH = 500;
const made = new WeakMap<Plan, number>();
let systemMounts: readonly string[] | undefined;

/**
 * @returns what runSandboxed will start, for the log before the start.
 * @throws `sandbox.none` without a sandbox, `sandbox.root`, `sandbox.cwd`, `sandbox.argv`, `sandbox.toolchain`,
 * `sandbox.environment`, `sandbox.too-many-hidden` when it can't be run as asked.
 */
export async function planSandbox(spec: SandboxSpec, containment: Containment): Promise<Plan> {
  if (containment.bwrap === undefined || containment.folder === undefined) {
    throw new Fault('sandbox.none', `there is no sandbox: ${containment.why}`, containment.checks.find((check) => check.fix !== undefined)?.fix);
  }
  const root = checkRoot(spec);
  const sight = sightOf(root, spec.seen);
  const cwd = checkCwd(root, spec.cwd, sight);
  const seen = await searchOf(sight, spec.hide, spec.outside?.rule ?? null).catch((error: unknown) => {
    throw new Fault('sandbox.root', `${root} can't be read (${systemCode(error)})`, 'Check that the workspace is still there and yours.', { cause: error });
  });
  const found = foundInside(seen, sight);
  const outside = seenOf(spec, sight, found.outside, found.unknown);
  const home = isWithin(SANDBOX_USER.home, root) ? OTHER_HOME : SANDBOX_USER.home;
  const toolchains = spec.toolchains.flatMap((folder) => toolchainPlaces(folder, spec, root));
  const visible: Mount[] = [
    { path: root, args: [spec.access === 'write' ? '--bind' : '--ro-bind', root, root] },
    ...toolchains.map((path) => ({ path, args: ['--ro-bind', path, path] })),
    ...(spec.also ?? []).map(({ host, inside }) => ({ path: inside, args: ['--ro-bind', realOf(host, 'sandbox.toolchain'), inside] })),
  ];
  const never = neverMounts(spec, visible);
  const hidden = [found, { doors: [], ...outside }, ...(await Promise.all(toolchains.map((folder) => findHidden(folder, spec.hide, [folder.split('/').at(-1) ?? ''], TOOLCHAIN_DEPTH))))];
  // A folder that is hidden whole has nothing in it that could be masked.
  const isShown = ({ path }: Mount): boolean => !never.some((mount) => isWithin(path, mount.path)) && !outside.folders.some((folder) => path !== folder && isWithin(path, folder));
  const masks = hidden.flatMap((one) => maskMounts(one, containment.folder?.mask ?? '')).filter(isShown);
  if (masks.length > MOST_MASKS) {
    throw new Fault('sandbox.too-many-hidden', `${masks.length} files in ${root} would have to be hidden, ${MOST_MASKS} is the most`, 'Narrow the list of hidden files in the configuration.');
  }
  const git = spec.access === 'write' ? found.repositories.flatMap((path) => repositoryMounts(path, spec.git ?? 'read', sight.look)).filter(isShown) : [];
  const temporary: Mount[] = [
    { path: '/tmp', args: ['--perms', '1777', '--size', String(spec.limits.disk), '--tmpfs', '/tmp'] },
    { path: home, args: ['--perms', '0700', '--size', String(spec.limits.disk), '--tmpfs', home] },
    { path: '/dev/shm', args: ['--perms', '1777', '--size', String(SHM_BYTES), '--tmpfs', '/dev/shm'] },
  ];
  // INVARIANT: a folder is mounted before what lies in it, and a mask after what it masks.
  const mounts = [...temporary, ...visible, ...git, ...masks, ...never].toSorted((a, b) => depthOf(a.path) - depthOf(b.path));
  const argv = [
    containment.bwrap.path,
    ...ISOLATION,
    '--json-status-fd', String(STATUS_FD),
    ...(containment.filter ? ['--seccomp', String(FILTER_FD)] : []),
    ...(systemMounts ??= systemArguments()),
    '--ro-bind', containment.folder.etc, '/etc',
    '--proc', '/proc', '--dev', '/dev',
    ...mounts.flatMap((mount) => mount.args),
    // Root's own id owns /proc/sys outside; and what isn't a fixed-size tmpfs may not take up memory.
    '--remount-ro', '/proc', '--remount-ro', '/dev', '--remount-ro', '/',
    '--chdir', cwd,
    '--', ...innerCommand(spec),
  ];
  const relative = masks.map((mask) => (isWithin(mask.path, root) ? mask.path.slice(root.length + 1) : mask.path));
  const plan: Plan = { argv, environment: Object.keys(sandboxEnvironment(spec, home)).toSorted(), hidden: relative.toSorted(), unsearched: found.unsearched, seen: outside.label, names: outside.names, home };
  made.set(plan, performance.now());
  return plan;
}

/**
 * Looks again, at use, at what the plan rests on. What was logged is what runs, so a change isn't followed but refused.
 * @throws `sandbox.drifted`, and what planSandbox throws.
 */
export async function checkPlan(spec: SandboxSpec, plan: Plan, containment: Containment): Promise<void> {
  checkRoot(spec);
  if (performance.now() - (made.get(plan) ?? -Infinity) < FRESH) return;
  const now = await planSandbox(spec, containment);
  if (now.argv.join('\0') === plan.argv.join('\0')) return;
  const changed = [...now.hidden.filter((path) => !plan.hidden.includes(path)), ...plan.hidden.filter((path) => !now.hidden.includes(path))];
  const what = changed.length === 0 ? '' : `: ${changed.slice(0, 3).join(', ')}`;
  throw new Fault('sandbox.drifted', `what has to be hidden or protected in ${spec.root} changed since this run was proposed${what}`, 'Propose it again.');
}

function checkRoot(spec: SandboxSpec): string {
  const { root } = spec;
  const hint = 'Register a folder of your own with: pwb workspace add DIR';
  if (!isAbsolute(root) || root.includes('\0')) throw new Fault('sandbox.root', 'the workspace has no absolute path', hint);
  // A root that became a link since it was registered leads somewhere that nobody agreed to.
  if (realOf(root, 'sandbox.root') !== root) throw new Fault('sandbox.root', `${root} is reached through a link now`, 'Register the folder that it leads to.');
  if (!statSync(root).isDirectory()) throw new Fault('sandbox.root', `${root} is not a folder`, hint);
  const inForbidden = FORBIDDEN_WITHIN.some((folder) => isWithin(root, folder)) && !ALLOWED_WITHIN.some((folder) => root !== folder && isWithin(root, folder));
  if (FORBIDDEN.includes(root) || inForbidden) throw new Fault('sandbox.root', `${root} belongs to the system and can't be a workspace`, hint);
  if (spec.never.some((path) => realIfThere(path) === root)) throw new Fault('sandbox.root', `${root} holds the workbench's own state and can't be a workspace`, hint);
  return root;
}

function checkCwd(root: string, relative: string, sight: Sight): string {
  const cwd = relative === '.' || relative === '' ? root : join(root, relative);
  const fault = (words: string): Fault => new Fault('sandbox.cwd', `the folder ${relative} ${words}`, 'Use "." for the workspace itself, or a folder that exists in it.');
  if (relative.includes('\0') || !isWithin(cwd, root)) throw fault('is outside the workspace');
  const real = sight.resolve(sight.look(cwd));
  if (real === '') throw fault('does not exist in the workspace');
  const inside = sight.inside(real);
  if (!isWithin(inside, root)) throw fault('leads outside the workspace');
  if (!statSync(real).isDirectory()) throw fault('is not a folder');
  return inside;
}

async function searchOf(sight: Sight, globs: readonly string[], outside: OutsideRule | null): Promise<Found> {
  if (sight.layers !== undefined) return findInLayers(sight, sight.layers, globs, outside);
  const { met, unsearched, unknown } = await findMarks(sight.at, globs, [], undefined, undefined, outside);
  return { ...(await foundOf(met, sight.at, async (path) => sight.resolve(path))), unsearched, unknown };
}

/** What was found in a view, as paths of the run. */
function foundInside({ files, folders, doors, repositories, outside, unsearched, unknown }: Found, { inside }: Sight): Found {
  return { files: files.map(inside), folders: folders.map(inside), doors: doors.map(inside), repositories: repositories.map(inside), outside: outside.map(inside), unsearched, unknown };
}

/** Where a toolchain is seen: under the name it was given by, and under the one that its own links may use. */
function toolchainPlaces(folder: string, spec: SandboxSpec, root: string): readonly string[] {
  const real = isAbsolute(folder) ? realOf(folder, 'sandbox.toolchain') : '';
  const state = spec.never.map(realIfThere);
  const opens = real === '' || FORBIDDEN.includes(real) || [root, homedir(), ...state].some((kept) => isWithin(kept, real)) || state.some((kept) => isWithin(real, kept));
  if (opens) throw new Fault('sandbox.toolchain', `${folder} can't be mounted as a toolchain: it is too much, or not an absolute path`, 'Name the folder of one toolchain, such as ~/.nvm/versions/node/v24.1.0, in the configuration.');
  return [...new Set([folder.replace(/\/+$/, ''), real])];
}

function neverMounts(spec: SandboxSpec, visible: readonly Mount[]): readonly Mount[] {
  return spec.never.flatMap((path) => {
    const real = realIfThere(path);
    if (!visible.some((mount) => isWithin(real, mount.path))) return [];
    // Not there yet: a read-only run can't make it; for one that writes, the empty folder takes its place now.
    if (!existsSync(real) && spec.access === 'read') return [];
    return [emptyFolder(real)];
  });
}

function maskMounts(found: Pick<Found, 'files' | 'folders' | 'doors'>, mask: string): readonly Mount[] {
  return [...found.folders.map(emptyFolder), ...[...found.files, ...found.doors].map((path) => ({ path, args: ['--ro-bind', mask, path] }))];
}

function emptyFolder(path: string): Mount {
  return { path, args: ['--perms', '0500', '--size', String(EMPTY_FOLDER_BYTES), '--tmpfs', path] };
}

function systemArguments(): readonly string[] {
  return SYSTEM.flatMap((path) => {
    const stat = lstatSync(path, { throwIfNoEntry: false });
    if (stat === undefined) return [];
    return stat.isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
  });
}

function depthOf(path: string): number {
  return path.split('/').length;
}

function realOf(path: string, code: 'sandbox.root' | 'sandbox.toolchain'): string {
  try {
    return realpathSync(path);
  } catch (error) {
    throw new Fault(code, `${path} is not there (${systemCode(error)})`, 'Check the path, or remove it from the configuration.', { cause: error });
  }
}

/** Links resolved as far as the path exists. */
function realIfThere(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realIfThere(parent), path.slice(parent === '/' ? 1 : parent.length + 1));
  }
}
