// A long text, drawn already, in an editor that only shows and draws only what is in sight. Very long lines go on in
// further rows, without a number.
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { look } from './diff-look.ts';
import { pieces } from './diff-rows.ts';

export function openText(root: ShadowRoot, drawn: string, label: string): () => void {
  const rows: string[] = [];
  const numbers: string[] = [];
  drawn.split('\n').forEach((line, index) => pieces(line).forEach((piece, at) => {
    rows.push(piece);
    numbers.push(at === 0 ? String(index + 1) : '↪');
  }));
  const gutter = lineNumbers({ formatNumber: (row) => numbers[row - 1] ?? String(row) });
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: rows.join('\n'), extensions: [look(label), gutter] }) });
  return () => view.destroy();
}
