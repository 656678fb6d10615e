// Whatever of a proposal or its effects is another thing than what was judged or agreed to, no grant comes of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isFault } from '../../vectors/house/faults.ts';
import { freshLog } from '../../vectors/log/open.ts';
import type { Write } from '../model/action.ts';
import { NO_EFFECTS, type Effects } from '../model/effects.ts';
import { newId } from '../model/id.ts';
import { PERSON } from '../model/label.ts';
import { proposalBytes, type Proposal } from '../model/proposal.ts';
import { invoke } from './answer.ts';
import { readAction, recordProposal } from './actions.ts';
import { settle } from './settle.ts';

const action: Write & { readonly op: 'write' } = { kind: 'write', workspace: newId(), root: '/w', op: 'write', path: 'notes/a.txt', content: 'first\nsecond\n' };
const effects: Effects = { ...NO_EFFECTS, certainty: 'known', changes: [{ change: 'created', path: 'notes/a.txt', type: 'file', mode: 0o644, size: 13, after: 'a'.repeat(64) }] };
const BY = { door: 'cli', credential: 'test' } as const;
const fresh = (): Proposal => ({ id: newId(), session: newId(), turn: 1, by: 'model', tool: 'write', call: 'c1', why: '', label: { ...PERSON, integrity: 'outside', sources: ['file:mail/a.txt'] }, editedFrom: null, action });

/** One thing of a proposal is otherwise. */
const changed = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12 }).map((content) => (one: Proposal): Proposal => ({ ...one, action: { ...action, content: `${action.content}${content}` } })),
  fc.nat({ max: action.content.length - 1 }).map((at) => (one: Proposal): Proposal => ({ ...one, action: { ...action, content: `${action.content.slice(0, at)}\u200b${action.content.slice(at + 1)}` } })),
  fc.constantFrom<(one: Proposal) => Proposal>(
    (one) => ({ ...one, label: PERSON }),
    (one) => ({ ...one, label: { ...one.label, sources: [] } }),
    (one) => ({ ...one, by: 'person' }),
    (one) => ({ ...one, action: { ...action, path: 'notes/b.txt' } }),
    (one) => ({ ...one, action: { ...action, root: '/other' } }),
    (one) => ({ ...one, handles: [] }),
    (one) => ({ ...one, session: newId() }),
    (one) => ({ ...one, turn: 2 }),
  ),
);

test('a proposal that was changed after it was judged, in whatever it says, is granted nothing: neither by a rule nor by a yes', async (t) => {
  const log = await freshLog(t);
  await fc.assert(fc.asyncProperty(changed, fc.boolean(), async (change, isAsked) => {
    const one = fresh();
    await log.commit((tx) => void recordProposal(tx, one));
    const judged = { effects, profile: 'step', command: null, hold: false } as const;
    if (isAsked) {
      await settle(log, { ...judged, proposal: one, decision: { verdict: 'ask', rules: ['write.workspace'], reason: 'It changes files.' } }, 60_000);
      await invoke(log, one.id, BY);
    }
    const other = change(one);
    assert.notDeepEqual(proposalBytes(other), proposalBytes(one));
    await assert.rejects(settle(log, { ...judged, proposal: other, decision: { verdict: isAsked ? 'ask' : 'allow', rules: ['x'], reason: 'It may.' } }, 60_000), isFault('grant.retargeted'));
    assert.equal(readAction(log.store.db, one.id).state, isAsked ? 'answered' : 'proposed');
  }), { numRuns: 60 });
});

test('a yes for some effects is no yes for any others', async (t) => {
  const log = await freshLog(t);
  const size = fc.nat({ max: 100 }).filter((one) => one !== 13);
  await fc.assert(fc.asyncProperty(fc.oneof(size.map((one): Effects => ({ ...effects, changes: effects.changes.map((change) => ({ ...change, size: one }) as typeof change) })), fc.constant<Effects>({ ...effects, undo: 'not' }), fc.constant<Effects>({ ...effects, changes: [] })), async (others) => {
    const one = fresh();
    await log.commit((tx) => void recordProposal(tx, one));
    const judged = { proposal: one, decision: { verdict: 'ask', rules: ['write.workspace'], reason: 'It changes files.' }, profile: 'step', command: null, hold: false } as const;
    await settle(log, { ...judged, effects }, 60_000);
    await invoke(log, one.id, BY);
    assert.equal((await settle(log, { ...judged, effects: others }, 60_000)).kind, 'pending');
    assert.equal(readAction(log.store.db, one.id).state, 'pending');
  }), { numRuns: 30 });
});
