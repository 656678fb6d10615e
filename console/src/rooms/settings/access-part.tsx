// Who is let in: a fresh link for another browser of yours, and the end of this one's session.
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Section } from '../../parts/rows.tsx';
import { useTell } from '../../parts/toast.tsx';
import { LetInList } from './let-in.tsx';
import css from './settings.module.css';

export function AccessPart(): ReactNode {
  const tell = useTell();
  const [asking, setAsking] = useState(false);
  const link = useMutation({ mutationFn: () => ask<{ readonly url: string }>('POST', '/api/sign-in/link'), onError: tell.failed });
  const out = useMutation({ mutationFn: () => ask('POST', '/api/sign-out'), onSuccess: () => location.replace('/sign-in'), onError: tell.failed });
  return (
    <Section title="Who is let in" words="A session of a browser holds for 30 days, or 7 without use, or until it is signed out.">
      <LetInList />
      <div className={css['buttons']}>
        <Button busy={link.isPending} onClick={() => link.mutate()}>Make a sign-in link</Button>
        <Button tone="danger" busy={out.isPending} onClick={() => setAsking(true)}>Sign out here…</Button>
      </div>
      {link.data === undefined ? null : (
        <div role="status" className={css['link']}>
          <p>Works once, within ten minutes, in any browser of this machine. Whoever has it can do here what you can.</p>
          <p className={css['url']}><code>{link.data.url}</code><CopyButton text={link.data.url} what="the link" /></p>
        </div>
      )}
      <Confirm open={asking} onClose={() => setAsking(false)} title="Sign out in this browser?" yes="Sign out" onYes={() => out.mutate()}>
        <p>What runs goes on, and what waits goes on waiting. To come in again you need a link: <code>pwb start</code> prints one.</p>
      </Confirm>
    </Section>
  );
}
