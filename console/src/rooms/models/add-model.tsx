// Adds a model: a server by its address, or a GGUF file. Another machine is asked about in plain words before it is
// allowed: the server refuses it first, and says what would leave.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask, Refused } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm, Dialog } from '../../parts/dialog.tsx';
import { SelectField, TextField } from '../../parts/field.tsx';
import { Fault } from '../../parts/room.tsx';
import { Said } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import css from './models.module.css';

const EMPTY = { kind: 'server', place: '', name: '', model: '', keyEnv: '', window: '' };

export function AddModel({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }): ReactNode {
  return <Dialog open={open} onClose={onClose} title="Add a model">{open ? <Form onDone={onClose} /> : null}</Dialog>;
}

function Form({ onDone }: { readonly onDone: () => void }): ReactNode {
  const [given, setGiven] = useState(EMPTY);
  const tell = useTell();
  const client = useQueryClient();
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: (allowRemote: boolean) => ask<{ readonly words: string }>('POST', '/api/models', bodyOf(given, allowRemote)),
    onSuccess: ({ words }) => {
      tell.done(words);
      void client.invalidateQueries({ queryKey: ['models'] });
      onDone();
    },
  });
  const remote = error instanceof Refused && error.code === 'model.refused' ? error : null;
  const field = (name: keyof typeof EMPTY): { value: string; onChange: (event: { readonly currentTarget: { readonly value: string } }) => void } => ({
    value: given[name], onChange: ({ currentTarget: { value } }) => setGiven((now) => ({ ...now, [name]: value })),
  });
  const isServer = given.kind === 'server';
  return (
    <form className={css['form']} onSubmit={(event) => { event.preventDefault(); mutate(false); }}>
      <SelectField label="What" choices={[{ value: 'server', label: 'A server, by its address' }, { value: 'file', label: 'A GGUF file, for the engine inside' }]} {...field('kind')} />
      {isServer
        ? <TextField label="Address" required placeholder="http://127.0.0.1:5000/v1" words="Base URL of an OpenAI-compatible server. Servers on the usual ports of this machine are found without it." inputMode="url" {...field('place')} />
        : <TextField label="File" required placeholder="/home/me/models/some.gguf" words="Absolute path. It is read and hashed, which takes a while; from then on only exactly this file is used." {...field('place')} />}
      <TextField label="Name" words={isServer ? 'What you call it. Left empty: its host and port.' : 'What you call it. Left empty: the file’s name.'} {...field('name')} />
      {isServer ? (
        <div className={css['pair']}>
          <TextField label="Model" words="What the server calls it. Left empty: the one that it has loaded." {...field('model')} />
          <TextField label="Key" words="Name of the environment variable that holds it, never the key itself." placeholder="MY_API_KEY" {...field('keyEnv')} />
          <TextField label="Context window" words="Tokens, where the server doesn’t say." inputMode="numeric" pattern="[0-9]*" {...field('window')} />
        </div>
      ) : null}
      {error !== null && remote === null ? <Fault error={error} /> : null}
      <div className={css['buttons']}>
        <Button onClick={onDone}>Not now</Button>
        <Button submit busy={isPending}>{isPending && !isServer ? 'Reading and hashing…' : 'Add'}</Button>
      </div>
      <Confirm open={remote !== null} onClose={reset} title="Allow another machine?" yes="Allow it to leave" onYes={() => mutate(true)}>
        <p><Said text={remote?.message ?? ''} /></p>
        <p>Everything that the model is asked goes there: what you write, files that it reads, results of commands. Files with secrets stay hidden from it. It is on record, and removing the model takes it back.</p>
      </Confirm>
    </form>
  );
}

function bodyOf({ kind, place, name, model, keyEnv, window }: typeof EMPTY, allowRemote: boolean): object {
  const own = name.trim() === '' ? {} : { name: name.trim() };
  if (kind === 'file') return { file: place.trim(), ...own };
  return {
    url: place.trim(), ...own,
    ...(model.trim() === '' ? {} : { model: model.trim() }),
    ...(keyEnv.trim() === '' ? {} : { keyEnv: keyEnv.trim() }),
    ...(window.trim() === '' ? {} : { window: Number(window) }),
    ...(allowRemote ? { allowRemote } : {}),
  };
}
