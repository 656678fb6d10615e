// For tests: faults are told apart by their codes, never by their prose.
import { Fault } from '../../src/model/fault.ts';

export function isFault(code: string | RegExp): (error: unknown) => boolean {
  return (error) => error instanceof Fault && (typeof code === 'string' ? error.code === code : code.test(error.code));
}
