// Rules in files as the server gives them, nothing of it drawn: of the machine, of the person, and of workspaces.
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import type { Verdict } from './policy-answer.ts';

export interface FileRule {
  readonly id: string;
  readonly layer: 'machine' | 'person' | 'workspace';
  /** A path; of a workspace's one within it. */
  readonly file: string;
  readonly line: number;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly text: string;
  readonly used: number;
}

export interface Problem {
  readonly file: string;
  readonly line: number | null;
  readonly words: string;
  readonly hint: string;
}

export interface WorkspaceLayer {
  readonly workspace: string;
  readonly root: string;
  readonly state: 'untrusted' | 'trusted' | 'changed';
  readonly rules: readonly FileRule[];
  readonly offered: readonly FileRule[];
  readonly problems: readonly Problem[];
  readonly broken: boolean;
}

export interface LayersAnswer {
  readonly holds: boolean;
  readonly folders: readonly { readonly layer: 'machine' | 'person'; readonly path: string }[];
  readonly rules: readonly FileRule[];
  readonly problems: readonly Problem[];
  readonly workspaces: readonly WorkspaceLayer[];
}

/** Milliseconds: mending a file is enough, and is seen. */
const LOOK_AGAIN = 3000;

export function useLayers(): UseQueryResult<LayersAnswer> {
  return useQuery({
    queryKey: ['policy', 'layers'],
    queryFn: ({ signal }) => ask<LayersAnswer>('GET', '/api/policy/layers', undefined, signal),
    staleTime: LOOK_AGAIN,
    refetchInterval: ({ state: { data } }) => (data === undefined || (data.holds && data.workspaces.every(({ broken, problems }) => !broken && problems.length === 0)) ? false : LOOK_AGAIN),
  });
}
