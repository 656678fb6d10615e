// For tests: random trees, and random scripts that change them.
import fc from 'fast-check';
import type { Node, Tree } from './tree.ts';

const NAMES = ['a', 'b', 'c', 'A', 'ä b', 'x\ny', '-f'];

const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/'));
const mtime = fc.constantFrom(1_000_000_000, 1_600_000_000, 1_700_000_001);
const content = fc.constantFrom('', 'one', 'two', 'three\n'.repeat(2000));
const node: fc.Arbitrary<Node> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('file' as const), content, mode: fc.constantFrom(0o644, 0o600, 0o755, 0o444), mtime }, { noNullPrototype: true }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('link' as const), target: fc.constantFrom('a', '../b', '/etc/passwd', '.'), mtime }, { noNullPrototype: true }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('folder' as const), mode: fc.constantFrom(0o755, 0o700, 0o555) }, { noNullPrototype: true }) },
);
type Deed = { readonly do: 'put'; readonly path: string; readonly node: Node } | { readonly do: 'remove'; readonly path: string } | { readonly do: 'move'; readonly path: string; readonly to: string };
const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('put' as const), path, node }, { noNullPrototype: true }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('remove' as const), path }, { noNullPrototype: true }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('move' as const), path, to: path }, { noNullPrototype: true }) },
);

/** A tree, and what it shall become. */
export const pair: fc.Arbitrary<{ readonly from: Tree; readonly to: Tree }> = fc.tuple(fc.array(fc.tuple(path, node), { maxLength: 14 }), fc.array(deed, { maxLength: 10 })).map(([seeds, deeds]) => {
  const from = new Map<string, Node>();
  for (const [at, what] of seeds) put(from, at, what);
  const to = new Map(from);
  for (const one of deeds) {
    if (one.do === 'put') put(to, one.path, one.node);
    else if (one.do === 'remove') remove(to, one.path);
    else move(to, one.path, one.to);
  }
  return { from, to };
});

function put(tree: Map<string, Node>, at: string, what: Node): void {
  const parts = at.split('/');
  for (const [i] of parts.slice(0, -1).entries()) {
    const above = parts.slice(0, i + 1).join('/');
    if (tree.get(above)?.type === 'folder') continue;
    remove(tree, above);
    tree.set(above, { type: 'folder', mode: 0o755 });
  }
  if (what.type !== 'folder') remove(tree, at);
  tree.set(at, what);
}

function remove(tree: Map<string, Node>, at: string): void {
  for (const key of tree.keys()) if (key === at || key.startsWith(`${at}/`)) tree.delete(key);
}

function move(tree: Map<string, Node>, from: string, to: string): void {
  const moved = [...tree].filter(([key]) => key === from || key.startsWith(`${from}/`));
  if (moved.length === 0 || to === from || to.startsWith(`${from}/`) || from.startsWith(`${to}/`)) return;
  remove(tree, from);
  remove(tree, to);
  for (const [key, what] of moved) put(tree, to + key.slice(from.length), what);
}
