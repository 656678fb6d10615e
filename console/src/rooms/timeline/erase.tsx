// Erasing what stands behind an event: for good, with a reason that stays on record.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { TextField } from '../../parts/field.tsx';
import { useTell } from '../../parts/toast.tsx';

interface Erase {
  readonly why: string;
  readonly setWhy: (why: string) => void;
  readonly erase: () => void;
  readonly busy: boolean;
}

export function useErase(digest: string): Erase {
  const [why, setWhy] = useState('');
  const tell = useTell();
  const client = useQueryClient();
  const { mutate, isPending } = useMutation({
    mutationFn: () => ask('POST', '/api/payloads/erase', { digests: [digest], why: why.trim() === '' ? 'no reason given' : why.trim() }),
    onSuccess: () => {
      tell.done('Erased for good. That it was is on record.');
      void client.invalidateQueries({ queryKey: ['timeline-event'] });
    },
    onError: (error) => tell.failed(error),
  });
  return { why, setWhy, erase: mutate, busy: isPending };
}

export function EraseWords({ why, onWhy }: { readonly why: string; readonly onWhy: (why: string) => void }): ReactNode {
  return (
    <>
      <p>What it said can’t be had back, also not by undo. The log stays verifiable and says that it was erased, when, by whom and why. Copies in backups stay where they are.</p>
      <TextField label="Why" value={why} onChange={(event) => onWhy(event.target.value)} maxLength={4000} />
    </>
  );
}
