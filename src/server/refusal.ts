// What the server says when it says no: a status, a code, words and a next step. Never a stack trace, and to
// somebody without a credential nothing about what is here.
import { Fault, type FaultCode } from '../model/fault.ts';

export interface Refusal {
  readonly refused: true;
  readonly status: number;
  readonly code: FaultCode;
  readonly words: string;
  readonly hint: string;
  /** More headers of the answer. */
  readonly headers?: { readonly [name: string]: string };
}

export function refuse(status: number, code: FaultCode, words: string, hint: string, headers?: Refusal['headers']): Refusal {
  return { refused: true, status, code, words, hint, ...(headers === undefined ? {} : { headers }) };
}

export function isRefusal(value: unknown): value is Refusal {
  return typeof value === 'object' && value !== null && 'refused' in value && value.refused === true;
}

/** The body of the answer. */
export function errorJson({ code, words, hint }: Pick<Refusal, 'code' | 'words' | 'hint'>): object {
  return { error: { code, words, hint } };
}

/** Statuses of the faults that a client can meet by what it asks. Everything else is ours: 500. */
const STATUSES: readonly (readonly [RegExp, number])[] = [
  [/^request\.large$/, 413],
  [/^request\.cut$/, 400],
  [/^model\.refused$/, 403],
  [/^restore\.(staged|busy|none)$/, 409],
  [/^(action|session|workspace|id|service)\.unknown$|^folder\.missing$|^log\.payload-unknown$|^draft\.(empty|view|action)$/, 404],
  [/^action\.(not-waiting|busy|changed)$|^session\.(busy|waits|moved)$|^undo\.undone$/, 409],
  [/^action\.(expired|erased)$|^context\.erased$|^log\.payload-erased$|^undo\.pruned$/, 410],
  [/^(turn\.many|service\.too-many)$/, 429],
  [/^(workspace|session|file|edit|model|id|proposal|path|draft|undo|service|pieces|backup|config|restore)\.|^run\.|^log\.query$|^request\.none$/, 422],
  [/^policy\.unknown$/, 404],
  [/^policy\.(offer-changed|trust-changed|not-trusted|no-rules)$/, 409],
  [/^policy\./, 422],
  [/^storage\.busy$|^search\.(broken|closed)$/, 503],
  [/^storage\.full$/, 507],
];

/** Words for anything that a handler threw. A fault speaks for itself; anything else is told as a fault of ours. */
export function refusalOf(error: unknown): Refusal {
  if (!(error instanceof Fault)) return refuse(500, 'server.fault', 'Something broke in the workbench; nothing was answered.', 'see what `pwb start` printed, then try again');
  const status = STATUSES.find(([pattern]) => pattern.test(error.code))?.[1] ?? 500;
  return refuse(status, error.code, error.message, error.hint ?? '');
}
