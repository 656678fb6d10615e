// What doors can do with drafts and landings: look, commit by piece, drop, undo, ask who changed a path. Landing and
// undoing are actions on the path like any other; a draft's own pieces are thrown away at once, on record.
import { existsSync } from 'node:fs';
import { findAction, readAction } from '../approvals/actions.ts';
import type { Answerer } from '../approvals/answer.ts';
import { endDraftMarks } from '../approvals/marks.ts';
import { hunkCount } from '../approvals/pieces.ts';
import type { Draft } from '../execute/draft.ts';
import type { Commit, WorkPath } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import type { Door } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { isIdPrefix, newId, type Id } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import { drafts, type Profile } from '../model/profile.ts';
import type { Proposal } from '../model/proposal.ts';
import { visible } from '../model/visible.ts';
import { propose } from './act.ts';
import type { House } from './house.ts';
import { isHeld, readSession, startSession, type SessionRow } from './session.ts';

export interface DraftLine {
  readonly session: Id;
  readonly root: string;
  readonly title: string;
  /** Accepted actions, oldest first. */
  readonly actions: readonly Id[];
}

/** All drafts that hold something, the most recently used session first. */
export function listDrafts(house: House): DraftLine[] {
  const { db } = house.log.store;
  const lines = house.hands.rehearsals.drafts().flatMap(({ session, actions }) => {
    const row = db.prepare('SELECT * FROM sessions WHERE id = ?').get(session) as unknown as SessionRow | undefined;
    return row === undefined ? [] : [{ session, root: row.root, title: titleOf(house, row), actions, used: row.used }];
  });
  return lines.toSorted((a, b) => b.used - a.used).map(({ session, root, title, actions }) => ({ session, root, title, actions }));
}

/** The draft of a session. Throws `session.unknown`, `draft.empty`. */
export function draftLine(house: House, session: Id): DraftLine {
  readSession(house.log.store.db, session);
  const line = listDrafts(house).find((one) => one.session === session);
  if (line === undefined) throw new Fault('draft.empty', `session ${session} has no draft`, 'see which do: pwb draft');
  return line;
}

/** In the profiles draft and sealed, a person's own commands in a workspace pile up in one draft, as those of a session do. @param profile named for this command; else the configured one counts. */
export function draftToJoin(house: House, configured: Profile, root: string, profile: Profile | undefined): Id | undefined {
  const under = profile ?? configured;
  if (!drafts(under)) return undefined;
  return listDrafts(house)
    .map(({ session }) => readSession(house.log.store.db, session))
    .find((row) => row.root === root && row.model === '' && row.state === 'idle' && (row.profile ?? configured) === under)?.id;
}

function titleOf({ log }: House, { title }: SessionRow): string {
  const bytes = title === null ? null : log.read(title);
  return bytes === null ? '' : new TextDecoder().decode(bytes);
}

/** Throws `draft.root` when the workspace is gone. */
export async function openDraftOf(house: House, session: Id): Promise<Draft> {
  const { root } = readSession(house.log.store.db, session);
  checkRoot(root);
  return house.hands.rehearsals.draft(session, root);
}

function checkRoot(root: string): void {
  if (!existsSync(root)) throw new Fault('draft.root', `the workspace ${root} of this draft is gone`, 'put it back where it was, or drop the draft: pwb draft drop --all');
}

/** What a draft, or some paths of it, would do to the workspace as it is now. Throws `draft.path` for one that isn't in it. */
export async function effectsOfDraft(house: House, session: Id, paths: readonly WorkPath[]): Promise<Effects> {
  const { effects } = await (await openDraftOf(house, session)).effects();
  if (paths.length === 0) return effects;
  const { piecesOf } = await import('../execute/draft.ts');
  return piecesOf(effects, paths);
}

