// Draws a card in a terminal: what it does first, then what it says, why, and who asks. Nothing is cut without
// saying so, and every character that could hide something is drawn visibly.
import type { Card } from '../approvals/card.ts';
import type { Action } from '../model/action.ts';
import type { Change, Effects } from '../model/effects.ts';
import { hidesSomething, visible } from '../model/visible.ts';
import type { Out } from './out.ts';

/** The whole card as lines of text; what `action.shown` puts on record is exactly this, without colours. */
export function drawCard(card: Card, profile: string, out: Pick<Out, 'style'> & Partial<Pick<Out, 'prose'>>): string {
  const { style, prose = (text) => text } = out;
  const head = `${style('bold', titleOf(card.action))}  ${style('dim', `${card.id} · ${stateWords(card)}`)}`;
  const facts = [...effectLines(card, out), ...actionLines(card.action)];
  const words = [
    ...(card.why === '' ? [] : [`${style('dim', "why, in the model's words:")} ${visible(card.why)}`]),
    `${style('dim', 'words from:')} ${card.label.integrity}${card.label.sources.length === 0 ? '' : ` (${card.label.sources.map((source) => visible(source)).join(', ')})`}`,
    ...(card.rules.length === 0 ? [] : [`${style('dim', `rule ${card.rules.join(', ')}, profile ${profile}:`)} ${visible(card.reason)}`]),
    ...(card.state === 'pending' ? [`${style('dim', 'undo:')} ${undoWords(card.effects)}${card.expires === null ? '' : `${style('dim', ' · no answer means no, from')} ${card.expires.slice(0, 16).replace('T', ' ')} UTC`}`] : []),
    ...(card.editedFrom === null ? [] : [`${style('dim', 'edited from')} ${card.editedFrom}`]),
  ];
  const indented = (lines: readonly string[]): string[] => lines.flatMap((line) => line.split('\n')).map((line) => `  ${line}`);
  // What is shown as it is in a file stays as it is; prose is broken between words where a terminal ends.
  return [head, ...indented(facts), ...indented(words).map(prose)].join('\n');
}

export function titleOf(action: Action): string {
  switch (action.kind) {
    case 'infer':
      return `ask ${visible(action.model)} at ${visible(action.url)}`;
    case 'run':
      return `run ${action.access === 'read' ? '(read-only) ' : ''}${visible(commandOf(action.argv))}`;
    case 'read':
      return `${action.op} ${visible(action.path)}`;
    case 'write':
      return action.op === 'move' ? `move ${visible(action.path)} → ${visible(action.to)}` : `${action.op} ${visible(action.path)}`;
  }
}

function commandOf(argv: readonly string[]): string {
  const [shell = '', flag, line] = argv;
  return argv.length === 3 && flag === '-c' && /\/(ba)?sh$/.test(shell) ? (line ?? '') : argv.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}

function stateWords({ state, outcome, ended }: Card): string {
  if (state === 'ended') return `${outcome ?? ''}${ended === null || ended === 'ran' ? '' : ` (${ended})`}`;
  return state === 'pending' ? 'waits for you' : state;
}

function effectLines({ effects, action }: Card, { style }: Pick<Out, 'style'>): string[] {
  if (effects === null) return action.kind === 'run' ? ['effects: not known before it runs'] : [];
  if (effects.certainty === 'unknown') return ['effects: not known before it runs; it may change any file in the workspace. No network, nothing outside visible.'];
  if (effects.certainty === 'none') return ['effects: none'];
  const lines = effects.changes.map((change) => `${style(change.change === 'deleted' ? 'red' : 'yellow', change.change)} ${changeWords(change)}`);
  const diffs = effects.diffs.flatMap(({ unified, note }) =>
    note === undefined ? unified.split('\n').filter((line) => line !== '').map((line) => tint(visible(line, '\t'), style)) : [`(no diff: ${note})`],
  );
  return [...(lines.length === 0 ? ['effects: none'] : lines), ...diffs];
}

function changeWords(change: Change): string {
  const path = visible(change.path);
  switch (change.change) {
    case 'created':
    case 'changed':
      return `${path} (${change.type}, ${change.size} bytes, sha256 ${change.after.slice(0, 12)}…)`;
    case 'deleted':
      return `${path} (${change.type})`;
    case 'renamed':
      return `${path} → ${visible(change.to)}`;
  }
}

function tint(line: string, style: Out['style']): string {
  if (line.startsWith('+')) return style('green', line);
  if (line.startsWith('-')) return style('red', line);
  return line.startsWith('@@') ? style('accent', line) : line;
}

/** What the title and the effects don't show already. */
function actionLines(action: Action): string[] {
  if (action.kind !== 'run') return action.kind === 'read' && action.op === 'search' ? [`pattern: ${visible(action.pattern)}`] : [];
  const line = commandOf(action.argv);
  const warn = hidesSomething(line) ? ['! The command has hidden or look-alike characters; they are drawn as ‹…›.'] : [];
  return [...warn, `in: ${visible(action.cwd)}   limit: ${Math.round(action.timeout / 1000)} s`];
}

function undoWords(effects: Effects | null): string {
  if (effects?.certainty === 'none') return 'nothing to undo';
  switch (effects?.undo) {
    case 'fully':
      return 'can be undone by hand: the diff above is all that changes';
    case 'partly':
      return 'only in part';
    default:
      return 'not by the workbench';
  }
}
