// The unified view: one editor that shows rows, with both line numbers, folded stretches and a head for each hunk, by
// which it can be taken or left out. Only what is in sight is in the page.
import { EditorState, RangeSetBuilder, StateEffect, StateField, type Range } from '@codemirror/state';
import { Decoration, EditorView, GutterMarker, gutter, WidgetType, type DecorationSet } from '@codemirror/view';
import { look } from './diff-look.ts';
import type { DiffRows, HunkRow, Row } from './diff-rows.ts';

export type Taken = ReadonlySet<number> | null;

export interface UnifiedView {
  /** Which hunks are taken; null: nothing is to be chosen. */
  take(taken: Taken): void;
  close(): void;
}

const setTaken = StateEffect.define<Taken>();
const unfold = StateEffect.define<number>();

class Sign extends WidgetType {
  readonly #added: boolean;
  constructor(added: boolean) {
    super();
    this.#added = added;
  }
  override eq(other: Sign): boolean {
    return other.#added === this.#added;
  }
  toDOM(): HTMLElement {
    const sign = document.createElement('span');
    sign.className = `cm-sign cm-sign-${this.#added ? 'added' : 'removed'}`;
    const word = document.createElement('span');
    word.className = 'cm-unheard';
    word.textContent = this.#added ? 'added: ' : 'removed: ';
    const mark = document.createElement('span');
    mark.setAttribute('aria-hidden', 'true');
    mark.textContent = this.#added ? '+' : '−';
    sign.append(word, mark);
    return sign;
  }
}

