// What is wrong with a configuration, in words: where, what was meant to be there, and the nearest known name.
import type * as z from 'zod/mini';

/** @param known every key that a configuration may have, at any depth. */
export function issueWords(issues: readonly z.core.$ZodIssue[], known: readonly string[]): string {
  return issues.map((issue) => `${issue.path.join('.') || 'the file'}: ${wordsFor(issue, known)}`).join('; ');
}

function wordsFor(issue: z.core.$ZodIssue, known: readonly string[]): string {
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => `there is no setting ${JSON.stringify(key)}${hint(key, known)}`).join(', ');
    case 'invalid_type':
      return `must be ${issue.expected === 'array' ? 'a list' : issue.expected === 'int' ? 'a whole number' : issue.expected === 'object' ? 'an object' : `a ${issue.expected}`}`;
    case 'too_small':
      return `must be ${issue.inclusive === true ? 'at least' : 'more than'} ${String(issue.minimum)}`;
    case 'too_big':
      return `must be ${issue.inclusive === true ? 'at most' : 'less than'} ${String(issue.maximum)}`;
    default:
      return issue.message;
  }
}

function hint(key: string, known: readonly string[]): string {
  const near = known.find((name) => distance(key.toLowerCase(), name.toLowerCase()) <= 2);
  return near === undefined ? `; there are ${known.join(', ')}` : `; did you mean ${JSON.stringify(near)}?`;
}

/** Levenshtein's; both are short. */
function distance(from: string, to: string): number {
  if (Math.abs(from.length - to.length) > 2) return 3;
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[to.length] ?? 0;
}
