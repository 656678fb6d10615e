// The folders that a person named, as every room reads them.
import { queryOptions } from '@tanstack/react-query';
import { ask } from './ask.ts';
import type { Workspace } from './types.ts';

export const workspacesQuery = queryOptions({
  queryKey: ['workspaces'],
  queryFn: ({ signal }) => ask<{ readonly workspaces: readonly Workspace[] }>('GET', '/api/workspaces', undefined, signal),
});
