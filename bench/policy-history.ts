// A history to look back on: turns with a request to a model, a reading, and a command whose changes a person lets land
// or not; by the real appender and with the facts that the rules put on record.
import { recordProposal } from '../src/approvals/actions.ts';
import { recordDecision } from '../src/approvals/settle.ts';
import type { Log, Tx } from '../src/audit/log.ts';
import type { Action } from '../src/model/action.ts';
import { timeText } from '../src/model/clock.ts';
import { EMPTY_SHA256, NO_EFFECTS, UNKNOWN_EFFECTS, type Effects } from '../src/model/effects.ts';
import type { Into, Stage } from '../src/model/event.ts';
import { newId, type Id } from '../src/model/id.ts';
import { label } from '../src/model/label.ts';
import type { Proposal } from '../src/model/proposal.ts';
import { policyOf } from '../src/policy/decide.ts';
import type { Policy, World } from '../src/policy/policy.ts';

const PLACE = { workspace: 'w000000000', root: '/home/me/site' };
const WORLD: World = { profile: 'step', sandbox: true, closedUrl: () => false, means: () => 'view', isWorkspace: () => true, isClosed: () => false, remote: [], isSecret: () => false, standing: () => [] };
const BY = { door: 'http', credential: 'c000000000' } as const;
const SESSION_TURNS = 20;

/** @returns how many last words on actions there are. */
export async function fillHistory(log: Log, turns: number): Promise<number> {
  const policy = policyOf();
  for (let first = 0; first < turns; first += 100) {
    await log.commit((tx) => {
      let session = newId();
      for (let turn = first; turn < Math.min(turns, first + 100); turn += 1) {
        if (turn % SESSION_TURNS === 0) session = newId();
        addTurn(tx, policy, session, turn);
      }
    });
  }
  return turns * 3;
}

function addTurn(tx: Tx, policy: Policy, session: Id, turn: number): void {
  tx.append({ type: 'message.added', session, turn, role: 'user', epoch: 0, index: turn }, { message: '{"role":"user","content":"Build it."}' });
  const infer: Action = { kind: 'infer', provider: 'llama.cpp', dialect: 'llamacpp', url: 'http://127.0.0.1:8080', model: 'a-model', locality: 'local', head: EMPTY_SHA256, tail: EMPTY_SHA256, epoch: 0, messages: 12, chain: EMPTY_SHA256, bytes: 40_000 };
  decide(tx, policy, propose(tx, session, turn, 'house', '', infer), NO_EFFECTS, 'land', 'workspace');
  decide(tx, policy, propose(tx, session, turn, 'model', 'read', { kind: 'read', ...PLACE, op: 'read', path: `src/part${turn % 50}/file${turn % 997}.ts`, from: 1, to: 0 }), NO_EFFECTS, 'land', 'workspace');
  const run = propose(tx, session, turn, 'model', 'run', { kind: 'run', ...PLACE, argv: ['/bin/sh', '-c', `npm run build -- --part ${turn % 50}`], cwd: '.', access: 'write', timeout: 60_000 });
  decide(tx, policy, run, UNKNOWN_EFFECTS, 'rehearse', 'nothing');
  const effects = built(turn);
  decide(tx, policy, run, effects, 'land', 'workspace');
  const yes = turn % 10 !== 0;
  tx.append({ type: 'action.answered', action: run.id, answer: yes ? 'invoke' : 'deny', ...BY }, yes ? {} : { why: 'not now' });
  if (!yes) return;
  decide(tx, policy, run, effects, 'land', 'workspace');
  tx.append({ type: 'action.granted', action: run.id, grant: newId(), proposal: EMPTY_SHA256, by: 'person', expires: timeText(tx.now) });
}

function propose(tx: Tx, session: Id, turn: number, by: Proposal['by'], tool: string, action: Action): Proposal {
  const proposal: Proposal = { id: newId(), session, turn, by, tool, call: tool === '' ? '' : 'c', why: '', label: label(turn % 3 === 0 ? 'outside' : 'workspace', 'private', 'file:x'), editedFrom: null, action };
  recordProposal(tx, proposal);
  return proposal;
}

function decide(tx: Tx, policy: Policy, proposal: Proposal, effects: Effects, stage: Stage, into: Into): void {
  const decision = policy.decide({ stage, proposal, effects, into, world: WORLD });
  recordDecision(tx, { id: proposal.id } as Parameters<typeof recordDecision>[1], stage, { proposal, effects, decision, profile: WORLD.profile });
}

/** A few files, one of them with a diff. */
function built(turn: number): Effects {
  const file = { type: 'file', mode: 0o644, size: 900, before: EMPTY_SHA256, after: EMPTY_SHA256 } as const;
  const text = `@@ -1,3 +1,3 @@\n${Array.from({ length: 30 }, (_, line) => `-const a${line} = ${line};\n+const a${line} = ${turn};\n`).join('')}`;
  return { certainty: 'known', undo: 'fully', changes: [0, 1, 2].map((at) => ({ change: 'changed', path: `dist/part${turn % 50}/file${at}.js`, ...file })), diffs: [{ path: `dist/part${turn % 50}/file0.js`, unified: text }] };
}
