// Access lists and attributes on their way to what is staged: those of the file that is replaced, or of a new one as it
// was tried. Never capabilities. Refuses where a list can't be kept; a mode alone would give a group what its mask said.
import { spawn } from 'node:child_process';
import { chmodSync, chownSync, closeSync, lstatSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { nameOf } from '../model/path.ts';
import { Root } from './beneath.ts';
import { openPlain, wasOf } from './commit-content.ts';
import { Parents } from './commit-parents.ts';
import type { Stage } from './commit-stage.ts';
import type { Syncs } from './commit-sync.ts';
import { attributesOf, NO_ATTRIBUTES, type Attributes } from './effects-attributes.ts';
import { Refused, shown } from './files-refused.ts';
import type { Move } from './journal.ts';
import { findProgram } from './overlay-mount.ts';

/** Bytes. Larger ones are given theirs unasked: tar(1) would read them whole to tell. */
const LARGE = 1 << 20;
/** Descriptors that one cp(1) is handed. */
const AT_ONCE = 64;
const GROUP_RIGHTS = 0o070;
/** What a user can set; the rest is the system's or root's. */
const THEIRS = /^user\./;

type Known = ReadonlyMap<string, Attributes> | null;

/**
 * @param moves staged, and not yet decided. @param source where new ones come from; null in an undo.
 * @returns them as they are then. Durable once `syncs` is done. @throws Refused `denied`; the signal's reason.
 */
export async function carryAttributes(root: Root, moves: readonly Move[], source: string | null, stage: Stage, syncs: Syncs, signal?: AbortSignal): Promise<readonly Move[]> {
  const staged = moves.filter((move) => isStagedFile(move, stage));
  const replaced = staged.filter(({ base }) => base.type === 'file');
  const made = source === null ? [] : moves.filter(({ base, wanted, fresh }) => fresh !== null && ((wanted.type === 'file' && base.type !== 'file') || (wanted.type === 'folder' && base.type !== 'folder')));
  const lost = moves.filter(({ base, wanted, kept }) => wanted.type === 'none' && (base.type === 'folder' || kept === 'copied'));
  if (replaced.length + made.length + lost.length === 0 || root.top.keeper.means !== 'descriptors') return moves;
  const asked = [...replaced.filter((move) => !isLarge(move)), ...lost].map(({ path }) => path);
  const [bases, news, own] = await Promise.all([
    attributesOf(root.top.realPath(), asked, signal),
    source === null ? null : attributesOf(source, made.map(({ path }) => path), signal),
    attributesOf(stage.folder.realPath(), ['.'], signal),
  ]);
  // Nothing can be known here; the effects said so.
  if (bases === null) return moves;
  // What is staged where a list is handed on has that one by now.
  const inherits = own?.get('.')?.handedOn !== '' && own !== null;
  const fromBase = replaced.filter((move) => inherits || isLarge(move) || has(bases, move.path));
  const fromSource = made.filter(({ path, wanted }) => wanted.type === 'file' && has(news, path));
  const whole = await give(root, fromBase, stage);
  if (fromSource.length > 0 && source !== null) {
    const top = new Root({ root: source });
    try {
      await give(top, fromSource, stage);
    } finally {
      top.close();
    }
  }
  const folders = made.filter(({ path, wanted }) => wanted.type === 'folder' && (news?.get(path)?.access ?? '') !== '');
  const given = [...fromBase, ...fromSource];
  const doubtful = whole ? [] : fromBase.filter(isLarge);
  const large = await attributesOf(root.top.realPath(), doubtful.map(({ path }) => path), signal);
  const sure = new Set(whole ? fromBase.filter(isLarge) : []);
  const kept = await attributesOf(stage.folder.realPath(), [...given.filter((move) => !sure.has(move)), ...folders].map((move) => move.staged), signal);
  for (const move of given) if (!sure.has(move)) refuseOther(move, (move.base.type === 'file' ? (bases.get(move.path) ?? large?.get(move.path)) : news?.get(move.path)), kept?.get(move.staged));
  const settled = new Map<string, Move>(given.map((move) => [move.path, settle(move, stage, syncs)]));
  for (const move of folders) if (kept?.get(move.staged)?.access !== news?.get(move.path)?.access && move.fresh !== null) settled.set(move.path, { ...move, fresh: { ...move.fresh, mode: move.fresh.mode & ~GROUP_RIGHTS } });
  // An undo makes these anew, without the list that their mode was the mask of.
  for (const move of lost) if ((bases.get(move.path)?.access ?? '') !== '' && move.was !== null) settled.set(move.path, { ...move, was: { ...move.was, mode: move.was.mode & ~GROUP_RIGHTS } });
  return settled.size === 0 ? moves : moves.map((move) => settled.get(move.path) ?? move);
}

function isLarge({ base, was }: Move): boolean {
  return base.type === 'file' && was !== null && Number(was.size) > LARGE;
}

/** A second name of a file that is kept for undo has all that it had. */
function isStagedFile({ wanted, inPlace, fresh, staged }: Move, stage: Stage): boolean {
  return wanted.type === 'file' && !inPlace && fresh !== null && lstatSync(stage.folder.at(staged)).nlink === 1;
}

function has(known: Known, path: string): boolean {
  const attributes = known?.get(path) ?? NO_ATTRIBUTES;
  return attributes.access !== '' || attributes.rest !== '';
}

/** Each one's mode, list and attributes, by descriptors: no name is looked up twice. False when something may be missing. */
async function give(from: Root, moves: readonly Move[], stage: Stage): Promise<boolean> {
  let whole = true;
  for (let at = 0; at < moves.length; at += AT_ONCE) whole = (await giveSome(from, moves.slice(at, at + AT_ONCE), stage)) && whole;
  return whole;
}

async function giveSome(from: Root, moves: readonly Move[], stage: Stage): Promise<boolean> {
  const parents = new Parents(from);
  const fds: number[] = [];
  const links = stage.folder.at('attributes');
  mkdirSync(links, 0o700);
  try {
    for (const { path, staged } of moves) {
      const open = openReadable(parents, path);
      if (open === null) continue;
      fds.push(open.fd);
      // cp(1) names what it writes after what it reads, which is a number from 3 on.
      symlinkSync(`../${staged}`, `${links}/${fds.length + 2}`);
    }
    return (fds.length === 0 || (await copyAttributes(stage, fds))) && fds.length === moves.length;
  } finally {
    for (const fd of fds) closeSync(fd);
    parents.close();
    rmSync(links, { recursive: true });
  }
}

function openReadable(parents: Parents, path: string): ReturnType<typeof openPlain> {
  const folder = parents.of(path);
  try {
    return folder === null ? null : openPlain(folder.at(nameOf(path)));
  } catch {
    // Closed to us: what is expected of it is compared afterwards.
    return null;
  }
}

/** False also when only root's own attributes couldn't be set, which is no failure: what came of it is looked at then. */
function copyAttributes(stage: Stage, fds: readonly number[]): Promise<boolean> {
  const words = ['-L', '--attributes-only', '--preserve=mode,xattr', '-t', '/proc/self/fd/0/attributes', '--', ...fds.map((_, i) => `/proc/self/fd/${i + 3}`)];
  return new Promise((resolve) => {
    const child = spawn(findProgram('cp'), words, { stdio: [stage.folder.fd, 'ignore', 'ignore', ...fds], env: { LC_ALL: 'C' }, cwd: '/' });
    child.once('error', () => resolve(false));
    child.once('close', (code) => resolve(code === 0));
  });
}

function refuseOther({ path }: Move, wanted: Attributes | undefined, now: Attributes | undefined): void {
  if (wanted === undefined) return;
  if (now?.access !== wanted.access) throw new Refused('denied', `the access list of ${shown(path)} can't be kept here: without it its permissions would mean something else. Nothing was changed.`);
  if (theirs(now) !== theirs(wanted)) throw new Refused('denied', `the extended attributes of ${shown(path)} can't be kept here. Nothing was changed.`);
}

function theirs({ rest }: Attributes): string {
  return rest.split('\n').filter((one) => THEIRS.test(one)).join('\n');
}

function settle(move: Move, stage: Stage, syncs: Syncs): Move {
  const { fresh, staged } = move;
  const at = stage.folder.at(staged);
  if (fresh === null) return move;
  // Ours alone, in a folder that is closed to others. A change of owner, also to none, takes capabilities away.
  chownSync(at, -1, -1);
  // Where there is a list this sets its mask.
  chmodSync(at, fresh.mode);
  syncs.addReadable(at, at);
  return { ...move, fresh: wasOf(lstatSync(at, { bigint: true }), null) ?? fresh };
}
