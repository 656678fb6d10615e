// Reads Markdown into marked's tokens, by pieces that never change once the next has begun (so that a text that grows
// costs its last piece only), within bounds of depth, size and time: past them a piece is plain text, and whole.
import { Lexer, type Token } from 'marked';

export type Piece =
  | { readonly kind: 'text'; readonly source: string }
  | { readonly kind: 'code'; readonly source: string; readonly lang: string };

/** Characters that one piece may have, and one run of words in it, to be read as more than plain text. */
const MOST_PIECE = 16_384;
const MOST_RUN = 4_096;
/** Milliseconds for one piece: the last resort, far above what its size lets it take, also on a busy machine. */
const MOST_TIME = 250;
/** Markers of quotes and lists one after the other, or lists far to the right: the lexer's cost grows with each level. */
const TOO_DEEP = /^(?:[ \t]*(?:>|[-*+](?=[ \t])|\d{1,9}[.)](?=[ \t]))){13}|^[ \t]{40,}(?:[-*+]|\d{1,9}[.)])[ \t]/m;
const FENCE = /^(`{3,}(?=[^`]*$)|~{3,})(.*)$/;
const LIST = /^(?:[-*+]|\d{1,9}[.)])[ \t]/;

/** The pieces of a text, in order; joined they say all of it. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let lines: string[] = [];
  let fence: { readonly mark: string; readonly lang: string; readonly lines: string[] } | null = null;
  let blank = false;
  const flush = (): void => {
    const source = lines.join('\n');
    if (source.trim() !== '') pieces.push({ kind: 'text', source });
    lines = [];
  };
  for (const line of text.split('\n')) {
    if (fence !== null) {
      const end = line.trim();
      if (end.startsWith(fence.mark) && end === end.charAt(0).repeat(end.length) && /^ {0,3}\S/.test(line)) {
        pieces.push({ kind: 'code', source: fence.lines.join('\n'), lang: fence.lang });
        fence = null;
      } else fence.lines.push(line);
      continue;
    }
    const [, mark, lang] = FENCE.exec(line) ?? [];
    if (mark !== undefined) {
      flush();
      fence = { mark, lang: (lang ?? '').trim(), lines: [] };
    } else {
      if (blank && /^\S/.test(line) && !(LIST.test(line) && LIST.test(lines[0] ?? ''))) flush();
      if (lines.length > 0 || line !== '') lines.push(line);
    }
    blank = line.trim() === '';
  }
  if (fence !== null) pieces.push({ kind: 'code', source: fence.lines.join('\n'), lang: fence.lang });
  flush();
  return pieces;
}

/** Null: past the bounds, to be shown as plain text. */
export function tokensOf(source: string): readonly Token[] | null {
  if (source.length > MOST_PIECE || TOO_DEEP.test(source)) return null;
  const lexer = new Lexer();
  const end = performance.now() + MOST_TIME;
  try {
    const tokens = lexer.blockTokens(source, lexer.tokens);
    for (const { src, tokens: into } of lexer.inlineQueue) {
      if (src.length > MOST_RUN || performance.now() > end) into.push({ type: 'text', raw: src, text: src });
      else lexer.inlineTokens(src, into);
    }
    return tokens;
  } catch {
    // Nested past the stack: its words are still words.
    return null;
  }
}

/** Where an address really leads; null for one that is not opened from here. */
export function placeOf(address: string): { readonly href: string; readonly host: string; readonly origin: string } | null {
  if (!URL.canParse(address)) return null;
  const { protocol, host, href, pathname } = new URL(address);
  if (protocol === 'http:' || protocol === 'https:') return host === '' ? null : { href, host, origin: `${protocol}//${host}` };
  return protocol === 'mailto:' ? { href, host: pathname, origin: `${protocol}${pathname}` } : null;
}
