// An action in one line, for lists, cards and threads. Every word of a model or a file is drawn visibly.
import type { Action } from '../model/action.ts';
import { visible } from '../model/visible.ts';
import { pathWords } from './drawing.ts';

export function titleOf(action: Action): string {
  switch (action.kind) {
    case 'infer':
      return `ask ${visible(action.model)} at ${visible(action.url)}`;
    case 'run':
      return `run ${action.access === 'read' ? '(read-only) ' : ''}${visible(commandOf(action.argv))}`;
    case 'read':
      return `${action.op} ${visible(action.path)}${action.op === 'read' && action.keep === true ? KEPT : ''}`;
    case 'write':
      return action.op === 'move' ? `move ${visible(action.path)} → ${visible(action.to)}` : `${action.op} ${visible(action.path)}`;
    case 'fetch':
      return `fetch ${visible(action.url)}${action.keep === true ? KEPT : ''}`;
    case 'service':
      return `${action.op === 'stop' ? 'stop' : 'hear'} the service ${visible(action.service)}`;
    case 'commit': {
      const hunks = action.hunks.map(({ path, take }) => `${pathWords(path)} (${take.length === 1 ? 'hunk' : 'hunks'} ${take.join(', ')})`);
      const pieces = [...action.paths.map(pathWords), ...hunks];
      return `commit ${pieces.length === 0 ? 'the whole draft' : pieces.join(', ')}`;
    }
    case 'undo':
      return `undo ${action.landing}${action.over.length === 0 ? '' : `, going over later edits of ${action.over.map(pathWords).join(', ')}`}`;
  }
}

const KEPT = ' (kept, not shown to the model)';

/** A command as one line; what a shell was given is shown as its own text. */
export function commandOf(argv: readonly string[]): string {
  const [shell = '', flag, line] = argv;
  return argv.length === 3 && flag === '-c' && /\/(ba)?sh$/.test(shell) ? (line ?? '') : argv.map((word) => (/^[\w./:=@%+-]+$/.test(word) ? word : JSON.stringify(word))).join(' ');
}
