// One setting: its line of words, what holds, its default, and a field to change it.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { SelectField, TextArea, TextField } from '../../parts/field.tsx';
import { Fault } from '../../parts/room.tsx';
import { Said } from '../../parts/text.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import { useTell } from '../../parts/toast.tsx';
import { isDefault, valueWords, type Setting, type Value } from './setting.ts';
import css from './settings.module.css';

export function SettingRow({ setting }: { readonly setting: Setting }): ReactNode {
  const { key, words, unit, restart, editable } = setting;
  const tell = useTell();
  const client = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (value: Value) => ask<Setting>('POST', '/api/settings', { key, value }),
    onSuccess: (now) => {
      tell.done(`${key} is ${visible(valueWords(now.value, now.unit))} now${restart ? '; it holds after the next start' : ''}.`);
      void client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'settings' || first === 'profile' || first === 'policy' || first === 'models' });
    },
  });
  const byDefault = isDefault(setting);
  return (
    <li className={css['row']}>
      <div>
        <p className={css['key']}><code>{key}</code>{byDefault ? null : <Badge>changed</Badge>}{restart ? <Badge title="Only what is started afterwards heeds it.">at the next start</Badge> : null}</p>
        <p className={css['words']}><Ticks text={words} /></p>
        <p className={css['words']}>Default: <Said text={valueWords(setting.default, unit)} /></p>
      </div>
      <div className={css['edit']}>
        {editable ? <Editor key={JSON.stringify(setting.value)} setting={setting} busy={isPending} onTouch={reset} onSave={mutate} /> : <p><Said text={valueWords(setting.value, unit)} /></p>}
        {error === null ? null : <Fault error={error} />}
        {byDefault || !editable ? null : <Button tone="bare" busy={isPending} onClick={() => mutate(null)}>Back to the default</Button>}
      </div>
    </li>
  );
}

interface EditorProps {
  readonly setting: Setting;
  readonly busy: boolean;
  readonly onTouch: () => void;
  readonly onSave: (value: Value) => void;
}

function Editor({ setting, busy, onTouch, onSave }: EditorProps): ReactNode {
  const { key, kind, choices, unit, value } = setting;
  const before = textOf(value);
  const [typed, setTyped] = useState(before);
  const change = (text: string): void => {
    onTouch();
    setTyped(text);
  };
  if (kind === 'choice' || kind === 'flag') {
    const all = kind === 'flag' ? ['true', 'false'] : (choices ?? []);
    return <SelectField quiet label={key} disabled={busy} choices={all.map((one) => ({ value: one, label: kind === 'flag' ? (one === 'true' ? 'on' : 'off') : one }))} value={typed} onChange={(event) => { change(event.target.value); onSave(kind === 'flag' ? event.target.value === 'true' : event.target.value); }} />;
  }
  const field = { quiet: true, label: unit === null ? key : `${key}, in ${unit}`, value: typed, placeholder: value === null ? 'not set' : '' } as const;
  return (
    <form className={css['form']} onSubmit={(event) => { event.preventDefault(); onSave(valueOf(kind, typed)); }}>
      <div className={css['field']}>
        {kind === 'list'
          ? <TextArea {...field} rows={Math.min(8, Math.max(2, typed.split('\n').length))} words="One on each line." onChange={(event) => change(event.target.value)} />
          : <TextField {...field} {...(kind === 'number' ? { inputMode: 'numeric' } as const : {})} onChange={(event) => change(event.target.value)} />}
      </div>
      {unit === null ? null : <span className={css['unit']} aria-hidden="true">{unit}</span>}
      {typed === before ? null : <Button submit busy={busy}>Save</Button>}
    </form>
  );
}

function textOf(value: Value): string {
  if (value === null) return '';
  return typeof value === 'object' ? value.join('\n') : String(value);
}

/** What isn't a number goes as it is: the server says what is wrong with it. */
function valueOf(kind: Setting['kind'], typed: string): Value {
  const text = typed.trim();
  if (kind === 'list') return text.split('\n').map((line) => line.trim()).filter((line) => line !== '');
  if (text === '') return null;
  const plain = text.replaceAll(/[,_\s]/g, '');
  return kind === 'number' && /^-?\d{1,15}(\.\d+)?$/.test(plain) ? Number(plain) : text;
}