/** Is all of this in the draft? For who asks before proposing. @throws `draft.root`, `draft.path`, `draft.hunk`. */
export async function checkPieces(house: House, session: Id, { paths, hunks }: Pick<Commit, 'paths' | 'hunks'>): Promise<void> {
  if (paths.length === 0 && hunks.length === 0) return void (await openDraftOf(house, session));
  const { changes, diffs } = await effectsOfDraft(house, session, [...paths, ...hunks.map(({ path }) => path)]);
  for (const { path, take } of hunks) {
    const named = visible(path);
    const change = changes.find((one) => one.path === path && one.change === 'changed' && one.type === 'file');
    const diff = diffs.find((one) => one.path === path);
    if (change === undefined || diff === undefined) throw new Fault('draft.hunk', `${named} has no hunks: only a file whose content is changed has`, 'name the file whole');
    if (diff.note === 'binary') throw new Fault('draft.hunk', `${named} is no text, so it has no hunks`, 'name the file whole');
    // What had no room among the diffs may have hunks all the same; the hands count them anew.
    if (diff.note !== undefined) continue;
    const count = hunkCount(diff.unified);
    const wrong = take.find((number) => number > count);
    if (wrong !== undefined) throw new Fault('draft.hunk', `${named} has hunks 1 to ${count}, and no hunk ${wrong}`, 'see its diff, or name the file whole');
  }
}

/** A proposal to land a draft, or pieces of it. It has a session of its own: no model waits for its end. Throws `draft.root`. */
export function proposeCommit(house: House, draft: Id, pieces: Pick<Commit, 'paths' | 'hunks'>, door: Door, held = false): { readonly session: Id; readonly action: Id } {
  const { workspace, root } = idle(house, draft);
  checkRoot(root);
  return proposeOwn(house, { workspace, root }, `commit the draft of ${draft}`, { kind: 'commit', workspace, root, draft, ...pieces }, door, held);
}

/** Throw pieces of a draft away: some actions with all that rest on them, some paths, or everything. Returns the actions that went whole. */
export async function dropFromDraft(house: House, session: Id, what: { readonly actions: readonly Id[] } | { readonly paths: readonly WorkPath[] } | 'all', by: Answerer): Promise<readonly Id[]> {
  const row = idle(house, session);
  const draft = await house.hands.rehearsals.draft(session, row.root);
  const before = draft.layers();
  if (what === 'all') await draft.clear();
  else if ('actions' in what) await draft.drop(what.actions);
  else await draft.removePaths(what.paths);
  const left = new Set(draft.layers());
  const actions = before.filter((id) => !left.has(id));
  const paths = what !== 'all' && 'paths' in what ? what.paths : null;
  await house.log.commit((tx) => {
    const { seq } = tx.append({ type: 'draft.dropped', session, actions, ...by }, paths === null ? {} : { detail: JSON.stringify({ paths }) });
    endDraftMarks(tx, row.root, session, left.size === 0 ? 'all' : paths === null ? { actions } : { paths }, seq);
  });
  return actions;
}

/** Nobody may be adding to it meanwhile. */
function idle(house: House, session: Id): SessionRow {
  const row = readSession(house.log.store.db, session);
  if (isHeld(row)) throw new Fault('session.busy', `session ${session} is being worked on by process ${row.owner ?? ''}`, 'wait for it, or stop it with `pwb cancel`');
  return row;
}

export interface LandingLine {
  readonly id: Id;
  readonly action: Id;
  readonly root: string;
  readonly at: number;
  readonly op: 'land' | 'undo';
  readonly undoes: Id | null;
  readonly undone: Id | null;
  readonly pruned: number | null;
}

/** The landing whose id, or whose action's id, begins like this. Throws `undo.unknown`, `id.ambiguous`, `undo.undone`, `undo.pruned`. */
export function findLanding(house: House, prefix: string): LandingLine {
  const { db } = house.log.store;
  if (!isIdPrefix(prefix)) throw new Fault('id.unknown', `${JSON.stringify(prefix.slice(0, 40))} is not an id`, 'see `pwb history` for what can be undone');
  const rows = db.prepare('SELECT * FROM landings WHERE (id >= ?1 AND id < ?2) OR (action >= ?1 AND action < ?2) ORDER BY at DESC LIMIT 3').all(prefix, `${prefix}~`) as unknown as LandingLine[];
  const [row, second] = rows;
  if (row === undefined) {
    const action = db.prepare('SELECT id, state, outcome, into_ FROM actions WHERE id >= ? AND id < ? LIMIT 1').get(prefix, `${prefix}~`);
    if (action === undefined) throw new Fault('id.unknown', `there is no landing ${prefix}`, 'see `pwb history` for what can be undone');
    if (action['into_'] === 'draft') throw new Fault('undo.draft', `action ${String(action['id'])} is in a draft and has not landed`, `take it out of the draft: pwb draft drop --action ${String(action['id'])}`);
    throw new Fault('undo.nothing', `action ${String(action['id'])} changed nothing that could be undone`, `see \`pwb show ${String(action['id'])}\``);
  }
  if (second !== undefined && row.action !== second.action) throw new Fault('id.ambiguous', `more than one id begins with ${prefix}`, 'give more of its letters');
  if (row.undone !== null) throw new Fault('undo.undone', `${row.id} was undone before`, `to do it again, undo the undo: pwb undo ${row.undone}`);
  if (row.pruned !== null) throw new Fault('undo.pruned', `what ${row.id} replaced is no longer kept`, 'take the files from your own backup; `undo` in the configuration says how long it is kept');
  return row;
}

