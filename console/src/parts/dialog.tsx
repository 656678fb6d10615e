// Dialogs: modal, named, closed by Escape; focus goes in and comes back.
import { AlertDialog } from '@base-ui/react/alert-dialog';
import { Dialog as Base } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { Button } from './button.tsx';
import css from './dialog.module.css';

interface DialogProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

export function Dialog({ open, onClose, title, wide = false, children }: DialogProps): ReactNode {
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={css['backdrop']} />
        <Base.Popup className={[css['popup'], wide ? css['wide'] : ''].join(' ')}>
          <Base.Title className={css['title']}>{title}</Base.Title>
          {children}
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  );
}

interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  /** What will happen, and what will not. */
  readonly children: ReactNode;
  readonly yes: string;
  readonly onYes: () => void;
}

/** Asks before something is ended or thrown away. */
export function Confirm({ open, onClose, title, children, yes, onYes }: ConfirmProps): ReactNode {
  return (
    <AlertDialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <AlertDialog.Portal>
        <AlertDialog.Backdrop className={css['backdrop']} />
        <AlertDialog.Popup className={css['popup']}>
          <AlertDialog.Title className={css['title']}>{title}</AlertDialog.Title>
          <AlertDialog.Description render={<div className={css['words']} />}>{children}</AlertDialog.Description>
          <div className={css['buttons']}>
            <AlertDialog.Close render={<Button>Not now</Button>} />
            <Button tone="danger" onClick={() => { onClose(); onYes(); }}>{yes}</Button>
          </div>
        </AlertDialog.Popup>
      </AlertDialog.Portal>
    </AlertDialog.Root>
  );
}
