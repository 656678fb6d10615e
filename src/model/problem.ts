// What is wrong with files of rules: all of it, each with its file, line and next step. A fault of these says the first
// and how many there are; a door tells them all.
import { Fault, wordsOf, type FaultCode } from './fault.ts';

export interface Problem {
  readonly file: string;
  /** From 1; null: it is about the file as a whole. */
  readonly line: number | null;
  readonly code: FaultCode;
  readonly words: string;
  /** The next step. */
  readonly hint: string;
}

/** Nobody reads more in one sentence. */
const FEW = 3;

export class RulesFault extends Fault {
  readonly problems: readonly Problem[];

  /** @param problems at least one; the first one gives the code. */
  constructor(problems: readonly Problem[]) {
    const [first] = problems;
    const more = problems.length - 1;
    super(first?.code ?? 'policy.broken', `${first === undefined ? 'the rules are broken' : problemWords(first)}${more > 0 ? ` (and ${more} more)` : ''}`, first?.hint);
    this.problems = problems;
  }
}

/** `mine.cedar:4: mine.never has no @reason`, without the next step. */
export function problemWords({ file, line, words }: Problem): string {
  return `${file}${line === null ? '' : `:${line}`}: ${words}`;
}

/** Whatever reading rules threw, as problems of `file`. */
export function problemsOf(error: unknown, file: string): readonly Problem[] {
  if (error instanceof RulesFault) return error.problems;
  if (error instanceof Fault) return [{ file, line: null, code: error.code, words: error.message, hint: error.hint ?? 'see `pwb doctor`' }];
  throw error;
}

/** Of whatever kept rules from being read: the first few problems, each with its next step, and how many more there are. */
export function brokenWords(error: unknown): string {
  if (!(error instanceof RulesFault)) return `${wordsOf(error)}${error instanceof Fault && error.hint !== undefined ? ` (${error.hint})` : ''}`;
  const said = error.problems.slice(0, FEW).map((one) => `${problemWords(one)} (${one.hint})`).join('; ');
  const more = error.problems.length - FEW;
  return more > 0 ? `${said}; and ${more} more, which \`pwb policy check\` names` : said;
}

/** Of a byte from the beginning. */
export function lineAt(text: string, byte: number): number {
  return Buffer.from(text).subarray(0, byte).toString().split('\n').length;
}
