// How an editor that only shows looks, in both kinds of diff. It lives in a shadow tree, where its style sheets need no
// inline style; colours come in as custom properties.
import { EditorState, type Extension } from '@codemirror/state';
import { Decoration, EditorView, MatchDecorator, ViewPlugin, type DecorationSet, type ViewUpdate } from '@codemirror/view';

const LOOK = EditorView.theme({
  '&': { color: 'var(--text)', backgroundColor: 'var(--ground)', fontSize: 'var(--small)' },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.5', overflow: 'auto' },
  '.cm-content': { padding: '3px 0', minWidth: '0' },
  '.cm-line': { padding: '0 0.5rem 0 1.4rem', unicodeBidi: 'isolate', direction: 'ltr', overflowWrap: 'anywhere' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-gutters': { backgroundColor: 'var(--sunken)', color: 'var(--quiet)', border: '0', borderRight: '1px solid var(--line)' },
  '.cm-added': { backgroundColor: 'var(--added-ground)' },
  '.cm-removed': { backgroundColor: 'var(--removed-ground)' },
  '.cm-mark-added': { backgroundColor: 'color-mix(in srgb, var(--added) 28%, transparent)', borderRadius: '2px' },
  '.cm-mark-removed': { backgroundColor: 'color-mix(in srgb, var(--removed) 28%, transparent)', borderRadius: '2px' },
  '.cm-about': { color: 'var(--quiet)', fontStyle: 'italic' },
  '.cm-spelled': { color: 'var(--warning)', fontWeight: '600' },
  '.cm-sign': { display: 'inline-block', width: '1.1rem', marginLeft: '-1.1rem', userSelect: 'none' },
  '.cm-sign-added': { color: 'var(--added)' },
  '.cm-sign-removed': { color: 'var(--removed)' },
  '.cm-number': { padding: '0 0.35rem', minWidth: '2.2em', textAlign: 'right' },
  '.cm-unheard': { position: 'absolute', width: '1px', height: '1px', overflow: 'hidden', clipPath: 'inset(50%)', whiteSpace: 'nowrap' },
  '.cm-hunk, .cm-fold': { display: 'flex', alignItems: 'center', gap: '0.5rem', minHeight: '1.75rem', padding: '0 0.5rem', background: 'var(--sunken)', color: 'var(--quiet)', fontFamily: 'var(--font)', borderTop: '1px solid var(--line)', borderBottom: '1px solid var(--line)' },
  '.cm-hunk label': { display: 'flex', alignItems: 'center', gap: '0.5rem', minHeight: '1.75rem', cursor: 'pointer', color: 'var(--text)' },
  '.cm-hunk input': { width: '1rem', height: '1rem', margin: '0', accentColor: 'var(--focus)' },
  '.cm-fold': { width: '100%', font: 'inherit', fontFamily: 'var(--font)', border: '0', cursor: 'pointer', textAlign: 'left' },
  '.cm-fold:hover': { background: 'var(--hover)', color: 'var(--text)' },
  '.cm-left-out': { opacity: '0.5' },
  '.cm-changedLine': { backgroundColor: 'var(--added-ground) !important' },
  '.cm-deletedChunk': { backgroundColor: 'var(--removed-ground)' },
  '.cm-changedText': { background: 'color-mix(in srgb, var(--added) 28%, transparent) !important' },
  '.cm-collapsedLines': { background: 'var(--sunken) !important', color: 'var(--quiet) !important', padding: '0.2rem 0.5rem' },
  '.cm-collapsedLines:before, .cm-collapsedLines:after': { content: '"⋯"', margin: '0 0.5rem' },
});
const OLD_SIDE = EditorView.theme({
  '.cm-changedLine': { backgroundColor: 'var(--removed-ground) !important' },
  '.cm-changedText': { background: 'color-mix(in srgb, var(--removed) 28%, transparent) !important' },
});

const SPELLED = new MatchDecorator({ regexp: /‹(?:U\+[0-9A-F]{4,6}|\\[nrt]|ESC|\d+ blanks)›/g, decoration: Decoration.mark({ class: 'cm-spelled' }) });
const spelled = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;
    constructor(view: EditorView) {
      this.decorations = SPELLED.createDeco(view);
    }
    update(update: ViewUpdate): void {
      this.decorations = SPELLED.updateDeco(update, this.decorations);
    }
  },
  { decorations: ({ decorations }) => decorations },
);

/** @param label the editor's name, drawn. */
export function look(label: string, side: 'old' | 'new' = 'new'): Extension {
  return [
    EditorState.readOnly.of(true),
    // With a caret a screen reader goes through it by line; a phone would open its keyboard.
    EditorView.editable.of(matchMedia('(pointer: fine)').matches),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0', spellcheck: 'false' }),
    ...(side === 'old' ? [OLD_SIDE] : []),
    LOOK,
    spelled,
  ];
}

/** A shadow tree of the host's own: made once, however often a view is opened in it. */
export function shadowOf(host: HTMLElement): ShadowRoot {
  return host.shadowRoot ?? host.attachShadow({ mode: 'open' });
}
