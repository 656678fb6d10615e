// A Fault is what is thrown when something is broken: a code, words, and a next step.
// A refusal is never thrown: it is a value (a Decision or an Outcome).

/** Codes are closed per room and stable: `room.what-is-wrong`, in kebab case. */
export type FaultCode = `${string}.${string}`;

export class Fault extends Error {
  override readonly name = 'Fault';
  readonly code: FaultCode;
  readonly hint: string | undefined;

  /** @param message what is wrong and where. @param hint the person's next step, as an imperative. */
  constructor(code: FaultCode, message: string, hint?: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }
}

/** Words for anything that was thrown, without a stack trace; a system error keeps its code. */
export function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a Node system error (`ENOENT`…), or the empty string. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
