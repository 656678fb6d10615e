// Buttons. `yes` is the accent: it answers what waits for the person. `danger` ends or throws away something.
import { Tooltip } from '@base-ui/react/tooltip';
import type { ComponentProps, ReactNode } from 'react';
import css from './button.module.css';

interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  readonly tone?: 'plain' | 'yes' | 'danger' | 'bare';
  /** The key that does the same, shown in it. */
  readonly keys?: string;
  readonly submit?: boolean;
  /** Work is under way: can't be pressed again, and says so to a screen reader. */
  readonly busy?: boolean;
}

export function Button({ tone = 'plain', keys, submit = false, busy = false, className, children, disabled, ...rest }: ButtonProps): ReactNode {
  return (
    <button type={submit ? 'submit' : 'button'} className={[css['button'], css[tone], className].join(' ')} aria-busy={busy} disabled={disabled === true || busy} {...rest}>
      {children}
      {keys === undefined ? null : <kbd className={css['keys']} aria-hidden="true">{keys}</kbd>}
    </button>
  );
}

interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'children'> {
  /** What it does: its name for everybody. */
  readonly label: string;
  readonly icon: ReactNode;
}

export function IconButton({ label, icon, className, ...rest }: IconButtonProps): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger render={<button type="button" className={[css['icon'], className].join(' ')} aria-label={label} {...rest} />}>{icon}</Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner sideOffset={6}>
          <Tooltip.Popup className={css['tip']}>{label}</Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  );
}
