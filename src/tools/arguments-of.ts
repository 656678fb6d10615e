// The way back: the arguments of a tool call that would give this action, for a person to edit.
import type { Action } from '../model/action.ts';

type Arguments = { readonly [key: string]: string | number | boolean };

/** Undefined for an action that no tool call stands for. */
export function argumentsOf(action: Action): { readonly tool: string; readonly args: Arguments } | undefined {
  switch (action.kind) {
    case 'infer':
    case 'commit':
    case 'undo':
    case 'service':
      return undefined;
    case 'run': {
      const [shell = '', flag, command] = action.argv;
      const isLine = action.argv.length === 3 && flag === '-c' && /^\/bin\/(ba)?sh$/.test(shell);
      const line = isLine ? (command ?? '') : action.argv.map(quote).join(' ');
      return { tool: 'run', args: { command: line, cwd: action.cwd, timeout: Math.ceil(action.timeout / 1000) } };
    }
    case 'fetch':
      return { tool: 'fetch', args: { url: action.url, ...(action.keep === true ? { keep: true } : {}) } };
    case 'read':
    case 'write':
      return { tool: action.op, args: fileArguments(action) };
  }
}

function fileArguments(action: Extract<Action, { kind: 'read' | 'write' }>): Arguments {
  const { path } = action;
  switch (action.op) {
    case 'list':
      return { path, depth: action.depth };
    case 'read':
      return { path, from: action.from, to: action.to, ...(action.keep === true ? { keep: true } : {}) };
    case 'search':
      return { path, pattern: action.pattern, glob: action.glob, literal: action.literal, ignore_case: action.ignoreCase };
    case 'write':
      return { path, content: action.content };
    case 'edit':
      return { path, old: action.old, new: action.new, all: action.all };
    case 'move':
      return { path, to: action.to };
    case 'delete':
    case 'mkdir':
      return { path };
  }
}

/** One word of POSIX shell. Only ever shown or run inside the sandbox, after a person's edit. */
function quote(word: string): string {
  return /^[A-Za-z0-9_./:=@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
