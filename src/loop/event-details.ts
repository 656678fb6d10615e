// What some events hold as data, in words: a standing rule, a backup, what a conversation was set to, which credential.
// All that a person or a file named is drawn.
import { ruleIn, ruleOnce } from '../approvals/standing.ts';
import type { Log } from '../audit/log.ts';
import { parseCanonical } from '../model/canonical.ts';
import type { CredentialKind, LogEvent } from '../model/event.ts';
import type { Id } from '../model/id.ts';
import { visible } from '../model/visible.ts';
import { standingLines } from '../policy/standing-words.ts';
import type { StandingBody } from '../policy/standing.ts';

/** The clauses of a rule in one line; what is asked all the same is the same for every rule. */
function ruleLine(rule: StandingBody | null): string {
  if (rule === null) return 'its words were erased';
  const [where = '', ...clauses] = standingLines(rule).slice(0, -1);
  return `${where} ${clauses.join('; ')}`;
}

export const addedRule = (log: Log, event: LogEvent): string => `A rule of yours was added: ${ruleLine(ruleIn(log, event))}`;
export const removedRule = (log: Log, id: Id): string => `A rule of yours was taken away: ${ruleLine(ruleOnce(log, id))}`;

export function restoredWords(log: Log, event: LogEvent): string {
  const { made, version, events } = detailOf(log, event);
  const which = [typeof made === 'string' ? `made at ${visible(made)}` : '', typeof events === 'number' ? `with ${events} ${events === 1 ? 'event' : 'events'}` : '', typeof version === 'string' ? `by version ${visible(version)}` : ''].filter((word) => word !== '');
  return `The state was restored from a backup${which.length === 0 ? '' : `, ${which.join(', ')}`}`;
}

export function savedWords(log: Log, event: LogEvent): string {
  const { version } = detailOf(log, event);
  return `A backup of the state was begun${typeof version === 'string' ? `, by version ${visible(version)}` : ''}`;
}

export function setWords(log: Log, event: LogEvent): string {
  const { model, profile } = detailOf(log, event);
  const what = [typeof model === 'string' ? `the model is ${visible(model)} now` : '', profile === undefined ? '' : typeof profile === 'string' ? `the profile is ${visible(profile)} now` : 'the profile is the configured one now'].filter((word) => word !== '');
  return `The conversation was set otherwise${what.length === 0 ? '' : `: ${what.join(', ')}`}`;
}

export function credentialWords(type: 'credential.made' | 'credential.used' | 'credential.revoked', kind: CredentialKind): string {
  switch (type) {
    case 'credential.made':
      return { link: 'A sign-in link was made', session: 'A browser signed in', cli: 'The command line got its credential' }[kind];
    case 'credential.used':
      return { link: 'A sign-in link was used', session: 'A browser came back', cli: 'The command line used its credential' }[kind];
    case 'credential.revoked':
      return { link: 'A sign-in link was taken back', session: 'A browser was signed out', cli: 'The credential of the command line was taken back' }[kind];
  }
}

/** Empty where it was erased, or is no object. */
function detailOf(log: Log, { payloads }: LogEvent): { readonly [name: string]: unknown } {
  const ref = payloads['detail'];
  const bytes = ref === undefined ? null : log.read(ref.digest);
  const value = bytes === null ? null : parseCanonical(bytes);
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.fromEntries(Object.entries(value)) : {};
}
