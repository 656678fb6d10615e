// What stands behind an event: its text, or its bytes where it is none. What was erased, and what is too long to be
// given at once, says so.
import { useQuery } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { askBytes } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { Download } from '../../parts/download.tsx';
import { Loading, Fault } from '../../parts/room.tsx';
import { Block } from '../../parts/text.tsx';
import { sizeWords } from '../../parts/time.tsx';
import { EraseWords, useErase } from './erase.tsx';
import { hexDump, MOST_BYTES } from './hex.ts';
import { LongText } from './long-text.tsx';
import css from './event-panel.module.css';

/** `text` null: erased. `cut`: it is longer. `exact`: the bytes are UTF-8. */
export interface PayloadText {
  readonly text: string | null;
  readonly cut: boolean;
  readonly exact: boolean;
}

interface PayloadProps {
  readonly name: string;
  readonly reference: { readonly digest: string; readonly size: number };
  readonly text: PayloadText | null;
}

export function PayloadPart({ name, reference: { digest, size }, text }: PayloadProps): ReactNode {
  const [bytes, setBytes] = useState(false);
  const [asking, setAsking] = useState(false);
  const { why, setWhy, erase, busy } = useErase(digest);
  const drawn = visible(name);
  const gone = text !== null && text.text === null;
  return (
    <section>
      <div className={css['title']}>
        <h3>{drawn}</h3>
        <span className={css['quiet']}>{sizeWords(size)}</span>
        {gone ? null : (
          <span className={css['tools']}>
            <Button tone="bare" aria-pressed={bytes} onClick={() => setBytes(!bytes)}>Bytes</Button>
            <Download bare href={`/api/payloads/${digest}`} name={`${digest.slice(0, 12)}.bin`}>Download</Download>
            <Button tone="bare" busy={busy} onClick={() => setAsking(true)}>Erase…</Button>
          </span>
        )}
      </div>
      {gone ? <p className={css['gone']}>Erased. The log still proves that it was here, and says when and by whom it was erased; what it said is gone for good.</p> : null}
      {gone || text?.text === null ? null : bytes ? <Bytes digest={digest} size={size} /> : <Text name={drawn} text={text} size={size} />}
      <p className={css['digest']}>{digest}</p>
      <Confirm open={asking} onClose={() => setAsking(false)} title={`Erase “${drawn}” for good?`} yes="Erase for good" onYes={erase}>
        <EraseWords why={why} onWhy={setWhy} />
      </Confirm>
    </section>
  );
}

function Text({ name, text, size }: { readonly name: string; readonly text: PayloadText | null; readonly size: number }): ReactNode {
  if (text === null || text.text === null) return <p className={css['quiet']}>It can’t be read just now.</p>;
  const laid = pretty(text);
  return (
    <>
      {text.exact ? null : <p className={css['quiet']}>Not all of it is text in UTF-8: what isn’t is drawn as �. Its bytes are exact.</p>}
      {laid === text.text ? null : <p className={css['quiet']}>JSON, laid out in lines. The bytes are exact.</p>}
      <LongText text={laid} label={`Payload ${name}`} />
      {text.cut ? <p className={css['quiet']}>Only the first {sizeWords(new Blob([text.text]).size)} of {sizeWords(size)} are given here; the download has all of it.</p> : null}
    </>
  );
}

/** JSON laid out in lines; anything else as it is. */
function pretty({ text, cut }: PayloadText): string {
  if (text === null || cut || !/^[[{]/.test(text)) return text ?? '';
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function Bytes({ digest, size }: { readonly digest: string; readonly size: number }): ReactNode {
  const { data, error } = useQuery({ queryKey: ['payload', digest], queryFn: async () => new Uint8Array(await (await askBytes(`/api/payloads/${digest}`)).slice(0, MOST_BYTES).arrayBuffer()), gcTime: 0 });
  if (error !== null) return <Fault error={error} />;
  if (data === undefined) return <Loading what="Reading the bytes" />;
  return (
    <>
      <Block text={hexDump(data)} label="Bytes" />
      {size > MOST_BYTES ? <p className={css['quiet']}>The first {sizeWords(MOST_BYTES)} of {sizeWords(size)}; the download has all.</p> : null}
    </>
  );
}
