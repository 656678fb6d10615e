// An action that is only imagined: which tools there are, each with an example, and what it would change.

export const TOOLS: readonly { readonly name: string; readonly example: string }[] = [
  { name: 'run', example: '{"command": "npm test"}' },
  { name: 'edit', example: '{"path": "src/a.ts", "old": "one", "new": "two"}' },
  { name: 'write', example: '{"path": "notes.txt", "content": "hello"}' },
  { name: 'read', example: '{"path": "src/a.ts"}' },
  { name: 'list', example: '{"path": "."}' },
  { name: 'search', example: '{"pattern": "TODO"}' },
  { name: 'move', example: '{"path": "a.txt", "to": "b.txt"}' },
  { name: 'delete', example: '{"path": "a.txt"}' },
  { name: 'mkdir', example: '{"path": "new-folder"}' },
  { name: 'service', example: '{"id": "0000000000", "stop": true}' },
];

interface Change {
  readonly change: 'created' | 'changed' | 'deleted';
  readonly path: string;
}

/** One on each line. A line without a word of these in front is a path that is changed. */
export function readChanges(text: string): readonly Change[] {
  return text.split('\n').map((line) => line.trim()).filter((line) => line !== '').map((line) => {
    const [, word, path] = /^(created|changed|deleted)\s+(.+)$/.exec(line) ?? [];
    return path === undefined ? { change: 'changed', path: line } : { change: word === 'created' || word === 'deleted' ? word : 'changed', path };
  });
}
