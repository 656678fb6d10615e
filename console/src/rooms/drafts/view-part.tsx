// The draft as a folder that can be looked at from outside the page, until it is closed.
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Path } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import css from './drafts.module.css';

export function ViewPart({ session }: { readonly session: string }): ReactNode {
  const tell = useTell();
  const open = useMutation({ mutationFn: () => ask<{ readonly path: string }>('POST', `/api/drafts/${session}/view`), onError: tell.failed });
  const close = useMutation({ mutationFn: () => ask('DELETE', `/api/drafts/${session}/view`), onSuccess: () => open.reset(), onError: tell.failed });
  if (open.data === undefined) return <Button busy={open.isPending} onClick={() => open.mutate()}>Look at it as a folder</Button>;
  return (
    <span className={css['view']}>
      <span>As it is now, at <Path path={open.data.path} /></span>
      <CopyButton text={open.data.path} what="the path" />
      <Button busy={close.isPending} onClick={() => close.mutate()}>Close it</Button>
    </span>
  );
}
