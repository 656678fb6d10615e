import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PERSON } from '../model/label.ts';
import { proposalBytes, type Proposal } from '../model/proposal.ts';
import { isFault } from '../../vectors/house/faults.ts';
import { Grant, GRANT_LIFE } from './grant.ts';

const proposal: Proposal = {
  id: 'a000000000', session: 's000000000', turn: 1, by: 'model', tool: 'mkdir', call: 'c', why: '', label: PERSON, editedFrom: null,
  action: { kind: 'write', workspace: 'w000000000', root: '/w', op: 'mkdir', path: 'd' },
};
const bytes = proposalBytes(proposal);
const digest = 'd'.repeat(64);
const target = { action: proposal.id, proposal: digest, effects: null };
const mint = (): Grant => Grant.mint(proposal.id, digest, null, bytes);

test('a grant gives back exactly the proposal that it was minted for, once', () => {
  const grant = mint();
  assert.deepEqual(Grant.redeem(grant, target), proposal);
  assert.throws(() => Grant.redeem(grant, target), isFault('grant.used'));
});

test('a copied grant is refused', () => {
  const grant = mint();
  for (const copy of [Object.assign({}, grant), structuredClone(Object.assign({}, grant)), Object.create(grant), Object.assign(Object.create(Grant.prototype), grant)]) {
    assert.throws(() => Grant.redeem(copy, target), isFault('grant.copied'));
  }
});

test('a grant for another action, other bytes or other effects is refused, and is spent by the attempt', () => {
  for (const other of [{ ...target, action: 'b000000000' }, { ...target, proposal: 'e'.repeat(64) }, { ...target, effects: 'f'.repeat(64) }]) {
    const grant = mint();
    assert.throws(() => Grant.redeem(grant, other), isFault('grant.retargeted'));
    assert.throws(() => Grant.redeem(grant, target), isFault('grant.used'));
  }
});

test('an expired or revoked grant is refused', () => {
  assert.throws(() => Grant.redeem(mint(), target, performance.now() + GRANT_LIFE + 1), isFault('grant.expired'));
  const grant = mint();
  grant.revoke();
  assert.throws(() => Grant.redeem(grant, target), isFault('grant.revoked'));
});

test('changing the bytes after the mint changes nothing: the grant holds its own copy', () => {
  const mine = Uint8Array.from(bytes);
  const grant = Grant.mint(proposal.id, digest, null, mine);
  mine.fill(0x20);
  assert.deepEqual(Grant.redeem(grant, target), proposal);
});
