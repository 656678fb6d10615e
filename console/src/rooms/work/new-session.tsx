// A new conversation: where, who answers, how much is asked, all with good defaults, and the first words at once.
import { useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { ask } from '../../api/ask.ts';
import type { SessionLine } from '../../api/types.ts';
import { Empty, Fault, Loading } from '../../parts/room.tsx';
import { useTell } from '../../parts/toast.tsx';
import { visible } from '../../../../src/model/visible.ts';
import { Choice, Meaning, ModelChoice, nameOf, ProfileChoice } from './choices.tsx';
import { Composer, SPOKEN } from './composer.tsx';
import { useModels, usePolicy, useSessions, useWorkspaces, type Model } from './data.ts';
import { keepWords, useWords } from './kept-words.ts';
import { Back } from './back.tsx';
import css from './work.module.css';

/** Characters of a title made of the first words. */
const TITLE = 80;

export function NewSession({ focus }: { readonly focus: boolean }): ReactNode {
  const spaces = useWorkspaces();
  const { models, default: byDefault = null } = useModels().data ?? {};
  const policy = usePolicy().data;
  const [latest] = useSessions('', 60).data?.sessions ?? [];
  const [words, change] = useWords('new');
  const [chosen, setChosen] = useState<{ readonly workspace?: string; readonly model?: string; readonly profile?: string }>({});
  // Another room leads here with a folder.
  const asked = new URLSearchParams(useSearch()).get('workspace');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [, go] = useLocation();
  const client = useQueryClient();
  const tell = useTell();
  if (spaces.data === undefined) return <div className={css['pad']}>{spaces.error === null ? <Loading /> : <Fault error={spaces.error} again={() => void spaces.refetch()} />}</div>;
  const { workspaces } = spaces.data;
  if (workspaces.length === 0) {
    return (
      <Empty heading="No folder to work in yet">
        <p>The assistant works in folders that you name, and in no other. <Link href="/workspaces">Add a folder</Link>, or take the <Link href="/start">first steps</Link> with a practice task.</p>
      </Empty>
    );
  }
  // Where the person worked last is where they go on.
  const workspace = chosen.workspace ?? workspaces.find(({ id }) => id === asked)?.id ?? workspaces.find(({ id }) => id === latest?.workspace)?.id ?? workspaces[0]?.id ?? '';
  const known = (models ?? []).filter(({ where, reachable }) => reachable || where === 'inside');
  const model = chosen.model ?? (latest !== undefined && known.some(({ name }) => name === latest.model) ? latest.model : '');
  const profile = chosen.profile ?? '';
  const begin = async (): Promise<void> => {
    setBusy(true);
    setFault(null);
    try {
      const title = (words.text.trim().split('\n')[0] ?? '').slice(0, TITLE).toWellFormed();
      const session = await ask<SessionLine>('POST', '/api/sessions', { workspace, title, ...(model === '' ? {} : { model }), ...(profile === '' ? {} : { profile }) });
      change({ text: '', files: [] });
      void client.invalidateQueries({ queryKey: ['sessions'] });
      try {
        await ask('POST', `/api/sessions/${session.id}/messages`, { text: words.text, ...(words.files.length === 0 ? {} : { files: words.files }) });
      } catch (error) {
        // The conversation is there; the words stand in it, to be sent when what was in the way is gone.
        keepWords(session.id, words);
        tell.failed(error);
      }
      go(`/work/${session.id}`, { state: SPOKEN });
    } catch (error) {
      setFault(error);
      setBusy(false);
    }
  };
  return (
    <div className={css['new']}>
      <div className={css['begin']}>
        <h2><Back />New conversation</h2>
        <Choice label="Folder" value={workspace} disabled={busy} onChange={(id) => { setChosen({ ...chosen, workspace: id }); change({ files: [] }); }}>
          {workspaces.map(({ id, root }) => <option key={id} value={id}>{visible(root)}</option>)}
        </Choice>
        <Composer
          words={words}
          change={change}
          workspace={workspace}
          closed={null}
          busy={busy}
          fault={fault}
          focus={focus}
          placeholder="What is to be done? What changes something is tried out first and shown to you."
          onSend={() => void begin()}
          under={<Meaning model={model === '' ? (byDefault ?? '') : model} models={models ?? []} profile={profile} policy={policy} />}
        >
          <ModelChoice value={model} from={models ?? []} disabled={busy} also={defaultWords(models === undefined, byDefault, models?.find(({ name }) => name === byDefault))} onChange={(name) => setChosen({ ...chosen, model: name })} />
          <ProfileChoice value={profile} from={policy} disabled={busy} onChange={(name) => setChosen({ ...chosen, profile: name })} />
        </Composer>
        {models !== undefined && known.length === 0 ? <p className={css['quiet']}>No model answers on this machine. <Link href="/models">See which were found</Link>, or practise in the <Link href="/start">first steps</Link>.</p> : null}
        <p className={css['quiet']}><kbd>Enter</kbd> sends, <kbd>Shift</kbd> <kbd>Enter</kbd> begins a line. Another folder: <Link href="/workspaces">Workspaces</Link>.</p>
      </div>
    </div>
  );
}

/** The first choice says which one it stands for. */
function defaultWords(looking: boolean, name: string | null, model: Model | undefined): string {
  return looking ? 'the default' : name === null ? 'none answers' : `the default: ${visible(model === undefined ? name : nameOf(model))}`;
}
