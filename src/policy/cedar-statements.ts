// Where the statements of a Cedar text begin and end, by its strings and comments alone: so that each one that can't be
// read is told, and not only the first.
export interface Statement {
  /** From the first character that is no space and no comment, through its semicolon. */
  readonly text: string;
  /** Characters from the beginning. */
  readonly at: number;
}

export function statementsOf(text: string): readonly Statement[] {
  const found: Statement[] = [];
  let begin: number | null = null;
  // A string, a comment, a semicolon, or any other character that is no space.
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\[^])*"?|\/\/[^\n]*|;|[^\s]/g)) {
    if (token.startsWith('//')) continue;
    begin ??= index;
    if (token !== ';') continue;
    found.push({ text: text.slice(begin, index + 1), at: begin });
    begin = null;
  }
  if (begin !== null) found.push({ text: text.slice(begin), at: begin });
  return found;
}
