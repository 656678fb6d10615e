// Which results lend their words trust: those of reading files as nobody but a person has written them. Whatever else the
// house or a command says may be what the model itself had put in, so it would vouch for its own words.
import { join, relative } from 'node:path';
import { readProposal, type ActionRow } from '../approvals/actions.ts';
import { lineOf } from '../approvals/marks.ts';
import { judgedEffects } from '../approvals/rehearsals.ts';
import type { Log } from '../audit/log.ts';
import type { WorkPath } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import type { Proposal } from '../model/proposal.ts';
import { namesOf } from '../policy/standing.ts';

const known = new WeakMap<Log, Map<Id, boolean>>();

/** Is it what stood in a file that no model had changed by then? What isn't known is answered with no. */
export function isAsFound(log: Log, row: ActionRow, { action }: Proposal): boolean {
  if (action.kind !== 'read' || action.op !== 'read' || row.outcome !== 'done') return false;
  const all = known.get(log) ?? new Map<Id, boolean>();
  known.set(log, all);
  const found = all.get(row.id) ?? look(log, row, action.root);
  // INVARIANT: what was written later was not read, so this stays as it is.
  all.set(row.id, found);
  return found;
}

function look(log: Log, { id, session }: ActionRow, root: string): boolean {
  const [ended] = log.events({ action: id, types: ['action.ended'], limit: 1 });
  const bytes = log.read(ended?.payloads['detail']?.digest ?? '');
  if (ended === undefined || bytes === null) return false;
  const { touched = [] }: { readonly touched?: readonly string[] } = JSON.parse(new TextDecoder().decode(bytes));
  const line = new Set(touched.flatMap((path) => lineOf(join(root, path))));
  return touched.length > 0 && !hasLanded(log, [...line], ended.seq) && !isDrafted(log, session, root, line, ended.seq);
}

/** Of any session, in whichever workspace it was. What a person typed themselves is theirs. */
function hasLanded({ store: { db } }: Log, line: readonly string[], before: number): boolean {
  const pairs = line.flatMap((path) => lineOf(path).map((root) => [root, relative(root, path) || '.']));
  const sql = `SELECT 1 FROM json_each(?) AS pair CROSS JOIN landed_paths ON landed_paths.root = pair.value ->> 0 AND landed_paths.path = pair.value ->> 1
    JOIN landings ON landings.id = landed_paths.landing JOIN actions ON actions.id = landings.action
    WHERE actions.seq < ? AND NOT (actions.by = 'person' AND actions.call = '' AND actions.kind = 'run') LIMIT 1`;
  return db.prepare(sql).get(JSON.stringify(pairs), before) !== undefined;
}

/** In the session's own draft, or by a command of its model's that nobody could look at. */
function isDrafted(log: Log, session: Id, root: string, line: ReadonlySet<string>, before: number): boolean {
  const rows = log.store.db
    .prepare(`SELECT * FROM actions WHERE session = ? AND seq < ? AND kind IN ('run', 'write') AND NOT (by = 'person' AND call = '') AND outcome <> 'refused' AND (into_ = 'draft' OR (into_ IS NULL AND effects IS NOT NULL))`)
    .all(session, before) as unknown as ActionRow[];
  return rows.some((row) => {
    const all = changed.get(log) ?? new Map<Id, readonly WorkPath[] | null>();
    changed.set(log, all);
    const paths = all.get(row.id) ?? changedBy(log, row);
    all.set(row.id, paths);
    return paths === null || paths.some((path) => line.has(join(root, path)));
  });
}

const changed = new WeakMap<Log, Map<Id, readonly WorkPath[] | null>>();

/** Null: it may be anything. */
function changedBy(log: Log, row: ActionRow): readonly WorkPath[] | null {
  const effects = effectsOf(log, row);
  if (effects === null) return null;
  if (row.into_ !== 'draft') return effects.certainty === 'unknown' && !staysApart(log, row) ? null : [];
  return effects.certainty === 'known' ? effects.changes.flatMap(namesOf) : null;
}

/** A command that stays has a copy of the workspace. */
function staysApart(log: Log, row: ActionRow): boolean {
  if (log.read(row.proposal) === null) return false;
  const { action } = readProposal(log, row).proposal;
  return action.kind === 'run' && (action.service === true || action.access === 'read');
}

function effectsOf(log: Log, row: ActionRow): Effects | null {
  return row.effects === null || log.read(row.effects) === null ? null : judgedEffects(log, row);
}
