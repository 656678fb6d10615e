// Marks: the files that what was read from outside has shaped, and what they hold of secrets. A file is marked in the
// transaction that ends the action which changed it; what is moved takes its marks along; only a person takes one away.
import { dirname, join as joinPath } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Tx } from '../audit/log.ts';
import type { Action, Commit, WorkPath } from '../model/action.ts';
import { canonicalBytes, canonicalText, type Json } from '../model/canonical.ts';
import type { Change } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { join, joinAll, MANY_SOURCES, type Integrity, type Label, type Secrecy } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';

export interface Mark {
  /** Absolute. On a folder it covers what is below. */
  readonly path: string;
  readonly integrity: Integrity;
  readonly secrecy: Secrecy;
  /** Its name comes from there too, and not what is in it alone. */
  readonly named: boolean;
}

/** What a session sees marked in one workspace. */
export class Marks {
  readonly root: string;
  readonly all: readonly Mark[];
  readonly #at: ReadonlyMap<string, readonly Mark[]>;

  constructor(root: string, all: readonly Mark[]) {
    this.root = root;
    this.all = all;
    const at = new Map<string, Mark[]>();
    for (const mark of all) at.set(mark.path, [...(at.get(mark.path) ?? []), mark]);
    this.#at = at;
  }

  /** Of what is in it. Null: nothing there is marked. */
  content(path: WorkPath): Label | null {
    const over = this.#over(path);
    return over.length === 0 ? null : joinAll(over.map((mark) => labelOfMark(mark, path)));
  }

  /** Of its name: that of a file which was there before says nothing of what was written into it. */
  name(path: WorkPath): Label | null {
    const own = joinPath(this.root, path);
    const over = this.#over(path).filter((mark) => mark.named || mark.path !== own);
    return over.length === 0 ? null : joinAll(over.map((mark) => labelOfMark(mark, path)));
  }

  /** Is it marked like this itself? */
  has(path: WorkPath, { integrity, secrecy }: Label, named: boolean): boolean {
    return (this.#at.get(joinPath(this.root, path)) ?? []).some((mark) => mark.integrity === integrity && mark.secrecy === secrecy && (mark.named || !named));
  }

  /** Marks of what lies below a folder, each with the rest of its path. */
  below(path: WorkPath): readonly { readonly rest: string; readonly mark: Mark }[] {
    const folder = joinPath(this.root, path);
    return this.all.flatMap((mark) => (mark.path.startsWith(`${folder}/`) ? [{ rest: mark.path.slice(folder.length), mark }] : []));
  }

  #over(path: WorkPath): readonly Mark[] {
    if (this.all.length === 0) return [];
    return lineOf(joinPath(this.root, path)).flatMap((one) => this.#at.get(one) ?? []);
  }
}

export function labelOfMark({ integrity, secrecy }: Mark, path: WorkPath): Label {
  return { integrity, secrecy, sources: [`file:${path}`] };
}

/** A path and all folders above it. */
function lineOf(path: string): string[] {
  const line = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) line.push(dirname(at));
  return line;
}

/** What is marked now in a workspace. @param draft the session through whose draft it is looked at; empty: the real files. */
export function marksIn(db: DatabaseSync, root: string, draft: Id): Marks {
  const rows = db
    .prepare(`SELECT DISTINCT path, integrity, secrecy, named FROM marks WHERE until IS NULL AND draft IN ('', :draft) AND ((path > :inside AND path < :behind) OR path IN (SELECT value FROM json_each(:line)))`)
    .all({ draft, inside: root === '/' ? '/' : `${root}/`, behind: root === '/' ? '0' : `${root}0`, line: JSON.stringify(lineOf(root)) });
  return new Marks(root, rows.map(markOf));
}

function markOf(row: { readonly [column: string]: unknown }): Mark {
  const { path, integrity, secrecy, named } = row as unknown as Mark & { readonly named: unknown };
  return { path, integrity, secrecy, named: Number(named) === 1 };
}

