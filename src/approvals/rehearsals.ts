// The record of what was rehearsed: how it ended, and what is kept for its landing. What it changed stands with the
// decision on it; the files themselves lie in the state folder.
import type { DatabaseSync } from 'node:sqlite';
import type { Log, PayloadInput, Tx } from '../audit/log.ts';
import type { Digest } from '../model/digest.ts';
import { canonicalBytes, type Json } from '../model/canonical.ts';
import type { Change, Effects, NetworkUse } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { parseLabel, type Label } from '../model/label.ts';
import type { LimitHit } from '../model/outcome.ts';
import { textOf, type ActionRow } from './actions.ts';

/** How a rehearsal ended. */
export interface Ending {
  readonly exit: number | null;
  readonly signal: string;
  readonly limits: readonly LimitHit[];
  /** Milliseconds. */
  readonly duration: number;
}

/** On what a rehearsal stood. */
export interface Ground {
  /** Milliseconds since 1970, before anything was read. */
  readonly started: number;
  /** Actions of the same turn whose unlanded effects it saw, in order. */
  readonly over: readonly Id[];
  /** The draft's last layer below those; empty: none. */
  readonly draft: Id;
  /** In a layered view, or in a full copy. */
  readonly means: 'view' | 'copy';
}

export interface Kept extends Ending, Ground {
  readonly action: Id;
  readonly session: Id;
  readonly result: Digest | null;
  readonly output: Digest | null;
  /** Of what the model hears; null: nobody has written it down. */
  readonly label: Label | null;
}

interface Row {
  readonly action: Id;
  readonly session: Id;
  readonly started: number;
  readonly exit: number | null;
  readonly signal: string;
  readonly limits: string;
  readonly duration: number;
  readonly over: string;
  readonly draft: string;
  readonly means: 'view' | 'copy';
  readonly result: Digest | null;
  readonly output: Digest | null;
  readonly label: string | null;
}

/** Put on record how it went, in the caller's transaction. @param result what the model hears if it lands. */
export function recordRehearsed(tx: Tx, id: Id, session: Id, { exit, signal, limits, duration }: Ending, { started, over, draft, means }: Ground, result: string, output: PayloadInput | null, label: Label, network?: readonly NetworkUse[]): void {
  const body = {
    type: 'action.rehearsed', action: id, duration: Math.round(duration),
    ...(exit === null ? {} : { exit }),
    ...(signal === '' ? {} : { signal }),
    ...(limits.length === 0 ? {} : { limits }),
  } as const;
  const { payloads } = tx.append(body, { result, ...(output === null ? {} : { output }), ...(network === undefined ? {} : { network: canonicalBytes(network as unknown as Json) }) });
  tx.db
    .prepare('INSERT OR REPLACE INTO rehearsals (action, session, started, exit, signal, limits, duration, over, draft, means, result, output, label) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    .run(id, session, started, exit, signal, limits.join(' '), Math.round(duration), over.join(' '), draft, means, payloads['result']?.digest ?? null, payloads['output']?.digest ?? null, JSON.stringify(label));
  tx.db.prepare('UPDATE actions SET output = ?, exit = ? WHERE id = ?').run(payloads['output']?.digest ?? null, exit, id);
}

export function findRehearsal(db: DatabaseSync, id: Id): Kept | undefined {
  const row = db.prepare('SELECT * FROM rehearsals WHERE action = ?').get(id) as unknown as Row | undefined;
  if (row === undefined) return undefined;
  const { limits, over, label, ...rest } = row;
  return { ...rest, limits: words(limits) as LimitHit[], over: words(over), label: label === null ? null : parseLabel(label) };
}

/** It stands on other ground now, or is of no use any more. */
export function forgetRehearsal(tx: Tx, id: Id): void {
  tx.db.prepare('DELETE FROM rehearsals WHERE action = ?').run(id);
}

/** What was last judged of an action. Throws `action.erased` when it is gone. */
export function judgedEffects(log: Log, { id, effects }: ActionRow): Effects {
  const bytes = effects === null ? null : log.read(effects);
  if (bytes === null) throw new Fault('action.erased', `what action ${id} would do was erased`, 'deny it, and ask again');
  return JSON.parse(new TextDecoder().decode(bytes)) as Effects;
}

export function keptText(log: Log, { result }: Kept): string {
  return textOf(log, result);
}

export interface NewLanding {
  /** By which it can be undone. */
  readonly id: Id;
  readonly action: Id;
  readonly root: string;
  readonly op: 'land' | 'undo';
  /** The landing that this takes back. */
  readonly undoes: Id | null;
  readonly changes: readonly Change[];
  /** The actions that made each path so, where this one only landed it. */
  readonly makers?: ReadonlyMap<string, readonly Id[]>;
}

/** Put on record what landed where, for undo and history, in the transaction of the action's end. */
export function recordLanding(tx: Tx, { id, action, root, op, undoes, changes, makers }: NewLanding): void {
  tx.db.prepare('INSERT OR IGNORE INTO landings (id, action, root, at, op, undoes) VALUES (?, ?, ?, ?, ?, ?)').run(id, action, root, tx.now, op, undoes);
  if (undoes !== null) tx.db.prepare('UPDATE landings SET undone = ? WHERE id = ?').run(id, undoes);
  const insert = tx.db.prepare('INSERT OR IGNORE INTO landed_paths (root, path, at, landing, change, makers) VALUES (?, ?, ?, ?, ?, ?)');
  for (const change of changes) {
    for (const path of change.change === 'renamed' ? [change.path, change.to] : [change.path]) insert.run(root, path, tx.now, id, change.change, (makers?.get(path) ?? []).join(' '));
  }
}

function words(text: string): string[] {
  return text === '' ? [] : text.split(' ');
}