class HunkHead extends WidgetType {
  readonly #hunk: HunkRow;
  readonly #taken: boolean | null;
  readonly #onTake: (hunk: number, take: boolean) => void;
  constructor(hunk: HunkRow, taken: boolean | null, onTake: (hunk: number, take: boolean) => void) {
    super();
    this.#hunk = hunk;
    this.#taken = taken;
    this.#onTake = onTake;
  }
  override eq(other: HunkHead): boolean {
    return other.#hunk === this.#hunk && other.#taken === this.#taken;
  }
  override get estimatedHeight(): number {
    return 30;
  }
  toDOM(): HTMLElement {
    const { hunk, line, added, removed } = this.#hunk;
    const head = document.createElement('div');
    head.className = 'cm-hunk';
    const words = `${hunk === 0 ? 'Lines' : `Hunk ${hunk}`} from line ${line.toLocaleString('en')}: +${added.toLocaleString('en')} −${removed.toLocaleString('en')}`;
    if (this.#taken === null) {
      head.textContent = words;
      return head;
    }
    const label = document.createElement('label');
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = this.#taken;
    box.addEventListener('change', () => this.#onTake(hunk, box.checked));
    label.append(box, this.#taken ? words : `${words}, left out`);
    head.append(label);
    return head;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

class Fold extends WidgetType {
  readonly #at: number;
  readonly #lines: number;
  constructor(at: number, lines: number) {
    super();
    this.#at = at;
    this.#lines = lines;
  }
  override eq(other: Fold): boolean {
    return other.#at === this.#at && other.#lines === this.#lines;
  }
  override get estimatedHeight(): number {
    return 30;
  }
  toDOM(view: EditorView): HTMLElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'cm-fold';
    button.textContent = `Show ${this.#lines.toLocaleString('en')} unchanged lines`;
    button.addEventListener('click', () => view.dispatch({ effects: unfold.of(this.#at) }));
    return button;
  }
  override ignoreEvent(): boolean {
    return true;
  }
}

class Numbers extends GutterMarker {
  readonly #words: string;
  constructor(words: string) {
    super();
    this.#words = words;
  }
  override eq(other: Numbers): boolean {
    return other.#words === this.#words;
  }
  override toDOM(): Node {
    return document.createTextNode(this.#words);
  }
}

function wordsOf(row: Row | undefined, side: 'before' | 'after'): string {
  if (row === undefined) return '';
  return row.more === true ? (side === 'after' ? '↪' : '') : row[side] === 0 ? '' : String(row[side]);
}

function numbers(rows: readonly Row[], side: 'before' | 'after'): ReturnType<typeof gutter> {
  const widest = String(rows.reduce((most, row) => Math.max(most, row[side]), 0));
  return gutter({
    class: 'cm-number',
    lineMarker: (view, { from }) => new Numbers(wordsOf(rows[view.state.doc.lineAt(from).number - 1], side)),
    initialSpacer: () => new Numbers(widest),
  });
}

const LINE = { '+': Decoration.line({ class: 'cm-added' }), '-': Decoration.line({ class: 'cm-removed' }), '~': Decoration.line({ class: 'cm-about' }) };
const MARKS = { '+': Decoration.mark({ class: 'cm-mark-added' }), '-': Decoration.mark({ class: 'cm-mark-removed' }) };
const SIGNS = { '+': Decoration.widget({ widget: new Sign(true), side: -1 }), '-': Decoration.widget({ widget: new Sign(false), side: -1 }) };

function rowDecorations(rows: readonly Row[], starts: readonly number[]): DecorationSet {
  const set = new RangeSetBuilder<Decoration>();
  rows.forEach(({ kind, marks, text, more }, index) => {
    const at = starts[index] ?? 0;
    if (kind === ' ') return;
    set.add(at, at, LINE[kind]);
    if (kind === '~') return;
    if (more !== true) set.add(at, at, SIGNS[kind]);
    for (const { from, to } of marks ?? []) if (to <= text.length) set.add(at + from, at + to, MARKS[kind]);
  });
  return set.finish();
}

export function openUnified(root: ShadowRoot, diff: DiffRows, label: string, taken: Taken, onTake: (hunk: number, take: boolean) => void): UnifiedView {
  const { rows, hunks, folds } = diff;
  const starts: number[] = [];
  let length = 0;
  for (const { text } of rows) {
    starts.push(length);
    length += text.length + 1;
  }
  const drawHeads = (now: Taken, open: ReadonlySet<number>): DecorationSet => {
    const all: Range<Decoration>[] = [];
    for (const hunk of hunks) {
      // One that begins with the file needs no head, where there is nothing to choose.
      if (hunks.length === 1 && now === null && (rows[0]?.before ?? 0) + (rows[0]?.after ?? 0) <= 2) continue;
      const widget = new HunkHead(hunk, now === null || hunk.hunk === 0 ? null : now.has(hunk.hunk), onTake);
      all.push(Decoration.widget({ widget, block: true, side: -1 }).range(starts[hunk.row] ?? length));
    }
    for (const { from, to } of folds) {
      if (open.has(from)) continue;
      const end = (starts[to - 1] ?? 0) + (rows[to - 1]?.text.length ?? 0);
      all.push(Decoration.replace({ widget: new Fold(from, to - from), block: true }).range(starts[from] ?? 0, end));
    }
    return Decoration.set(all, true);
  };
  const heads = StateField.define<{ readonly taken: Taken; readonly open: ReadonlySet<number>; readonly set: DecorationSet }>({
    create: () => ({ taken, open: new Set(), set: drawHeads(taken, new Set()) }),
    update(before, transaction) {
      let { taken: now, open } = before;
      for (const effect of transaction.effects) {
        if (effect.is(setTaken)) now = effect.value;
        else if (effect.is(unfold)) open = new Set([...open, effect.value]);
      }
      return now === before.taken && open === before.open ? before : { taken: now, open, set: drawHeads(now, open) };
    },
    provide: (field) => EditorView.decorations.from(field, ({ set }) => set),
  });
  const view = new EditorView({
    root,
    parent: root,
    state: EditorState.create({
      doc: rows.map(({ text }) => text).join('\n'),
      extensions: [look(label), numbers(rows, 'before'), numbers(rows, 'after'), EditorView.decorations.of(rowDecorations(rows, starts)), heads],
    }),
  });
  return { take: (now) => view.dispatch({ effects: setTaken.of(now) }), close: () => view.destroy() };
}
