// A card as plain text, for a page that only shows text. Nothing is cut and nothing hides: control, format and
// look-alike characters are drawn visibly (THREATS 11).
import type { Card } from '../approvals/card.ts';
import type { Action } from '../model/action.ts';
import type { Change, Effects } from '../model/effects.ts';
import { visible } from '../model/visible.ts';

export function cardText(card: Card): string {
  const lines = [
    `${card.by === 'model' ? 'The model' : card.by === 'person' ? 'A person' : 'The workbench'} wants to:`,
    ...actionLines(card.action),
    ...(card.why === '' ? [] : ['', 'In its own words:', ...block(card.why)]),
    '',
    `Rules: ${visible(card.rules.join(', '))}`,
    ...(card.reason === '' ? [] : [visible(card.reason)]),
    ...(card.label.integrity === 'person' ? [] : [`It had read: ${visible(card.label.sources.join(', ')) || 'the workspace'} (${card.label.integrity}, ${card.label.secrecy})`]),
    ...(card.editedFrom === null ? [] : [`A person edited ${card.editedFrom} to get this.`]),
    '',
    ...(card.effects === null ? ['What it would do is not known yet.'] : effectsLines(card.effects)),
    ...(card.expires === null || card.state !== 'pending' ? [] : ['', `Without an answer it is refused at ${card.expires}.`]),
    ...(card.outcome === null ? [] : ['', `It ended: ${card.outcome}${card.ended === null ? '' : ` (${card.ended})`}${card.exit === null ? '' : `, exit ${card.exit}`}`]),
    ...(card.result === null ? [] : block(card.result)),
  ];
  return lines.join('\n');
}

/** What exactly would be done: every field of the action, none left out. */
export function actionLines(action: Action): string[] {
  const { kind, ...fields } = action;
  const op = 'op' in fields ? ` (${fields.op})` : '';
  const rows = Object.entries(fields).filter(([name]) => name !== 'op' && name !== 'workspace').toSorted(([a], [b]) => rank(a) - rank(b));
  return [`  ${kind}${op}`, ...rows.flatMap(([name, value]) => field(name, value))];
}

export function effectsLines({ certainty, changes, diffs, undo }: Effects): string[] {
  if (certainty === 'none') return ['It changes nothing.'];
  const known = certainty === 'known' ? 'It would change exactly this:' : 'What it changes can\'t be said before it runs.';
  const shown = diffs.flatMap(({ unified, path, note }) => [`--- ${visible(path)}${note === undefined ? '' : ` (${note}: not shown as text)`}`, ...block(unified)]);
  return [known, ...changes.map((change) => `  ${changeWords(change)}`), ...shown, `It can be undone: ${undo}.`];
}

/** What matters most comes first; the rest keeps its order, and where it all happens comes last. */
function rank(name: string): number {
  const at = ['path', 'to', 'argv', 'cwd'].indexOf(name);
  return at >= 0 ? at : name === 'root' ? 9 : 5;
}

function changeWords(change: Change): string {
  const path = visible(change.path);
  switch (change.change) {
    case 'created':
    case 'changed':
      return `${change.change} ${change.type} ${path}, ${change.size} bytes, mode ${change.mode.toString(8)}`;
    case 'deleted':
      return `deleted ${change.type} ${path}`;
    case 'renamed':
      return `renamed ${change.type} ${path} to ${visible(change.to)}`;
  }
}

function field(name: string, value: unknown): string[] {
  if (Array.isArray(value)) return [`  ${name}:`, ...value.map((item, at) => `    [${at}] ${visible(String(item))}`)];
  const text = String(value);
  return text.includes('\n') ? [`  ${name}:`, ...block(text)] : [`  ${name}: ${visible(text, '\t')}`];
}

function block(text: string): string[] {
  return visible(text, '\n\t').split('\n').map((line) => `  | ${line}`);
}