/** What the names of files say. */
export interface NameRules {
  /** From outside by rule. */
  isOutside(path: WorkPath): boolean;
  /** In a folder of others' packages, which counts as the workspace's own. */
  isPackage(path: WorkPath): boolean;
}

/** What came of an action, for its marks. */
export interface Shaped {
  readonly proposal: Proposal;
  /** Of its result: what a command could see is in there. */
  readonly label: Label;
  /** Null: not known, so it may be anything. */
  readonly changes: readonly Change[] | null;
  readonly into: 'workspace' | 'draft';
  /** It may have come to nothing. */
  readonly doubtful?: true;
}

/** Paths to be marked, each with its label and whether its name is the action's. */
class Fresh {
  readonly paths = new Map<WorkPath, { readonly label: Label; readonly named: boolean }>();

  add(path: WorkPath, label: Label, named: boolean): void {
    const known = this.paths.get(path);
    this.paths.set(path, known === undefined ? { label, named } : { label: join(known.label, label), named: known.named || named });
  }
}

/**
 * Marks what an action made, changed or moved, in the transaction of its end and behind it.
 */
export function recordMarks(tx: Tx, shaped: Shaped, names: NameRules): void {
  const { proposal: { id, session, action }, changes, into } = shaped;
  if (action.kind === 'infer' || action.kind === 'read' || action.kind === 'fetch' || action.kind === 'service') return;
  const fresh = new Fresh();
  const known = marksIn(tx.db, action.root, into === 'draft' ? session : '');
  const taint = taintOf(shaped);
  const installs = isOfHosts(shaped);
  if (isTaint(taint) && changes === null) fresh.add('.', taint, true);
  for (const change of changes ?? []) {
    const made = madeBy(change);
    if (isTaint(taint) && made !== null && !(installs && names.isPackage(made.path))) fresh.add(made.path, taint, made.named);
    if (change.change === 'renamed') carry(fresh, known, change.path, change.to, names);
  }
  if (action.kind === 'write' && action.op === 'move') carry(fresh, known, action.path, action.to, names);
  if (action.kind === 'commit') takeFromDraft(tx, fresh, action, changes ?? [], shaped.doubtful === true);
  if (action.kind === 'undo') takeFromBefore(tx, fresh, action.root, action.landing, changes ?? []);
  // In a draft each action has a mark of its own, since it may be dropped alone.
  const wanted = [...fresh.paths].filter(([path, { label, named }]) => into === 'draft' || !known.has(path, label, named));
  for (const group of byLabel(wanted)) write(tx, { id, session, action }, into, group);
}

/** The label of what decided on what was written. */
function taintOf({ proposal: { label, handles = [], action }, label: result }: Shaped): Label {
  return joinAll([label, ...handles.map((one) => one.label), ...(action.kind === 'run' ? [result] : [])]);
}

function isTaint({ integrity, secrecy }: Label): boolean {
  return integrity === 'outside' || secrecy === 'secret';
}

/** A command that has nothing from outside but what hosts answered it, and that a person let it reach: as an install has. */
function isOfHosts({ proposal: { label, action, handles = [] }, label: result }: Shaped): boolean {
  return action.kind === 'run' && handles.length === 0 && !isTaint(label) && result.sources.every((source) => !source.startsWith('file:') && source !== MANY_SOURCES && source !== 'unsearched');
}

function madeBy(change: Change): { readonly path: WorkPath; readonly named: boolean } | null {
  switch (change.change) {
    case 'created':
      return { path: change.path, named: true };
    case 'changed':
      // With other permissions, or at another time, its words are the same.
      return change.only === undefined ? { path: change.path, named: false } : null;
    case 'renamed':
      return { path: change.to, named: true };
    case 'deleted':
      return null;
  }
}

function carry(fresh: Fresh, known: Marks, from: WorkPath, to: WorkPath, names: NameRules): void {
  const own = known.content(from);
  if (own !== null) fresh.add(to, own, false);
  if (names.isOutside(from) && !names.isOutside(to)) fresh.add(to, { integrity: 'outside', secrecy: 'private', sources: [`file:${from}`] }, false);
  for (const { rest, mark } of known.below(from)) fresh.add(`${to}${rest}`, labelOfMark(mark, `${from}${rest}`), mark.named);
}

