// Short news at the corner: what was done (with a way back, where there is one) or what was refused.
import { Toast } from '@base-ui/react/toast';
import { useMemo, type ReactNode } from 'react';
import { faultOf } from '../api/ask.ts';
import css from './toast.module.css';

export interface Tell {
  done(words: string, way?: { readonly label: string; readonly go: () => void }): void;
  failed(error: unknown): void;
}

export function useTell(): Tell {
  const { add } = Toast.useToastManager();
  return useMemo(() => ({
    done: (words, way) => void add({ title: words, timeout: 6000, ...(way === undefined ? {} : { actionProps: { children: way.label, onClick: way.go } }) }),
    failed: (error) => {
      const { words, hint } = faultOf(error);
      add({ title: words, description: `Next: ${hint}.`, type: 'failed', priority: 'high', timeout: 12_000 });
    },
  }), [add]);
}

export function Toasts(): ReactNode {
  const { toasts } = Toast.useToastManager();
  return (
    <Toast.Portal>
      <Toast.Viewport className={css['viewport']}>
        {toasts.map((toast) => (
          <Toast.Root key={toast.id} toast={toast} className={[css['toast'], toast.type === 'failed' ? css['failed'] : ''].join(' ')}>
            <Toast.Title className={css['title']} />
            <Toast.Description className={css['words']} />
            <div className={css['row']}>
              <Toast.Action className={css['action']} />
              <Toast.Close className={css['action']} aria-label="Dismiss">Dismiss</Toast.Close>
            </div>
          </Toast.Root>
        ))}
      </Toast.Viewport>
    </Toast.Portal>
  );
}
