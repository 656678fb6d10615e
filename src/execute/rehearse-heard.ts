// Two refusals of a layered view leave no trace but in what the command says of them: all that it says is heard, also
// what is too much to be kept. A command that says nothing of them may have gone another way unnoticed.
export interface Heard {
  hear(chunk: Uint8Array): void;
  limits(): readonly string[];
}

/** Each as the C library says it, by its name, and by its number as some languages do. */
const REFUSALS = [
  { words: /cross-device link|EXDEV|(?:errno|os error):? ?18\b/i, limit: 'folder rename: a folder that was there before can’t be renamed as one in a layered view; the command says that it failed at it' },
  { words: /value too large for (?:defined )?data type|EOVERFLOW|(?:errno|os error):? ?75\b/i, limit: 'another owner: a file of another user or group can’t be changed in a layered view; the command says that it failed at it' },
] as const;
/** Longer than any of the words, which may come in two pieces. */
const TAIL = 64;

export function hearRefusals(): Heard {
  const found = new Set<string>();
  let tail = '';
  return {
    hear(chunk) {
      const text = tail + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
      for (const { words, limit } of REFUSALS) if (!found.has(limit) && words.test(text)) found.add(limit);
      tail = text.slice(-TAIL);
    },
    limits: () => [...found],
  };
}
