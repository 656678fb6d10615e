// Says own words anew from where they stood: the conversation goes back there, and says what that does not take back.
import { useState, type KeyboardEvent, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import type { SessionLine } from '../../api/types.ts';
import { Button } from '../../parts/button.tsx';
import { Fault } from '../../parts/room.tsx';
import { countWords } from '../../parts/time.tsx';
import { useTell } from '../../parts/toast.tsx';
import { FileChips } from './attach.tsx';
import type { MessageItem } from './items.ts';
import css from './composer.module.css';

interface Rewound {
  readonly session: SessionLine;
  readonly words: string;
  readonly removed: number;
  readonly cancelled: readonly string[];
  readonly stays: readonly { readonly id: string; readonly heading: string; readonly into: 'workspace' | 'draft' }[];
}

/** Throws `Refused`. */
export function sayAnew(session: string, { index, seq }: MessageItem, text: string, files: readonly string[]): Promise<Rewound> {
  return ask<Rewound>('POST', `/api/sessions/${session}/rewind`, { index, seq, text, ...(files.length === 0 ? {} : { files }) });
}

/** What to tell once it is done: nothing where nothing is left of what was taken back. */
export function rewoundWords({ stays, cancelled }: Rewound): string | null {
  if (stays.length === 0 && cancelled.length === 0) return null;
  const done = stays.length === 0 ? '' : `${countWords(stays.length, 'action')} done after that ${stays.length === 1 ? 'stays' : 'stay'} done, and can be undone in the Timeline.`;
  return `${done}${cancelled.length === 0 ? '' : ` ${countWords(cancelled.length, 'waiting one')} refused.`}`.trim();
}

interface SayAnewProps {
  readonly message: MessageItem;
  readonly session: string;
  readonly onEnd: () => void;
  readonly onDone: (session: SessionLine) => void;
}

export function SayAnew({ message, session, onEnd, onDone }: SayAnewProps): ReactNode {
  const [text, setText] = useState(message.text ?? '');
  const [files, setFiles] = useState<readonly string[]>(() => message.files.map(({ path }) => path));
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const tell = useTell();
  const send = (): void => {
    if (text.trim() === '' || busy) return;
    setBusy(true);
    setFault(null);
    sayAnew(session, message, text, files).then(
      (rewound) => {
        const words = rewoundWords(rewound);
        if (words !== null) tell.done(words);
        onEnd();
        onDone(rewound.session);
      },
      (error: unknown) => {
        setBusy(false);
        setFault(error);
      },
    );
  };
  const press = (event: KeyboardEvent): void => {
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Escape') onEnd();
    else if (event.key === 'Enter' && !event.shiftKey) send();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={css['anew']}>
      <textarea className={css['text']} aria-label="Your words, to be said anew" aria-describedby={`anew-${message.seq}`} autoFocus rows={Math.min(12, text.split('\n').length + 1)} value={text} onChange={(event) => setText(event.target.value)} onKeyDown={press} />
      <FileChips files={files} onRemove={(path) => setFiles(files.filter((one) => one !== path))} />
      <p id={`anew-${message.seq}`} className={css['hint']}>The conversation goes on from here as if nothing after it had been said. What was done stays done; what still waits is refused; the record keeps all.</p>
      {fault === null ? null : <Fault error={fault} />}
      <div className={css['row']}>
        <Button onClick={onEnd} keys="Esc">Leave it</Button>
        <Button busy={busy} disabled={text.trim() === ''} onClick={send} keys="Enter">Send again</Button>
      </div>
    </div>
  );
}
