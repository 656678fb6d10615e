// Fits a context into the model's window, or says in words that it can't. Nothing is ever cut silently: what is
// left out leaves a sentence in its place, and the change is on record as a new epoch.
import type { ContextMessage } from '../audit/context.ts';

/** JSON with tool results averages a little over 3 bytes a token; an estimate errs on the full side. */
export const BYTES_PER_TOKEN = 3;

export function estimateTokens(bytes: number, bytesPerToken = BYTES_PER_TOKEN): number {
  return Math.ceil(bytes / bytesPerToken);
}

/** Room for the answer: an eighth of the window, at least 512 tokens. */
export function promptLimit(window: number): number {
  return window - Math.max(512, Math.floor(window / 8));
}

export type Fit =
  | { readonly kind: 'fits' }
  /** Indexes to blank (a tool's result becomes one sentence) and the index from which whole messages are kept, after the system text. */
  | { readonly kind: 'compact'; readonly blank: ReadonlySet<number>; readonly keepFrom: number }
  | { readonly kind: 'too-large'; readonly tokens: number };

const BLANKED = 160;

/**
 * @param fixed bytes of everything but the messages. @param limit in tokens.
 * Old tool results go first, then whole old turns; the running turn's question and latest results stay.
 */
export function fit(messages: readonly ContextMessage[], fixed: number, limit: number, bytesPerToken = BYTES_PER_TOKEN): Fit {
  const size = (blank: ReadonlySet<number>, keepFrom: number): number =>
    fixed + messages.reduce((sum, { idx, size: bytes }) => sum + (idx !== 0 && idx < keepFrom ? 0 : blank.has(idx) ? Math.min(bytes, BLANKED) : bytes), 0);
  const fits = (blank: ReadonlySet<number>, keepFrom: number): boolean => estimateTokens(size(blank, keepFrom), bytesPerToken) <= limit;
  if (fits(new Set(), 0)) return { kind: 'fits' };

  // Aim lower than the limit, so that the next step doesn't compact again.
  const roomy = (blank: ReadonlySet<number>, keepFrom: number): boolean => estimateTokens(size(blank, keepFrom), bytesPerToken) <= limit * 0.7;
  const turn = messages.at(-1)?.turn ?? 0;
  const latest = lastIndex(messages, ({ role }) => role === 'assistant');
  const blank = new Set<number>();
  for (const { idx, role, size: bytes } of messages) {
    if (role === 'tool' && idx < latest && bytes > BLANKED) blank.add(idx);
    if (roomy(blank, 0)) return { kind: 'compact', blank, keepFrom: 0 };
  }
  const starts = messages.filter(({ role, turn: of }) => role === 'user' && of <= turn).map(({ idx }) => idx);
  for (const keepFrom of starts) if (roomy(blank, keepFrom)) return { kind: 'compact', blank, keepFrom };
  const last = starts.at(-1) ?? 0;
  if (fits(blank, last)) return { kind: 'compact', blank, keepFrom: last };
  return { kind: 'too-large', tokens: estimateTokens(size(blank, last), bytesPerToken) };
}

function lastIndex(messages: readonly ContextMessage[], matches: (message: ContextMessage) => boolean): number {
  return messages.findLast(matches)?.idx ?? 0;
}