/** What lands of a draft takes its marks along, which go from there with it. */
function takeFromDraft(tx: Tx, fresh: Fresh, { root, draft, paths, hunks }: Commit, changes: readonly Change[], doubtful: boolean): void {
  const rows = tx.db.prepare(`SELECT DISTINCT path, integrity, secrecy, named FROM marks WHERE until IS NULL AND draft = ?`).all(draft);
  const drafted = new Marks(root, rows.map(markOf));
  for (const change of changes) {
    const made = madeBy(change);
    const label = made === null ? null : drafted.content(made.path);
    if (made !== null && label !== null) fresh.add(made.path, label, drafted.name(made.path) !== null);
  }
  if (doubtful) return;
  endDraftMarks(tx, root, draft, paths.length === 0 && hunks.length === 0 ? 'all' : { paths }, Number(tx.db.prepare('SELECT max(seq) AS seq FROM events').get()?.['seq']));
}

/** What an undo puts back is marked as it was before the landing that it takes back. */
function takeFromBefore(tx: Tx, fresh: Fresh, root: string, landing: Id, changes: readonly Change[]): void {
  const seq = tx.db.prepare(`SELECT max(events.seq) AS seq FROM landings JOIN events ON events.action = landings.action WHERE landings.id = ? AND events.type = 'action.ended'`).get(landing)?.['seq'];
  if (typeof seq !== 'number') return;
  const find = tx.db.prepare(`SELECT path, integrity, secrecy, named FROM marks WHERE draft = '' AND path IN (SELECT value FROM json_each(?)) AND seq < ? AND until > ?`);
  for (const change of changes) {
    const made = madeBy(change);
    if (made === null) continue;
    const before = new Marks(root, find.all(JSON.stringify(lineOf(joinPath(root, made.path))), seq, seq).map(markOf));
    const label = before.content(made.path);
    if (label !== null) fresh.add(made.path, label, before.name(made.path) !== null);
  }
}

type Wanted = readonly [WorkPath, { readonly label: Label; readonly named: boolean }];

function byLabel(wanted: readonly Wanted[]): readonly (readonly Wanted[])[] {
  const groups = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const key = canonicalText(one[1].label as unknown as Json);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function write(tx: Tx, { id, session, action }: { readonly id: Id; readonly session: Id; readonly action: Exclude<Action, { kind: 'infer' }> }, into: 'workspace' | 'draft', group: readonly Wanted[]): void {
  const [first] = group;
  if (first === undefined) return;
  const { label } = first[1];
  const paths = group.map(([path]) => path).toSorted();
  const { seq } = tx.append({ type: 'file.marked', workspace: action.workspace, session, action: id, into }, { detail: canonicalBytes({ paths, label } as unknown as Json) });
  const insert = tx.db.prepare('INSERT INTO marks (path, draft, action, integrity, secrecy, named, seq) VALUES (?, ?, ?, ?, ?, ?, ?)');
  for (const [path, { named }] of group) insert.run(joinPath(action.root, path), into === 'draft' ? session : '', id, label.integrity, label.secrecy, named ? 1 : 0, seq);
}

/** What leaves a draft takes its marks from there. @param seq the event that says so. */
export function endDraftMarks(tx: Tx, root: string, draft: Id, what: 'all' | { readonly paths: readonly WorkPath[] } | { readonly actions: readonly Id[] }, seq: number): void {
  const open = `UPDATE marks SET until = ? WHERE until IS NULL AND draft = ?`;
  if (what === 'all') return void tx.db.prepare(open).run(seq, draft);
  if ('actions' in what) return what.actions.forEach((action) => void tx.db.prepare(`${open} AND action = ?`).run(seq, draft, action));
  for (const path of what.paths) {
    const own = joinPath(root, path);
    tx.db.prepare(`${open} AND (path = ? OR (path > ? AND path < ?))`).run(seq, draft, own, `${own}/`, `${own}0`);
  }
}
