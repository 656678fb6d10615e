// Exactly what the model saw: the bytes of the request as they were sent.
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { askBytes } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Download } from '../../parts/download.tsx';
import { CheckField } from '../../parts/field.tsx';
import { Fault, Loading } from '../../parts/room.tsx';
import { sizeWords } from '../../parts/time.tsx';
import { LongText } from './long-text.tsx';
import css from './event-panel.module.css';

export function RequestPart({ action, answered }: { readonly action: string; readonly answered: boolean }): ReactNode {
  const [open, setOpen] = useState(false);
  return (
    <section>
      <div className={css['title']}>
        <h3>What the model saw</h3>
        <span className={css['tools']}>
          <Button tone="bare" aria-expanded={open} onClick={() => setOpen(!open)}>{open ? 'Fold' : 'Show it, exactly'}</Button>
          <Download bare href={`/api/actions/${action}/request`} name={`request-${action}.json`}>Download</Download>
        </span>
      </div>
      {open ? <Request action={action} /> : <p className={css['quiet']}>Every byte of the request{answered ? '' : ' as it would have been sent'}: instructions, the conversation so far, the tools on offer.</p>}
    </section>
  );
}

function Request({ action }: { readonly action: string }): ReactNode {
  const [laidOut, setLaidOut] = useState(true);
  const { data, error } = useQuery({
    queryKey: ['request', action],
    queryFn: async () => {
      const bytes = await askBytes(`/api/actions/${action}/request`);
      return { size: bytes.size, text: await bytes.text() };
    },
    gcTime: 0,
  });
  if (error !== null) return <Fault error={error} />;
  if (data === undefined) return <Loading what="Putting the request together" />;
  return (
    <>
      <CheckField label="Laid out in lines" words={`${sizeWords(data.size)}. Off: byte for byte as it was sent.`} checked={laidOut} onChange={(event) => setLaidOut(event.target.checked)} />
      <LongText key={String(laidOut)} text={laidOut ? lines(data.text) : data.text} label="The request to the model" />
    </>
  );
}

function lines(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
