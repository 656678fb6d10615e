// Where the person speaks: Enter sends, Shift+Enter begins a line, files go with it, and what isn't sent is kept.
import { ArrowUp, Paperclip } from 'lucide-react';
import { useEffect, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { Button, IconButton } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault } from '../../parts/room.tsx';
import { Attach, FileChips, MOST_FILES } from './attach.tsx';
import type { Words } from './kept-words.ts';
import css from './composer.module.css';

/** State of the browser's history: the person comes from the field of a new conversation, and speaks on in this one. */
export const SPOKEN = 'spoken';

interface ComposerProps {
  readonly words: Words;
  readonly change: (part: Partial<Words>) => void;
  readonly workspace: string | undefined;
  /** Why nothing can be said now; null: it can. */
  readonly closed: ReactNode;
  readonly busy: boolean;
  readonly fault: unknown;
  readonly onSend: () => void;
  /** Escape, where that ends something. */
  readonly onEscape?: (() => void) | undefined;
  /** Up in an empty field. */
  readonly onUp?: (() => void) | undefined;
  readonly focus?: boolean;
  readonly placeholder: string;
  /** The choices beside the button. */
  readonly children: ReactNode;
  /** Under the field. */
  readonly under: ReactNode;
}

export function Composer({ words, change, workspace, closed, busy, fault, onSend, onEscape, onUp, focus = false, placeholder, children, under }: ComposerProps): ReactNode {
  const [attaching, setAttaching] = useState(false);
  const field = useRef<HTMLTextAreaElement>(null);
  // Also when the room was here already and a new conversation is asked for.
  useEffect(() => {
    if (focus) field.current?.focus();
  }, [focus]);
  useKeys('Conversation', [
    { keys: 'm', words: 'Write a message', run: () => field.current?.focus() },
    { keys: 'Mod+j', words: 'Attach a file', always: true, run: () => workspace !== undefined && setAttaching(true) },
  ]);
  const ready = closed === null && !busy && words.text.trim() !== '';
  const send = (): void => {
    if (ready) onSend();
  };
  const press = (event: KeyboardEvent): void => {
    // Enter also ends the composing of a character.
    if (event.nativeEvent.isComposing) return;
    if (event.key === 'Enter' && !event.shiftKey && !event.altKey) send();
    else if (event.key === 'Escape' && onEscape !== undefined) onEscape();
    else if (event.key === 'ArrowUp' && words.text === '' && onUp !== undefined) onUp();
    else return;
    event.preventDefault();
  };
  return (
    <form className={css['composer']} aria-label="Say something" onSubmit={(event) => { event.preventDefault(); send(); }}>
      {fault === null ? null : <Fault error={fault} />}
      <div className={css['box']} data-closed={closed !== null}>
        <textarea
          ref={field}
          className={css['text']}
          aria-label="Your words"
          placeholder={placeholder}
          rows={Math.min(12, Math.max(2, words.text.split('\n').length))}
          value={words.text}
          onChange={(event) => change({ text: event.target.value })}
          onKeyDown={press}
        />
        <FileChips files={words.files} onRemove={(path) => change({ files: words.files.filter((one) => one !== path) })} />
        <div className={css['tools']}>
          <IconButton label={words.files.length >= MOST_FILES ? `At most ${MOST_FILES} files go with one message` : 'Attach a file (Ctrl J)'} icon={<Paperclip />} disabled={workspace === undefined || words.files.length >= MOST_FILES} onClick={() => setAttaching(true)} />
          {children}
          <Button submit busy={busy} disabled={!ready} className={css['send']} aria-label="Send"><ArrowUp size={16} aria-hidden="true" /><span>Send</span></Button>
        </div>
      </div>
      {closed === null ? under : <p className={css['hint']}>{closed}</p>}
      {attaching && workspace !== undefined ? <Attach workspace={workspace} files={words.files} onClose={() => setAttaching(false)} onChoose={(path) => change({ files: [...words.files, path] })} /> : null}
    </form>
  );
}
