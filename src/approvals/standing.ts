// The record of standing rules: made and removed by a person at a door, and by nobody else. A rule holds as long as the
// log says that it was made, its words are there, and it was not removed, whichever process is asked.
import type { StatementSync } from 'node:sqlite';
import type { Log, Tx } from '../audit/log.ts';
import { canonicalBytes, canonicalText, parseCanonical } from '../model/canonical.ts';
import type { LogEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import { isId, newId, type Id } from '../model/id.ts';
import { nameOfStanding, type Standing, type StandingBody } from '../policy/standing.ts';
import { cedarOf } from '../policy/standing-cedar.ts';
import type { Answerer } from './answer.ts';

/** More would make every decision slow, and nobody would read them. */
export const MOST_RULES = 500;
const FORMAT = 'pwb-rule-2';
/** Before rules were text: what they say is made of what they are. */
const FIRST_FORMAT = 'pwb-rule-1';

interface Row {
  readonly id: Id;
  readonly seq: number;
  readonly action: Id;
  readonly made: number;
  readonly detail: string;
}

/** One whose words were erased is there, to be seen and removed, and holds no more. */
export type StandingLine = Standing | { readonly id: Id; readonly from: Id; readonly made: number; readonly erased: true };

/** Put a rule on record, as the text that holds and as what it was made of. @returns the one that says the same already, where there is one. Throws `policy.full`. */
export function addStanding(log: Log, body: StandingBody, from: Id, by: Answerer): Promise<Standing> {
  return log.commit((tx) => {
    const known = readLines(log).filter(isWhole);
    const same = known.find((rule) => sameBody(rule, body));
    if (same !== undefined) return same;
    if (countRows(tx) >= MOST_RULES) throw new Fault('policy.full', `there are ${MOST_RULES} rules of yours already`, 'remove some: pwb policy rules, pwb policy remove RULE');
    const id = newId();
    const cedar = cedarOf(body);
    const { seq, payloads } = tx.append({ type: 'rule.added', rule: id, action: from, ...by }, { detail: canonicalBytes({ format: FORMAT, rule: body, cedar }) });
    tx.db.prepare('INSERT INTO standing_rules (id, seq, action, made, detail) VALUES (?, ?, ?, ?, ?)').run(id, seq, from, tx.now, payloads['detail']?.digest ?? '');
    return { ...body, cedar, id, from, made: tx.now };
  });
}

/** It holds no more, from the next decision on. Throws `policy.unknown`. */
export function removeStanding(log: Log, id: Id, by: Answerer): Promise<StandingLine> {
  return log.commit((tx) => {
    const line = readLines(log).find((one) => one.id === id);
    if (line === undefined) throw new Fault('policy.unknown', `there is no rule ${nameOfStanding({ id })} of yours`, 'see `pwb policy rules`');
    tx.append({ type: 'rule.removed', rule: id, ...by });
    tx.db.prepare('DELETE FROM standing_rules WHERE id = ?').run(id);
    return line;
  });
}

/** Of the rules of a decision, in the transaction that records it. */
export function countUses(tx: Tx, rules: readonly string[]): void {
  const count = tx.db.prepare('INSERT INTO rule_uses (rule, uses) VALUES (?, 1) ON CONFLICT (rule) DO UPDATE SET uses = uses + 1');
  for (const rule of rules) count.run(rule);
}

/** How often each rule has decided, by its name. */
export function usesOf(log: Log): ReadonlyMap<string, number> {
  return new Map(log.store.db.prepare('SELECT rule, uses FROM rule_uses').all().map((row) => [String(row['rule']), Number(row['uses'])]));
}

/** All rules of the person, the oldest first, those that hold no more for want of their words too. */
export function readLines(log: Log): readonly StandingLine[] {
  const removed = removedOf(log);
  return rowsOf(log).filter(({ id }) => !removed.has(id)).map((row) => readRow(log, row));
}

/** The rules that hold, asked for at every landing: what didn't change isn't read again, and the list is the same one. */
export class StandingRules {
  readonly #log: Log;
  readonly #stamp: StatementSync;
  #known = '';
  #rules: readonly Standing[] = [];

  constructor(log: Log) {
    this.#log = log;
    const last = (type: LogEvent['body']['type']): string => `(SELECT max(seq) FROM events INDEXED BY events_type WHERE type = '${type}')`;
    this.#stamp = log.store.db.prepare(`SELECT concat_ws(' ', ${last('rule.added')}, ${last('rule.removed')}, ${last('payload.erased')}, (SELECT count(*) FROM standing_rules)) AS stamp`);
  }

  all(): readonly Standing[] {
    const stamp = String(this.#stamp.get()?.['stamp']);
    if (stamp !== this.#known) this.#rules = readLines(this.#log).filter(isWhole);
    this.#known = stamp;
    return this.#rules;
  }
}

function rowsOf(log: Log): readonly Row[] {
  return log.store.db.prepare('SELECT id, seq, action, made, detail FROM standing_rules ORDER BY seq').all() as unknown as Row[];
}

/** Who could attack: somebody who writes the row of a removed rule back. */
function removedOf(log: Log): ReadonlySet<Id> {
  const removed = new Set<Id>();
  for (let after = -1; ; ) {
    const page = log.events({ types: ['rule.removed'], after, limit: 1000 });
    for (const { body, seq } of page) {
      if (body.type === 'rule.removed') removed.add(body.rule);
      after = seq;
    }
    if (page.length < 1000) return removed;
  }
}

function countRows(tx: Tx): number {
  return Number(tx.db.prepare('SELECT count(*) AS n FROM standing_rules').get()?.['n'] ?? 0);
}

/**
 * A row that merely says so is no rule: the log has to, with these very words. Who could attack: somebody who writes a
 * row, or points one at other words.
 */
function readRow(log: Log, { id, seq, action: from, made, detail }: Row): StandingLine {
  const gone = { id, from, made, erased: true } as const;
  const [event] = log.events({ after: seq - 1, before: seq + 1, limit: 1 });
  if (event?.body.type !== 'rule.added' || event.body.rule !== id || event.body.action !== from || event.payloads['detail']?.digest !== detail) return gone;
  const rule = ruleIn(log, event);
  return rule === null ? gone : { ...rule, id, from, made };
}

/** The rule that a `rule.added` tells of; null where its words were erased. */
export function ruleIn(log: Log, { payloads }: LogEvent): (StandingBody & Pick<Standing, 'cedar'>) | null {
  const bytes = log.read(payloads['detail']?.digest ?? '');
  if (bytes === null) return null;
  const value = parseCanonical(bytes);
  if (typeof value !== 'object' || value === null || !('format' in value) || !('rule' in value)) return null;
  const body = value.rule as unknown as StandingBody;
  if (value.format === FIRST_FORMAT) return { ...body, cedar: cedarOf(body) };
  return value.format === FORMAT && 'cedar' in value && typeof value.cedar === 'string' ? { ...body, cedar: value.cedar } : null;
}

/** The same of a rule that may have been removed since. */
export function ruleOnce(log: Log, id: Id): ReturnType<typeof ruleIn> {
  const added = log.events({ types: ['rule.added'], newestFirst: true, limit: 10_000 }).find(({ body }) => body.type === 'rule.added' && body.rule === id);
  return added === undefined ? null : ruleIn(log, added);
}

export function isWhole(line: StandingLine): line is Standing {
  return !('erased' in line);
}

function sameBody(rule: Standing, body: StandingBody): boolean {
  const apart = { id: '', from: '', made: 0, cedar: '' };
  return canonicalText({ ...rule, ...apart }) === canonicalText({ ...body, ...apart });
}

/** The id in a rule's name, `always.k3x…`; with or without the word in front. Throws `policy.unknown`. */
export function standingId(name: string): Id {
  const id = name.replace(/^always\./, '');
  if (!isId(id)) throw new Fault('policy.unknown', `${JSON.stringify(name.slice(0, 60))} is no rule of yours`, 'see `pwb policy rules`');
  return id;
}
