// A long text, drawn already, in an editor that only shows and draws only what is in sight.
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { look } from './diff-look.ts';

export function openText(root: ShadowRoot, drawn: string, label: string): () => void {
  const view = new EditorView({ root, parent: root, state: EditorState.create({ doc: drawn, extensions: [look(label), lineNumbers()] }) });
  return () => view.destroy();
}
