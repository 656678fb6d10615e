// What an event is called, and its fields as a person reads them. Fields hold ids, closed words, numbers, digests and
// times only; all else is in the payloads.
import { visible } from '../../../../src/model/visible.ts';
import type { EventType, LogEvent } from '../../api/types.ts';
import { durationWords, exact } from '../../parts/time.tsx';

const NAMES: { readonly [type in EventType]: string } = {
  'log.opened': 'The log begins',
  'session.started': 'Conversation begun',
  'session.renamed': 'Conversation renamed',
  'session.changed': 'Conversation set otherwise',
  'session.rewound': 'Conversation taken back',
  'message.added': 'Message',
  'context.compacted': 'Context made shorter',
  'turn.ended': 'Turn ended',
  'action.proposed': 'Action proposed',
  'action.decided': 'Rules decided',
  'action.shown': 'Shown to a person',
  'action.answered': 'Person answered',
  'action.granted': 'Granted',
  'action.started': 'Started',
  'action.rehearsed': 'Rehearsed',
  'action.ended': 'Ended',
  'model.answered': 'The model answered',
  'cancel.asked': 'Cancel asked for',
  'stop.asked': 'Stop of everything asked for',
  'workspace.added': 'Workspace added',
  'workspace.removed': 'Workspace removed',
  'config.changed': 'Setting changed',
  'rule.added': 'Rule added',
  'rule.removed': 'Rule removed',
  'file.marked': 'Files marked as from outside',
  'file.endorsed': 'Files trusted by you',
  'policy.loaded': 'Rule files loaded',
  'policy.trusted': 'Rules of a workspace trusted',
  'policy.untrusted': 'Rules of a workspace no longer trusted',
  'credential.made': 'Credential made',
  'credential.used': 'Credential used',
  'credential.revoked': 'Credential revoked',
  'service.ended': 'Command that stays ended',
  'draft.dropped': 'Thrown away from a draft',
  'undo.pruned': 'Undo no longer kept',
  'payload.erased': 'Erased',
  'state.saved': 'Backup made',
  'state.restored': 'Restored from a backup',
  'clock.jumped': 'The clock jumped',
};

export function eventName(type: EventType): string {
  // A newer server's word, until the page is loaded anew.
  return NAMES[type] ?? visible(type);
}

/** What has its own place on the page. */
const ELSEWHERE = new Set(['type', 'session', 'action']);
const FIELDS: { readonly [name: string]: string } = {
  turn: 'Turn', by: 'By', kind: 'Kind', editedFrom: 'Edited from', stage: 'Stage', verdict: 'Verdict', rules: 'Rules', profile: 'Profile', door: 'Door', answer: 'Answer',
  credential: 'Credential', grant: 'Grant', proposal: 'Proposal', effects: 'Effects', expires: 'Expires', exit: 'Exit', signal: 'Signal', limits: 'Limits hit', duration: 'Took',
  outcome: 'Outcome', why: 'Why', into: 'Went into', finish: 'Finish', calls: 'Tool calls', promptTokens: 'Tokens read', outputTokens: 'Tokens written', status: 'HTTP status',
  role: 'Role', epoch: 'Epoch', index: 'Place', format: 'Format', origin: 'Origin', key: 'Key', replaced: 'Messages left out', target: 'What', workspace: 'Workspace', rule: 'Rule',
  how: 'How', actions: 'Actions', landings: 'Landings', bytes: 'Bytes', digests: 'Payloads', reason: 'Reason', from: 'From event',
};

export function bodyFacts(body: LogEvent['body']): readonly { readonly name: string; readonly words: string }[] {
  return Object.entries(body)
    .filter(([name]) => !ELSEWHERE.has(name))
    .map(([name, value]: [string, unknown]) => ({ name: FIELDS[name] ?? name, words: visible(wordsOf(body.type, name, value)) }));
}

/** Closed words of the log, for people. What isn't here is said as it stands. */
const VALUES: { readonly [name: string]: { readonly [value: string]: string } } = {
  door: { cli: 'the command line', http: 'this page, or a program', house: 'the workbench itself' },
  stage: { rehearse: 'before it was tried in a copy', land: 'before it landed' },
  verdict: { allow: 'allowed', ask: 'asks you', deny: 'refused' },
  answer: { invoke: 'yes', deny: 'no', edit: 'yes, edited' },
  by: { person: 'you', rule: 'a rule', model: 'the model', house: 'the workbench' },
  into: { workspace: 'the workspace', draft: 'the draft', nothing: 'nothing: it changed nothing' },
  credential: { terminal: 'a terminal' },
  reason: { person: 'you wanted it', retention: 'it was kept long enough', secret: 'it held a secret' },
  how: { ended: 'ended by itself', stopped: 'was stopped', limit: 'met a limit', broken: 'broke' },
};
const CREDENTIALS: { readonly [kind: string]: string } = { link: 'a sign-in link', session: 'a browser', cli: 'the command line' };

function wordsOf(type: EventType, name: string, value: unknown): string {
  if (typeof value === 'string') {
    const words = name === 'kind' && type.startsWith('credential.') ? CREDENTIALS[value] : VALUES[name]?.[value];
    if (words !== undefined) return words;
  }
  if (name === 'duration' && typeof value === 'number') return durationWords(value);
  if (name === 'expires' && typeof value === 'string') return exact(value);
  if (name === 'by' && type === 'clock.jumped' && typeof value === 'number') return `${value < 0 ? 'back' : 'forward'} ${durationWords(Math.abs(value))}`;
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : JSON.stringify(value);
}
