// What the practice task landed can be taken back: tried once here, while it is easy.
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { CardById } from '../../card/index.ts';
import { Button } from '../../parts/button.tsx';
import { Drawn } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import css from './start.module.css';

export function WayBack({ actions }: { readonly actions: readonly { readonly id: string; readonly heading: string }[] }): ReactNode {
  const tell = useTell();
  const undo = useMutation({ mutationFn: (id: string) => ask<{ readonly action: string }>('POST', '/api/undo', { id }), onError: tell.failed });
  return (
    <>
      <p>There is a way back from each. The undo is an action as well: on record, and undone in the same way.</p>
      <ul className={css['undo']} aria-label="What can be undone">
        {actions.map(({ id, heading }) => (
          <li key={id}><span><Drawn text={heading} /></span><Button busy={undo.isPending && undo.variables === id} disabled={undo.isSuccess && undo.variables === id} onClick={() => undo.mutate(id)}>Undo it</Button></li>
        ))}
      </ul>
      {undo.data === undefined ? null : <CardById key={undo.data.action} id={undo.data.action} compact />}
    </>
  );
}
