// Models as the server gives them, and what their states mean in words.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';

export interface ModelLine {
  readonly name: string;
  readonly server: string;
  readonly dialect: string;
  readonly model: string;
  readonly reachable: boolean;
  readonly installed: boolean;
  readonly loaded: boolean;
  readonly where: 'local' | 'remote' | 'pass-through' | 'inside';
  /** Tokens. */
  readonly window: number | null;
  readonly configured: boolean;
  readonly note: string;
}

/** `default`: the name of the one that is asked where none is named; null: none. */
export interface Models {
  readonly models: readonly ModelLine[];
  readonly default: string | null;
}

export function useModels(): UseQueryResult<Models> {
  return useQuery({ queryKey: ['models'], queryFn: ({ signal }) => ask<Models>('GET', '/api/models', undefined, signal) });
}

export const WHERE: { readonly [where in ModelLine['where']]: { readonly short: string; readonly words: string; readonly leaves: boolean } } = {
  inside: { short: 'inside', words: 'Runs inside the workbench. Nothing leaves this machine.', leaves: false },
  local: { short: 'this machine', words: 'A server on this machine.', leaves: false },
  'pass-through': { short: 'passes on', words: 'Its server is on this machine, but passes what it is asked on to another one: prompts, files and results leave.', leaves: true },
  remote: { short: 'another machine', words: 'On another machine: what you ask, and all that the model reads, goes there.', leaves: true },
};

export function stateOf({ reachable, loaded, installed }: ModelLine): { readonly words: string; readonly tone: 'good' | 'warning' | 'plain' } {
  if (!reachable) return { words: 'not reachable', tone: 'warning' };
  if (loaded) return { words: 'loaded', tone: 'good' };
  return installed ? { words: 'installed', tone: 'plain' } : { words: 'reachable', tone: 'good' };
}
