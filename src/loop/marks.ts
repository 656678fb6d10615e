// What a door can ask about marks, and the one thing that it can do: a person trusts files, on record. No tool, model or
// proposal reaches this.
import { join as joinPath } from 'node:path';
import type { Answerer } from '../approvals/answer.ts';
import { marksIn } from '../approvals/marks.ts';
import { OUTSIDE_GLOBS } from '../execute/outside.ts';
import type { WorkPath } from '../model/action.ts';
import { canonicalBytes } from '../model/canonical.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import type { Integrity, Label, Secrecy } from '../model/label.ts';
import { visible } from '../model/visible.ts';
import type { Config } from '../storage/config.ts';
import type { House } from './house.ts';
import { isWithin, type Workspace } from './workspaces.ts';

export interface MarkLine {
  readonly path: WorkPath;
  readonly integrity: Integrity;
  readonly secrecy: Secrecy;
  /** The session in whose draft it is so; null: the files of the workspace. */
  readonly draft: Id | null;
  readonly action: Id;
  /** Milliseconds since 1970. */
  readonly since: number;
  /** Of what shaped it; null: erased. */
  readonly sources: readonly string[] | null;
}

export interface Labels {
  /** Patterns of names, the built-in ones first. */
  readonly rules: readonly string[];
  readonly marks: readonly MarkLine[];
  /** There are more marks than these. */
  readonly more: boolean;
}

const MOST = 1000;

/** What is outside in a workspace, the newest marks first. @param limit of marks. */
export function labelsOf({ log, config }: House & { config(): Pick<Config, 'outside'> }, { root }: Workspace, limit: number = MOST): Labels {
  const inside = root === '/' ? '/' : `${root}/`;
  const rows = log.store.db
    .prepare(`SELECT path, draft, action, integrity, secrecy, max(seq) AS seq FROM marks WHERE until IS NULL AND (path = :root OR (path > :inside AND path < :behind)) GROUP BY path, draft, integrity, secrecy ORDER BY seq DESC, path LIMIT :limit`)
    .all({ root, inside, behind: `${inside.slice(0, -1)}0`, limit: limit + 1 });
  const told = new Map<number, { readonly since: number; readonly sources: readonly string[] | null }>();
  const marks = rows.slice(0, limit).map((row): MarkLine => {
    const { path, draft, action, integrity, secrecy, seq } = row as unknown as { readonly path: string; readonly draft: Id; readonly action: Id; readonly integrity: Integrity; readonly secrecy: Secrecy; readonly seq: number };
    const said = told.get(seq) ?? saidBy(log, seq);
    told.set(seq, said);
    return { path: path === root ? '.' : path.slice(inside.length), integrity, secrecy, draft: draft === '' ? null : draft, action, ...said };
  });
  return { rules: [...OUTSIDE_GLOBS, ...config().outside], marks, more: rows.length > limit };
}

function saidBy(log: House['log'], seq: number): Pick<MarkLine, 'since' | 'sources'> {
  const [event] = log.events({ after: seq - 1, before: seq + 1, limit: 1 });
  const bytes = log.read(event?.payloads['detail']?.digest ?? '');
  const detail: { readonly label?: Label } = bytes === null ? {} : JSON.parse(new TextDecoder().decode(bytes));
  return { since: Date.parse(event?.time ?? ''), sources: detail.label?.sources ?? null };
}

/**
 * A person trusts these paths, and all below them: what is in them counts as the workspace's own from here on.
 * @returns how many marks that takes away. @throws `label.rule`, `label.folder`, `label.unmarked`; then none is.
 */
export async function trustPaths({ log, hands }: House, { id, root }: Workspace, paths: readonly WorkPath[], by: Answerer): Promise<number> {
  const distinct = [...new Set(paths)];
  return log.commit((tx) => {
    const marks = marksIn(tx.db, root, '');
    for (const path of distinct) {
      const own = joinPath(root, path);
      const over = marks.all.find((mark) => mark.words && mark.path !== own && isWithin(mark.path, own));
      if (over !== undefined) throw new Fault('label.folder', `${visible(path)} is marked because ${visible(over.path)} is`, `trust that as a whole: pwb label trust ${over.path}`);
      if (marks.all.some((mark) => isWithin(own, mark.path))) continue;
      if (hands.names.isOutside(path)) throw new Fault('label.rule', `${visible(path)} is outside by its name, as a rule says`, 'change the rules: pwb config outside (a leading ! takes one back)');
      throw new Fault('label.unmarked', `${visible(path)} has no mark`, 'see what has: pwb label list');
    }
    const { seq } = tx.append({ type: 'file.endorsed', workspace: id, ...by }, { detail: canonicalBytes({ paths: distinct.toSorted() }) });
    const end = tx.db.prepare(`UPDATE marks SET until = ? WHERE until IS NULL AND draft = '' AND (path = ? OR (path > ? AND path < ?))`);
    return distinct.reduce((sum, path) => {
      const own = joinPath(root, path);
      return sum + Number(end.run(seq, own, `${own}/`, `${own}0`).changes);
    }, 0);
  });
}
