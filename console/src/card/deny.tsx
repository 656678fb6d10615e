// A no, with a reason that the model hears.
import { useState, type FormEvent, type ReactNode } from 'react';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { TextArea } from '../parts/field.tsx';
import css from './card.module.css';

const MOST = 4000;

interface DenyProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onDeny: (why: string) => void;
  readonly busy: boolean;
}

export function Deny({ open, onClose, onDeny, busy }: DenyProps): ReactNode {
  const [why, setWhy] = useState('');
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    onDeny(why.trim());
  };
  return (
    <Dialog open={open} onClose={onClose} title="Deny">
      <form onSubmit={submit} className={css['form']}>
        <TextArea label="Why" words="The model hears it, and goes on from there. It may be empty. Control and Enter sends." maxLength={MOST} autoFocus value={why} onChange={({ target }) => setWhy(target.value)} onKeyDown={(event) => { if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit(event); }} />
        <div className={css['dialog-buttons']}>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="danger" submit busy={busy}>Deny</Button>
        </div>
      </form>
    </Dialog>
  );
}
