// What a landing costs that has to ask, with as many standing rules as there can be: of commands, and of folders, which
// is the dearest form.
import { EMPTY_SHA256 } from '../src/model/effects.ts';
import { PERSON } from '../src/model/label.ts';
import { policyOf } from '../src/policy/decide.ts';
import type { Question } from '../src/policy/policy.ts';
import type { Same, Standing, StandingBody } from '../src/policy/standing.ts';
import { cedarOf } from '../src/policy/standing-cedar.ts';
import { ms, now, type Row } from './measure.ts';

const RULES = 500;
const CALLS = 200;
const ROUNDS = 8;
const PLACE = { workspace: 'w0000000ws', root: '/w' } as const;

export function standingRows(): Row[] {
  const commands = medianOf('run', (at) => ({ as: 'argv', argv: ['make', `target-${at}`], cwd: '.' }));
  const folders = medianOf('write', () => ({ as: 'op', op: 'write' }));
  return [
    { what: `a question with ${RULES} standing rules of commands, median`, figure: ms(commands), target: '≤ 3 ms', ok: commands <= 3 },
    { what: `the same, of ${2 * RULES} folders`, figure: ms(folders), target: '≤ 3 ms', ok: folders <= 3 },
  ];
}

/** Of the round that other programs disturbed least. */
function medianOf(kind: 'run' | 'write', same: (at: number) => Same): number {
  const policy = policyOf();
  const rules = Array.from({ length: RULES }, (_, at): Standing => ruleOf({ ...PLACE, kind, by: 'anyone', same: same(at), paths: [], folders: [`made-${at}/in`, `src/part-${at}`], changes: ['created'], executable: false }, at));
  const question = questionOf(kind, rules);
  const medians = Array.from({ length: ROUNDS }, () => {
    const times = Array.from({ length: CALLS }, () => {
      const before = now();
      const { verdict } = policy.decide(question);
      if (verdict !== 'ask') throw new Error(`the question was answered: ${verdict}`);
      return now() - before;
    });
    return times.toSorted((a, b) => a - b)[CALLS / 2] ?? Number.NaN;
  });
  return Math.min(...medians);
}

function ruleOf(body: StandingBody, at: number): Standing {
  return { ...body, cedar: cedarOf(body), id: `r${at}`, from: 'a000000000', made: 0 };
}

function questionOf(kind: 'run' | 'write', rules: readonly Standing[]): Question {
  return {
    stage: 'land', into: 'workspace',
    proposal: {
      id: 'a000000000', session: 's000000000', turn: 1, by: 'model', tool: kind, call: 'c', why: '', label: PERSON, editedFrom: null,
      action: kind === 'run' ? { kind, ...PLACE, argv: ['make', 'other'], cwd: '.', access: 'write', timeout: 1 } : { kind, ...PLACE, op: 'write', path: 'other/deep/file-0', content: '' },
    },
    effects: { certainty: 'known', undo: 'fully', diffs: [], changes: Array.from({ length: 20 }, (_, at) => ({ change: 'created', path: `other/deep/file-${at}`, type: 'file', mode: 0o644, size: 1, after: EMPTY_SHA256 })) },
    world: { profile: 'step', sandbox: true, remote: [], closedUrl: () => false, means: () => 'view', standing: () => rules, isSecret: () => false, isWorkspace: () => true, isClosed: () => false },
  };
}

if (import.meta.main) console.table(standingRows());
