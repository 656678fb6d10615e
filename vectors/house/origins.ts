// For tests: puts on record where the words of what waits come from, as the question about it does, so that a card can be
// shown any source, however hostile.
import { readAction, textOf } from '../../src/approvals/actions.ts';
import type { Log } from '../../src/audit/log.ts';
import { canonicalBytes } from '../../src/model/canonical.ts';
import type { Id } from '../../src/model/id.ts';
import type { Origin, Origins } from '../../src/model/origin.ts';

export function recordOrigins(log: Log, action: Id, { arguments: named, outside }: Origins): Promise<void> {
  const { rules, reason } = readAction(log.store.db, action);
  const told = { arguments: named.map((one) => ({ ...one, bytes: one.bytes === null ? null : [...one.bytes] })), outside: outside.map((one) => ({ ...one })) };
  return log.commit((tx) => {
    tx.append({ type: 'action.decided', action, stage: 'land', verdict: 'ask', rules: (rules ?? 'default').split(' '), profile: 'step' }, { reason: textOf(log, reason), origins: canonicalBytes(told) });
  });
}

/** A value that was found in a source from outside. */
export function outsideOrigin(argument: string, source: string, more: Partial<Origin> = {}): Origin {
  const line = more.line ?? 4;
  return { argument, source, integrity: 'outside', line, bytes: null, action: null, words: `found in line ${line} of ${source}, outside`, ...more };
}
