// The browsers that are signed in, and the command line: when each came and was last here, and its end.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { RowLine, Rows } from '../../parts/rows.tsx';
import { Time } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';

interface LetIn {
  readonly id: string;
  readonly kind: 'session' | 'cli';
  readonly made: string;
  readonly used: string | null;
  readonly expires: string;
  readonly this: boolean;
}

export function LetInList(): ReactNode {
  const { data, error, refetch } = useQuery({ queryKey: ['credentials'], queryFn: ({ signal }) => ask<{ readonly credentials: readonly LetIn[] }>('GET', '/api/credentials', undefined, signal), staleTime: 0 });
  if (error !== null) return <Fault error={error} again={() => void refetch()} />;
  if (data === undefined) return <Loading />;
  return <Rows label="Who is signed in">{data.credentials.map((one) => <Line key={one.id} one={one} />)}</Rows>;
}

function Line({ one }: { readonly one: LetIn }): ReactNode {
  const client = useQueryClient();
  const tell = useTell();
  const [asking, setAsking] = useState(false);
  const end = useMutation({
    mutationFn: () => ask('DELETE', `/api/credentials/${one.id}`),
    onSuccess: () => tell.done('Signed out.'),
    onError: tell.failed,
    onSettled: () => void client.invalidateQueries({ queryKey: ['credentials'] }),
  });
  return (
    <RowLine
      name={one.kind === 'session' ? `Browser ${one.id}` : 'Programs of yours, by the file in the state folder'}
      marks={one.this ? <Badge>this one</Badge> : null}
      side={one.this || one.kind === 'cli' ? null : <Button tone="bare" busy={end.isPending} onClick={() => setAsking(true)}>Sign out…</Button>}
    >
      Since <Time time={one.made} />{one.used === null ? null : <>, last used <Time time={one.used} /></>}
      <Confirm open={asking} onClose={() => setAsking(false)} title="Sign out that browser?" yes="Sign out" onYes={() => end.mutate()}>
        <p>Its pages are of no use from then on. What runs goes on, and what waits goes on waiting.</p>
      </Confirm>
    </RowLine>
  );
}
