// The models that can be asked: those that you configured and those that were found, each with where it really runs.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/dialog.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Fault, Loading, Room } from '../../parts/room.tsx';
import { Column, Rows, Section } from '../../parts/rows.tsx';
import { Said } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import { useSettings } from '../settings/setting.ts';
import { AddModel } from './add-model.tsx';
import { useModels, type ModelLine } from './model-line.ts';
import { ModelRow } from './model-row.tsx';
import { ServerHelp } from './server-help.tsx';

export default function Models(): ReactNode {
  const { data, error, refetch, isFetching } = useModels();
  const [adding, setAdding] = useState(false);
  useKeys('Models', [
    { keys: 'n', words: 'Add a model', run: () => setAdding(true) },
    { keys: 'r', words: 'Look again', run: () => void refetch() },
  ]);
  return (
    <Room title="Models" actions={<><Button busy={isFetching} keys="r" onClick={() => void refetch()}>Look again</Button><Button keys="n" onClick={() => setAdding(true)}>Add…</Button></>}>
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : null}
      {data === undefined ? (error === null ? <Loading what="Looking for model servers" /> : null) : <Lists lines={data.models} byDefault={data.default} />}
      <AddModel open={adding} onClose={() => setAdding(false)} />
    </Room>
  );
}

function Lists({ lines, byDefault }: { readonly lines: readonly ModelLine[]; readonly byDefault: string | null }): ReactNode {
  const { data: settings } = useSettings();
  const named = settings?.settings.find(({ key }) => key === 'model')?.value ?? null;
  const configured = lines.filter((line) => line.configured);
  const found = lines.filter((line) => !line.configured);
  const row = (line: ModelLine): ReactNode => <ModelRow key={`${line.name} ${line.server} ${line.model}`} line={line} isDefault={line.name === byDefault} side={<Doings line={line} isDefault={line.name === named} />} />;
  return (
    <Column>
      <Section title="Configured" words="Named by you. The default is asked where you name none; one on another machine is only when you make it so.">
        {configured.length === 0 ? <p>None yet. What is found on this machine can be used without it.</p> : <Rows label="Configured models">{configured.map(row)}</Rows>}
      </Section>
      <Section title="Found on this machine">
        {found.length === 0 ? <p>No server answers on the usual ports.</p> : <Rows label="Found models">{found.map(row)}</Rows>}
      </Section>
      <Section title="To have one found"><ServerHelp /></Section>
    </Column>
  );
}

function Doings({ line: { name, configured }, isDefault }: { readonly line: ModelLine; readonly isDefault: boolean }): ReactNode {
  const [asking, setAsking] = useState(false);
  const tell = useTell();
  const client = useQueryClient();
  const done = (words: string) => (): void => {
    tell.done(words);
    void client.invalidateQueries({ queryKey: ['models'] });
    void client.invalidateQueries({ queryKey: ['settings'] });
  };
  const choose = useMutation({ mutationFn: () => ask('POST', '/api/settings', { key: 'model', value: isDefault ? null : name }), onSuccess: done(isDefault ? 'No model is named as the default now.' : 'It is the default now.'), onError: tell.failed });
  const remove = useMutation({ mutationFn: () => ask('DELETE', `/api/models?name=${encodeURIComponent(name)}`), onSuccess: done('Removed. A file is not touched.'), onError: tell.failed });
  return (
    <>
      <Button tone="bare" busy={choose.isPending} onClick={() => choose.mutate()}>{isDefault ? 'Not the default' : 'Make default'}</Button>
      {configured ? <Button tone="bare" busy={remove.isPending} onClick={() => setAsking(true)}>Remove…</Button> : null}
      <Confirm open={asking} onClose={() => setAsking(false)} title="Remove this model?" yes="Remove" onYes={() => remove.mutate()}>
        <p><Said text={name} /> is no longer offered here. Conversations with it stay, and need another model to go on. A file on the disk is not touched; a leave to ask another machine goes with the last model that needs it.</p>
      </Confirm>
    </>
  );
}
