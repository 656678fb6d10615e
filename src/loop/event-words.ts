// An event in one line of words. What a person, a model or a program said in it is drawn so that nothing hides, and cut
// where a line is full, which the sign at its end says; the event itself has all of it.
import type { Log } from '../audit/log.ts';
import { titleOf } from '../approvals/title.ts';
import type { EventBody, LogEvent } from '../model/event.ts';
import { Fault } from '../model/fault.ts';
import type { Proposal } from '../model/proposal.ts';
import { visible } from '../model/visible.ts';
import { addedRule, credentialWords, removedRule, restoredWords, savedWords, setWords } from './event-details.ts';

/** Characters of a line, and of one thing said in it. */
const LINE = 400;
const SAID = 240;
/** Bytes above which a payload isn't opened for the sake of a line. */
const LARGE = 1024 * 1024;

/** @param proposal of the event's action; null where that was erased. */
export function eventWords(log: Log, event: LogEvent, proposal: Proposal | null): string {
  const title = proposal === null ? 'an action whose words were erased' : titleOf(proposal.action);
  try {
    return cut(wordsOfBody(log, event, title, (name) => said(log, event, name)), LINE);
  } catch (error) {
    if (error instanceof Fault) return cut(`${event.body.type}: ${visible(error.message)}`, LINE);
    throw error;
  }
}

function wordsOfBody(log: Log, event: LogEvent, title: string, say: (name: string) => string): string {
  const { body } = event;
  switch (body.type) {
    case 'log.opened':
      return 'The log begins';
    case 'session.started':
      return `Session begun${after(say('title'))}`;
    case 'session.renamed':
      return `Session named${after(say('title'))}`;
    case 'message.added':
      return messageWords(body.role, say('message'));
    case 'context.compacted':
      return `The context was shortened: ${body.replaced} messages were replaced`;
    case 'turn.ended':
      return `Turn ended (${body.why})${after(say('detail'))}`;
    case 'action.proposed':
      return `Proposed: ${title}${body.editedFrom === undefined ? '' : ` (edited from ${body.editedFrom})`}`;
    case 'action.decided':
      return `${{ allow: 'Allowed', ask: 'Asks', deny: 'Refused by a rule' }[body.verdict]}${body.stage === 'rehearse' ? ' to be tried' : ''}: ${title}${after(say('reason'), ' — ')}`;
    case 'action.shown':
      return `Shown to the person: ${title}`;
    case 'action.answered':
      return `${{ invoke: 'Invoked', deny: 'Denied', edit: 'Edited and invoked' }[body.answer]}: ${title}${after(say('why'), ' — ')}`;
    case 'action.granted':
      return `Granted by ${body.by === 'person' ? 'the person' : 'a rule'}: ${title}`;
    case 'action.started':
      return `Begun${body.stage === 'rehearse' ? ' in a copy' : ''}: ${title}`;
    case 'action.rehearsed':
      return `Tried in a copy: ${title}${exitWords(body)}`;
    case 'action.ended':
      return `${{ done: 'Done', failed: 'Failed', refused: 'Refused', unknown: 'Cut off, its outcome is not known' }[body.outcome]}: ${title}${exitWords(body)}${{ workspace: ', landed', draft: ', in the draft', nothing: '' }[body.into ?? 'nothing']}`;
    case 'model.answered':
      return `The model answered (${visible(body.finish)}${body.calls === 0 ? '' : `, ${body.calls} ${body.calls === 1 ? 'call' : 'calls'}`}${body.outputTokens === undefined ? '' : `, ${body.outputTokens} tokens`})`;
    case 'cancel.asked':
      return `Cancelled: ${body.target}`;
    case 'stop.asked':
      return 'Everything was stopped';
    case 'workspace.added':
      return `Workspace registered${after(say('detail'))}`;
    case 'workspace.removed':
      return `Workspace forgotten${after(say('detail'))}`;
    case 'config.changed':
      return `Setting changed${after(say('detail'))}`;
    case 'credential.made':
    case 'credential.used':
    case 'credential.revoked':
      return credentialWords(body.type, body.kind);
    case 'service.ended':
      return `A command that stayed has ended (${body.how}): ${title}${exitWords(body)}`;
    case 'draft.dropped':
      return `Dropped from the draft: ${body.actions.length} ${body.actions.length === 1 ? 'action' : 'actions'}`;
    case 'undo.pruned':
      return `No longer kept for undo: ${body.landings.length} ${body.landings.length === 1 ? 'landing' : 'landings'}, ${body.bytes} bytes`;
    case 'payload.erased':
      return `Erased: ${body.digests.length} ${body.digests.length === 1 ? 'payload' : 'payloads'}${after(say('why'))}`;
    case 'clock.jumped':
      return `The clock ${body.by < 0 ? 'went back' : 'jumped ahead'} by ${Math.round(Math.abs(body.by) / 1000)} s`;
    case 'session.changed':
      return setWords(log, event);
    case 'session.rewound':
      return `The conversation was taken back${after(say('detail'))}`;
    case 'rule.added':
      return addedRule(log, event);
    case 'rule.removed':
      return removedRule(log, body.rule);
    case 'file.marked':
      return `Marked as shaped by what came from outside${body.into === 'draft' ? ', in the draft' : ''}${after(say('detail'))}`;
    case 'file.endorsed':
      return `Files that the person trusts again${after(say('detail'))}`;
    case 'policy.loaded':
      return 'Rules of your own hold from here on';
    case 'policy.trusted':
      return 'Rules of a workspace hold from here on';
    case 'policy.untrusted':
      return 'Rules of a workspace hold no more';
    case 'state.saved':
      return savedWords(log, event);
    case 'state.restored':
      return restoredWords(log, event);
  }
}

