// Edit and invoke: the arguments in an editor; what they would do is foreseen and shown before the yes.
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask, Refused } from '../api/ask.ts';
import type { Action, Effects as Does, Shown } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { CheckField, TextArea } from '../parts/field.tsx';
import { Fault } from '../parts/room.tsx';
import { argumentFields, argumentsText, type Field } from './arguments.ts';
import { Effects } from './effects.tsx';
import { slowed, usePace } from './pace.ts';
import { useSettled } from './settle.ts';
import css from './card.module.css';

interface Foreseen {
  readonly action: Action;
  readonly effects: Does;
  readonly text: string;
  readonly seen: string;
}

export function Edit({ shown, onClose, onDone }: { readonly shown: Shown; readonly onClose: () => void; readonly onDone: () => void }): ReactNode {
  const { card } = shown;
  const pace = usePace();
  const [fields, setFields] = useState<readonly Field[]>(() => argumentFields(shown.arguments ?? '{}'));
  const text = argumentsText(fields);
  const foresee = useMutation({
    mutationFn: async (args: string) => ({ args, found: await ask<Foreseen>('POST', `/api/actions/${card.id}/foresee`, { arguments: args }) }),
  });
  const edit = useMutation({
    mutationFn: ({ args, seen }: { readonly args: string; readonly seen: string }) => ask('POST', `/api/actions/${card.id}/edit`, { arguments: args, seen }),
    onSuccess: onDone,
    onError: (error) => {
      if (error instanceof Refused && error.status === 429) slowed(error.retryAfter ?? 5, error.message);
    },
  });
  // What was foreseen holds for exactly these arguments.
  const found = foresee.data?.args === text ? foresee.data : undefined;
  const settled = useSettled(found?.found.seen ?? null);
  const change = (at: number, value: string): void => setFields(fields.map((field, index) => (index === at ? { ...field, value } : field)));
  return (
    <Dialog open onClose={onClose} title="Edit and invoke" wide>
      <div className={css['form']}>
        {fields.map(({ name, kind, value }, at) => {
          if (kind === 'flag') return <CheckField key={name} label={name} checked={value === 'true'} onChange={({ target }) => change(at, String(target.checked))} />;
          return <TextArea key={name} label={name} value={value} rows={Math.min(18, Math.max(1, value.split('\n').length))} onChange={({ target }) => change(at, target.value)} {...(kind === 'text' ? {} : { words: kind === 'number' ? 'a number' : 'JSON' })} />;
        })}
        {typeof text === 'string' ? null : <p className={css['warning']} role="alert">{text.wrong}</p>}
        {foresee.error === null ? null : <Fault error={foresee.error} />}
        {edit.error === null || (edit.error instanceof Refused && edit.error.status === 429) ? null : <Fault error={edit.error} />}
        {found === undefined ? <p className={css['quiet']}>Look first at what it does so; nothing is done by looking. Both versions stay on record.</p> : <div role="status"><Effects id={card.id} action={found.found.action} effects={found.found.effects} rules={[]} rehearsal={null} compact={false} imagined /></div>}
        {pace.wait === 0 ? null : <p role="status" className={css['quiet']}>{pace.words}</p>}
        <div className={css['dialog-buttons']}>
          <Button onClick={onClose}>Not now</Button>
          <Button busy={foresee.isPending} disabled={typeof text !== 'string' || found !== undefined} onClick={() => typeof text === 'string' && foresee.mutate(text)}>See what it does</Button>
          <Button tone="yes" busy={edit.isPending} disabled={found === undefined || pace.wait > 0} aria-disabled={!settled} onClick={() => found !== undefined && settled && edit.mutate({ args: found.args, seen: found.found.seen })}>{pace.wait > 0 ? `Invoke so in ${pace.wait} s` : 'Invoke so'}</Button>
        </div>
      </div>
    </Dialog>
  );
}