export function proposeUndo(house: House, { id, root }: LandingLine, over: readonly WorkPath[], door: Door, held = false): { readonly session: Id; readonly action: Id } {
  const row = house.log.store.db.prepare('SELECT id FROM workspaces WHERE root = ?').get(root);
  if (row === undefined) throw new Fault('workspace.unknown', `${root} is not a registered workspace any more`, `register it again: pwb workspace add ${root}`);
  const workspace = String(row['id']);
  return proposeOwn(house, { workspace, root }, `undo ${id}`, { kind: 'undo', workspace, root, landing: id, over }, door, held);
}

function proposeOwn(house: House, { workspace, root }: { readonly workspace: Id; readonly root: string }, title: string, action: Proposal['action'], door: Door, held: boolean): { readonly session: Id; readonly action: Id } {
  const session = startSession(house.log, { workspace, root, model: '', title }, door, held);
  const id = newId();
  house.log.note((tx) => {
    tx.db.prepare('UPDATE sessions SET turn = 1 WHERE id = ?').run(session);
    propose(tx, { id, session, turn: 1, by: 'person', tool: '', call: '', why: '', label: PERSON, editedFrom: null, action });
  });
  return { session, action: id };
}

export interface HistoryLine extends LandingLine {
  readonly path: WorkPath;
  readonly change: string;
  readonly session: Id;
  readonly by: string;
  readonly kind: string;
  /** Where a draft was landed: the actions that made it so, each with who wanted it. */
  readonly makers: readonly { readonly action: Id; readonly by: string }[];
}

/** Where a page of history goes on: at this landing, of which so many lines were told. */
export interface HistoryPlace {
  readonly at: number;
  readonly landing: Id;
  readonly told: number;
}

/** Who changed a path (or anything in a folder) and when, newest first. `path` '.': everything in the workspace. */
export function historyOf(house: House, root: string, path: WorkPath, limit: number, from?: HistoryPlace): HistoryLine[] {
  const { db } = house.log.store;
  const inPath = path === '.' ? '' : 'AND (landed_paths.path = :path OR (landed_paths.path > :inside AND landed_paths.path < :behind))';
  const onward = from === undefined ? '' : 'AND (landed_paths.at < :at OR (landed_paths.at = :at AND landed_paths.landing >= :landing))';
  const sql = `SELECT landings.*, landed_paths.path, landed_paths.change, landed_paths.makers, actions.session, actions.by, actions.kind
    FROM landed_paths JOIN landings ON landings.id = landed_paths.landing JOIN actions ON actions.id = landings.action
    WHERE landed_paths.root = :root ${inPath} ${onward} ORDER BY landed_paths.at DESC, landed_paths.landing, landed_paths.path LIMIT :limit OFFSET :told`;
  const place = from === undefined ? {} : { at: from.at, landing: from.landing };
  const names = path === '.' ? {} : { path, inside: `${path}/`, behind: `${path}0` };
  const rows = db.prepare(sql).all({ root, limit, told: from?.told ?? 0, ...place, ...names }) as unknown as (Omit<HistoryLine, 'makers'> & { readonly makers: string })[];
  return rows.map((row) => ({ ...row, makers: row.makers.split(' ').filter((id) => id !== '').map((action) => ({ action, by: findAction(db, action)?.by ?? '' })) }));
}

/** Where the page after this one begins; null when this one wasn't full. */
export function nextPlace(lines: readonly HistoryLine[], limit: number, from?: HistoryPlace): HistoryPlace | null {
  const last = lines.at(-1);
  if (last === undefined || lines.length < limit) return null;
  const same = lines.filter(({ at, id }) => at === last.at && id === last.id).length;
  const before = same === lines.length && from?.at === last.at && from.landing === last.id ? from.told : 0;
  return { at: last.at, landing: last.id, told: before + same };
}

/** Which session an accepted action belongs to. */
export function sessionOf(house: House, action: Id): Id {
  return readAction(house.log.store.db, action).session;
}
