// Who answered, for the log: this door, and the credential that the guard found good. Never what a client says of itself.
import type { Answerer } from '../approvals/answer.ts';
import { Fault } from '../model/fault.ts';
import type { Credential } from './credentials.ts';

export function answererOf(credential: Credential | null): Answerer {
  if (credential === null) throw new Fault('server.fault', 'a request without a credential got past the guard', 'this is a fault of the workbench: please report it');
  return { door: 'http', credential: credential.id };
}
