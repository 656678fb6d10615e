// Marks: the files that what was read from outside has shaped, and what they hold of secrets. A file is marked in the
// transaction that ends the action which changed it; what is moved takes its marks along; only a person takes one away.
import { dirname, join as joinPath } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import type { Tx } from '../audit/log.ts';
import type { Action, Commit, WorkPath } from '../model/action.ts';
import { canonicalBytes, canonicalText, type Json } from '../model/canonical.ts';
import type { Change } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, join, joinAll, type Integrity, type Label, type Secrecy } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';

export interface Mark {
  /** Absolute. */
  readonly path: string;
  readonly integrity: Integrity;
  readonly secrecy: Secrecy;
  /** What is in it comes from there; of a folder: all that is below. */
  readonly words: boolean;
  /** Its name does. */
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
    const over = this.#over(path).filter(({ words }) => words);
    return over.length === 0 ? null : joinAll(over.map((mark) => labelOfMark(mark, path)));
  }

  /** Of its name: that of a file which was there before says nothing of what was written into it. */
  name(path: WorkPath): Label | null {
    const own = joinPath(this.root, path);
    const over = this.#over(path).filter((mark) => (mark.path === own ? mark.named : mark.words));
    return over.length === 0 ? null : joinAll(over.map((mark) => labelOfMark(mark, path)));
  }

  /** Is it marked like this itself? */
  has(path: WorkPath, { label: { integrity, secrecy }, words, named }: Wanted): boolean {
    return (this.#at.get(joinPath(this.root, path)) ?? []).some((mark) => mark.integrity === integrity && mark.secrecy === secrecy && (mark.words || !words) && (mark.named || !named));
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
export function lineOf(path: string): string[] {
  const line = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) line.push(dirname(at));
  return line;
}

interface Looked {
  readonly stamp: string;
  readonly marks: Marks;
}
/** Workspaces that are looked at by turns. */
const MOST_LOOKED = 16;
const looked = new WeakMap<DatabaseSync, Map<string, Looked>>();

/** What is marked now in a workspace. @param draft the session through whose draft it is looked at; empty: the real files. */
export function marksIn(db: DatabaseSync, root: string, draft: Id): Marks {
  // What a transaction sees may be rolled back.
  if (db.isTransaction) return readMarks(db, root, draft);
  const known = looked.get(db) ?? new Map<string, Looked>();
  looked.set(db, known);
  const key = `${draft} ${root}`;
  // INVARIANT: a row is only added, or ended by a later event than any before.
  const { added, ended } = db.prepare('SELECT (SELECT max(id) FROM marks) AS added, (SELECT max(until) FROM marks) AS ended').get() ?? {};
  const stamp = `${String(added)} ${String(ended)}`;
  const before = known.get(key);
  if (before?.stamp === stamp) return before.marks;
  const marks = readMarks(db, root, draft);
  known.set(key, { stamp, marks });
  const [oldest] = known.keys();
  if (known.size > MOST_LOOKED && oldest !== undefined) known.delete(oldest);
  return marks;
}

/** Would landing these pieces of a draft land anything that was shaped from outside in that draft? */
export function landsOutside(db: DatabaseSync, { root, draft, paths, hunks }: Commit): boolean {
  const wanted = [...paths, ...hunks.map(({ path }) => path)].map((path) => joinPath(root, path));
  const rows = db.prepare(`SELECT path FROM marks WHERE draft = ? AND draft <> '' AND until IS NULL AND integrity = 'outside'`).all(draft);
  return rows.some(({ path }) => wanted.length === 0 || lineOf(String(path)).some((one) => wanted.includes(one)) || wanted.some((one) => one.startsWith(`${String(path)}/`)));
}

function readMarks(db: DatabaseSync, root: string, draft: Id): Marks {
  const rows = db
    .prepare(`SELECT DISTINCT path, integrity, secrecy, words, named FROM marks WHERE until IS NULL AND draft IN ('', :draft) AND ((path > :inside AND path < :behind) OR path IN (SELECT value FROM json_each(:line)))`)
    .all({ draft, inside: root === '/' ? '/' : `${root}/`, behind: root === '/' ? '0' : `${root}0`, line: JSON.stringify(lineOf(root)) });
  return new Marks(root, rows.map(markOf));
}

function markOf(row: { readonly [column: string]: unknown }): Mark {
  const { path, integrity, secrecy } = row as unknown as Pick<Mark, 'path' | 'integrity' | 'secrecy'>;
  return { path, integrity, secrecy, words: row['words'] === 1, named: row['named'] === 1 };
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

interface Wanted extends Pick<Mark, 'words' | 'named'> {
  readonly label: Label;
}

/** Paths to be marked. */
class Fresh {
  readonly paths = new Map<WorkPath, Wanted>();

  add(path: WorkPath, { label, words, named }: Wanted): void {
    const known = this.paths.get(path) ?? { label, words, named };
    this.paths.set(path, { label: join(known.label, label), words: known.words || words, named: known.named || named });
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
  if (isTaint(taint) && changes === null) fresh.add('.', { label: taint, words: true, named: true });
  for (const change of changes ?? []) {
    const made = madeBy(change);
    if (isTaint(taint) && made !== null && !(installs && names.isPackage(made.path))) fresh.add(made.path, { ...made, label: taint });
    if (change.change === 'renamed') carry(fresh, known, change.path, change.to, names);
  }
  if (action.kind === 'write' && action.op === 'move') carry(fresh, known, action.path, action.to, names);
  if (action.kind === 'commit') takeFromDraft(tx, fresh, action, changes ?? [], shaped.doubtful === true);
  if (action.kind === 'undo') takeFromBefore(tx, fresh, action.root, action.landing, changes ?? []);
  // In a draft each action has a mark of its own, since it may be dropped alone.
  const wanted = [...fresh.paths].filter(([path, one]) => into === 'draft' || !known.has(path, one));
  for (const group of byLabel(wanted)) write(tx, { id, session, action }, into, group);
}

/** Would it mark anything? For who would look at what it did before that is on record. */
export function wouldMark(db: DatabaseSync, shaped: Omit<Shaped, 'into'>, names: NameRules): boolean {
  const { proposal: { session, action }, changes } = shaped;
  if (action.kind !== 'run' && action.kind !== 'write') return false;
  if (isTaint(taintOf(shaped)) && (changes === null || changes.some((change) => madeBy(change) !== null))) return true;
  const fresh = new Fresh();
  const known = marksIn(db, action.root, session);
  for (const change of changes ?? []) if (change.change === 'renamed') carry(fresh, known, change.path, change.to, names);
  if (action.kind === 'write' && action.op === 'move') carry(fresh, known, action.path, action.to, names);
  return fresh.paths.size > 0;
}

/** The label of what decided on what was written. */
function taintOf({ proposal: { label, handles = [], action }, label: result }: Pick<Shaped, 'proposal' | 'label'>): Label {
  return joinAll([label, ...handles.map((one) => one.label), ...(action.kind === 'run' ? [result] : [])]);
}

function isTaint({ integrity, secrecy }: Label): boolean {
  return integrity === 'outside' || secrecy === 'secret';
}

/** A command that has nothing from outside but what hosts answered it, and that a person let it reach: as an install has. */
function isOfHosts({ proposal: { label, action, handles = [] }, label: result }: Shaped): boolean {
  const own = result.sources.filter((source) => source !== 'run' && !label.sources.includes(source));
  return action.kind === 'run' && handles.length === 0 && !isTaint(label) && own.length > 0 && own.every((source) => source.startsWith('host:'));
}

function madeBy(change: Change): (Omit<Wanted, 'label'> & { readonly path: WorkPath }) | null {
  switch (change.change) {
    case 'created':
      // What somebody puts into a folder is theirs, whoever made that.
      return { path: change.path, words: change.type !== 'folder', named: true };
    case 'changed':
      // With other permissions, or at another time, its words are the same.
      return change.only === undefined ? { path: change.path, words: true, named: false } : null;
    case 'renamed':
      return { path: change.to, words: change.type !== 'folder', named: true };
    case 'deleted':
      return null;
  }
}

function carry(fresh: Fresh, known: Marks, from: WorkPath, to: WorkPath, names: NameRules): void {
  const own = known.content(from);
  if (own !== null) fresh.add(to, { label: own, words: true, named: false });
  if (names.isOutside(from) && !names.isOutside(to)) fresh.add(to, { label: { integrity: 'outside', secrecy: 'private', sources: [`file:${from}`] }, words: true, named: false });
  for (const { rest, mark } of known.below(from)) fresh.add(`${to}${rest}`, { ...mark, label: labelOfMark(mark, `${from}${rest}`) });
}

/** What lands of a draft takes its marks along, which go from there with it. */
function takeFromDraft(tx: Tx, fresh: Fresh, { root, draft, paths, hunks }: Commit, changes: readonly Change[], doubtful: boolean): void {
  const rows = tx.db.prepare(`SELECT DISTINCT path, integrity, secrecy, words, named FROM marks WHERE until IS NULL AND draft = ?`).all(draft);
  const drafted = new Marks(root, rows.map(markOf));
  for (const change of changes) {
    const made = madeBy(change);
    if (made !== null) addAs(fresh, drafted, made.path);
  }
  if (doubtful) return;
  endDraftMarks(tx, root, draft, paths.length === 0 && hunks.length === 0 ? 'all' : { paths }, Number(tx.db.prepare('SELECT max(seq) AS seq FROM events').get()?.['seq']));
}

/** As it is marked there. */
function addAs(fresh: Fresh, marks: Marks, path: WorkPath): void {
  const [words, named] = [marks.content(path), marks.name(path)];
  if (words !== null || named !== null) fresh.add(path, { label: joinAll([words ?? BOTTOM, named ?? BOTTOM]), words: words !== null, named: named !== null });
}

/** What an undo puts back is marked as it was before the landing that it takes back. */
function takeFromBefore(tx: Tx, fresh: Fresh, root: string, landing: Id, changes: readonly Change[]): void {
  const seq = tx.db.prepare(`SELECT max(events.seq) AS seq FROM landings JOIN events ON events.action = landings.action WHERE landings.id = ? AND events.type = 'action.ended'`).get(landing)?.['seq'];
  if (typeof seq !== 'number') return;
  const find = tx.db.prepare(`SELECT path, integrity, secrecy, words, named FROM marks WHERE draft = '' AND path IN (SELECT value FROM json_each(?)) AND seq < ? AND until > ?`);
  for (const change of changes) {
    const made = madeBy(change);
    if (made === null) continue;
    const before = new Marks(root, find.all(JSON.stringify(lineOf(joinPath(root, made.path))), seq, seq).map(markOf));
    addAs(fresh, before, made.path);
  }
}

type Row = readonly [WorkPath, Wanted];

function byLabel(wanted: readonly Row[]): readonly (readonly Row[])[] {
  const groups = new Map<string, Row[]>();
  for (const one of wanted) {
    const key = canonicalText(one[1].label as unknown as Json);
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()];
}

function write(tx: Tx, { id, session, action }: { readonly id: Id; readonly session: Id; readonly action: Exclude<Action, { kind: 'infer' }> }, into: 'workspace' | 'draft', group: readonly Row[]): void {
  const [first] = group;
  if (first === undefined) return;
  const { label } = first[1];
  const paths = group.map(([path]) => path).toSorted();
  const { seq } = tx.append({ type: 'file.marked', workspace: action.workspace, session, action: id, into }, { detail: canonicalBytes({ paths, label } as unknown as Json) });
  const insert = tx.db.prepare('INSERT INTO marks (path, draft, action, integrity, secrecy, words, named, seq) VALUES (?, ?, ?, ?, ?, ?, ?, ?)');
  for (const [path, { words, named }] of group) insert.run(joinPath(action.root, path), into === 'draft' ? session : '', id, label.integrity, label.secrecy, words ? 1 : 0, named ? 1 : 0, seq);
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
