import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LOOK_BACK, paceOf, type Yes } from './pace.ts';

const S = 1000;
const START = 1_700_000_000_000;
/** Yeses at these seconds, each to a batch of its own. */
const at = (...seconds: number[]): Yes[] => seconds.map((second, index) => ({ batch: `b${index}`, at: START + second * S, shown: null }));
const waitAfter = (yeses: readonly Yes[], later = 0, next?: string): number => paceOf(yeses, (yeses.at(-1)?.at ?? START) + later * S, next).wait / S;

test('nobody is slowed who has said yes four times, or five times with thought', () => {
  assert.equal(waitAfter([]), 0);
  assert.equal(waitAfter(at(0, 1, 2, 3)), 0);
  assert.equal(waitAfter(at(0, 6, 12, 18, 24, 30, 36)), 0);
});

test('the fifth quick yes within half a minute makes the next one wait, in words', () => {
  const pace = paceOf(at(0, 2, 4, 6, 8), START + 8.5 * S);
  assert.equal(pace.wait, 2500);
  assert.equal(pace.quick, 5);
  assert.match(pace.words, /5 times in quick succession.*3 s/);
  assert.equal(paceOf(at(0, 2, 4, 6, 8), START + 11 * S).wait, 0);
});

test('whoever goes on as soon as the wait is over waits longer each time, up to fifteen seconds', () => {
  const yeses = [...at(0, 1, 2, 3, 4)];
  const waits: number[] = [];
  for (let round = 0; round < 7; round++) {
    const wait = waitAfter(yeses);
    waits.push(wait);
    yeses.push({ batch: `r${round}`, at: (yeses.at(-1)?.at ?? 0) + wait * S + 500, shown: null });
  }
  assert.deepEqual(waits, [3, 6, 9, 12, 15, 15, 15]);
});

test('a yes after a moment of looking ends the burst', () => {
  assert.equal(waitAfter([...at(0, 1, 2, 3, 4), { batch: 'x', at: START + 12 * S, shown: null }]), 0);
  assert.equal(paceOf(at(0, 1, 2, 3, 4), START + 60 * S).held, 0, 'and later nothing is said of it on record');
});

test('a yes right after its card came up is a quick one, however long nothing had waited before', () => {
  const quick = [0, 7, 14, 21, 28].map((second, index): Yes => ({ batch: `b${index}`, at: START + second * S, shown: START + second * S - 900 }));
  assert.equal(waitAfter(quick), 3);
  const slow = [0, 10, 20, 30, 40].map((second, index): Yes => ({ batch: `b${index}`, at: START + second * S, shown: START + second * S - 900 }));
  assert.equal(waitAfter(slow), 0, 'five in forty seconds are no burst');
});

test('what came with one answer of the model counts as one, and more of it is not slowed', () => {
  const many = at(0, 1, 2, 3, 4, 5, 6, 7, 8).map((yes) => ({ ...yes, batch: 'one' }));
  assert.equal(waitAfter(many), 0);
  const five = at(0, 1, 2, 3, 4);
  assert.equal(waitAfter(five, 0, 'b4'), 0);
  assert.equal(waitAfter(five, 0, 'b5'), 3);
});

test('no wait is longer than fifteen seconds, and none is over a burst that is long past or in the future', () => {
  const yes = fc.record({ batch: fc.constantFrom('a', 'b', 'c', 'd'), gap: fc.integer({ min: 0, max: 20 * S }), shown: fc.option(fc.integer({ min: -5 * S, max: 0 })) });
  fc.assert(fc.property(fc.array(yes, { maxLength: 30 }), fc.integer({ min: 0, max: 40 * S }), (steps, later) => {
    let now = START;
    const yeses = steps.map(({ batch, gap, shown }): Yes => ({ batch, at: (now += gap), shown: shown === null ? null : now + shown }));
    const { wait, words } = paceOf(yeses, now + later);
    assert.ok(wait >= 0 && wait <= 15 * S && (wait > 0) === (words !== ''));
    assert.equal(paceOf(yeses, now + LOOK_BACK + 1).wait, 0);
    assert.equal(paceOf(yeses, START - 1).wait, 0, 'a clock that went back slows nobody');
  }));
});
