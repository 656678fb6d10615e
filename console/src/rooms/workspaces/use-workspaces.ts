// The registered workspaces, and adding one.
import { useMutation, useQuery, useQueryClient, type UseMutationResult, type UseQueryResult } from '@tanstack/react-query';
import { ask } from '../../api/ask.ts';
import { workspacesQuery } from '../../api/workspaces.ts';
import type { Workspace } from '../../api/types.ts';

export function useWorkspaces(): UseQueryResult<readonly Workspace[]> {
  return useQuery({ ...workspacesQuery, select: ({ workspaces }) => workspaces });
}

export function useAddWorkspace(onAdded: (added: Workspace) => void): UseMutationResult<Workspace, unknown, string> {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (root: string) => ask<Workspace>('POST', '/api/workspaces', { root }),
    onSuccess: (added) => {
      void client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'workspaces' || first === 'folders' || first === 'first-run' });
      onAdded(added);
    },
  });
}
