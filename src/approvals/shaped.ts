// What of a draft that is to land was shaped by what had been read from outside. A draft's actions pile up with nobody
// asked, so the card that lands them says what theirs would have said.
import { relative } from 'node:path';
import type { Log } from '../audit/log.ts';
import type { Action, WorkPath } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { parseLabel, type Label } from '../model/label.ts';

/** A path with what shaped it. A folder stands for all that is in it. */
export interface ShapedPath {
  readonly path: WorkPath;
  readonly action: Id;
  /** What its writer had read from outside, or been given unread; empty: erased. */
  readonly sources: readonly string[];
}

/** Of what is landed from a draft, by path. */
export function shapedBy(log: Log, action: Action, effects: Effects | null): readonly ShapedPath[] {
  if (action.kind !== 'commit' || effects === null) return [];
  const { root, draft } = action;
  const rows = log.store.db.prepare(`SELECT DISTINCT path, action, seq FROM marks WHERE until IS NULL AND draft = ? AND integrity = 'outside' ORDER BY path, seq`).all(draft);
  if (rows.length === 0) return [];
  const lands = new Set(effects.changes.flatMap((change) => [...upFrom(change.path), ...(change.change === 'renamed' ? upFrom(change.to) : [])]));
  const sources = new Map<number, readonly string[]>();
  const outside = outsideIn(log, draft);
  return rows.flatMap(({ path: absolute, action: id, seq }) => {
    const path = relative(root, String(absolute)) || '.';
    if (!lands.has(path)) return [];
    const known = sources.get(Number(seq)) ?? sourcesAt(log, Number(seq), outside);
    sources.set(Number(seq), known);
    return [{ path, action: String(id), sources: known }];
  });
}

/** A path and all folders that it is in: a mark on one of them is on it. */
function upFrom(path: WorkPath): WorkPath[] {
  const parts = path.split('/');
  return ['.', ...parts.map((_, at) => parts.slice(0, at + 1).join('/'))];
}

/** What a session read that was itself from outside: the label of an effect is joined from all, and doesn't say which of them was. */
function outsideIn(log: Log, session: Id): ReadonlySet<string> {
  const rows = log.store.db.prepare(`SELECT messages.label FROM messages LEFT JOIN actions ON actions.id = messages.action WHERE messages.session = ? AND (messages.role = 'user' OR actions.kind IN ('read', 'fetch'))`).all(session);
  return new Set(rows.flatMap(({ label }) => {
    const { integrity, sources } = parseLabel(String(label));
    return integrity === 'outside' ? sources : [];
  }));
}

/** As the event says that marked it. */
function sourcesAt(log: Log, seq: number, outside: ReadonlySet<string>): readonly string[] {
  const [event] = log.events({ after: seq - 1, limit: 1 });
  const digest = event?.seq === seq ? event.payloads['detail']?.digest : undefined;
  const bytes = digest === undefined ? null : log.read(digest);
  const all = bytes === null ? [] : labelIn(bytes).sources;
  const own = all.filter((source) => outside.has(source));
  return own.length === 0 ? all : own;
}

function labelIn(bytes: Uint8Array): Label {
  const { label }: { readonly label: Label } = JSON.parse(new TextDecoder().decode(bytes));
  return label;
}
