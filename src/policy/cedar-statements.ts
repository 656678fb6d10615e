// Where the statements of a Cedar text begin and end, by its strings and comments alone: so that each one that can't be
// read is told, and not only the first. And which of them are too much to be handed to Cedar, which goes down into each.
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

/** Brackets within brackets; and what joins parts of a rule, each of which Cedar takes to be one deeper. */
const DEEPEST = 60;
const MOST_JOINTS = 150;
/** What is taken out of something else; nearly every part of a rule has one. */
const MOST_DOTS = 500;

/** Where statements begin that are nested or chained too long for Cedar, which would run out of its stack. */
export function tooDeep(text: string): readonly number[] {
  return statementsOf(text).filter(({ text: statement }) => isTooDeep(statement)).map(({ at }) => at);
}

function isTooDeep(statement: string): boolean {
  let depth = 0;
  let joints = 0;
  let dots = 0;
  for (const [token] of statement.matchAll(/"(?:[^"\\]|\\[^])*"?|\/\/[^\n]*|&&|\|\||\bif\b|[-+*.()[\]{}]/g)) {
    if (token.startsWith('"') || token.startsWith('//')) continue;
    if ('([{'.includes(token)) depth += 1;
    else if (')]}'.includes(token)) depth -= 1;
    else if (token === '.') dots += 1;
    else joints += 1;
    if (depth > DEEPEST || joints > MOST_JOINTS || dots > MOST_DOTS) return true;
  }
  return false;
}