function messageWords(role: Extract<EventBody, { readonly type: 'message.added' }>['role'], text: string): string {
  switch (role) {
    case 'user':
      return `Said${after(text)}`;
    case 'assistant':
      return text === '' ? 'The model called tools' : `The model said${after(text)}`;
    case 'tool':
      return 'A result was given to the model';
    case 'system':
      return 'What the model is told beforehand';
  }
}

function exitWords({ exit, signal, duration }: { readonly exit?: number; readonly signal?: string; readonly duration: number }): string {
  const how = signal !== undefined ? `, ended by ${visible(signal)}` : exit === undefined ? '' : `, exit ${exit}`;
  return `${how}, ${duration < 10_000 ? `${Math.round(duration)} ms` : `${(duration / 1000).toFixed(0)} s`}`;
}

function after(text: string, between = ': '): string {
  return text === '' ? '' : `${between}${text}`;
}

/** What a payload says, in one drawn line; empty where there is none. Erased and unreadable ones say so. */
function said(log: Log, { payloads }: LogEvent, name: string): string {
  const ref = payloads[name];
  if (ref === undefined) return '';
  if (ref.size > LARGE) return 'too long for a line';
  try {
    const bytes = log.read(ref.digest);
    return bytes === null ? 'erased' : cut(visible(plainText(new TextDecoder().decode(bytes)).replaceAll(/\s+/g, ' ').trim()), SAID);
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}

/** A message's content, the strings of other JSON, and any other text as it is. */
function plainText(text: string): string {
  const bare = text.replace(/^,/, '');
  if (!/^[[{"]/.test(bare)) return text;
  try {
    const value: unknown = JSON.parse(bare);
    if (typeof value === 'object' && value !== null && 'role' in value) return 'content' in value && typeof value.content === 'string' ? value.content : '';
    return leaves(value).join(' ');
  } catch {
    return text; // Not JSON after all.
  }
}

function leaves(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value === 'number' || typeof value === 'boolean') return [String(value)];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(leaves) : [];
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
