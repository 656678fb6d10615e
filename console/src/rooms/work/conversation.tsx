// One conversation: its title, the thread, how it stands, and where the person speaks.
import { Pencil } from 'lucide-react';
import { useCallback, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { ask, Refused } from '../../api/ask.ts';
import type { SessionLine } from '../../api/types.ts';
import { IconButton } from '../../parts/button.tsx';
import { useKeys } from '../../parts/keys.ts';
import { Empty, Fault, Loading } from '../../parts/room.tsx';
import { Path, Said } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import { Back } from './back.tsx';
import { Meaning, ModelChoice, ProfileChoice } from './choices.tsx';
import { Composer, SPOKEN } from './composer.tsx';
import { useModels, usePolicy, useThread, type ThreadState } from './data.ts';
import { lastSaid, standingOf, type MessageItem, type Thread } from './items.ts';
import { useWords } from './kept-words.ts';
import { RunState } from './run-state.tsx';
import { rewoundWords, sayAnew } from './say-anew.tsx';
import { StandingBadge } from './sessions.tsx';
import { ThreadView } from './thread.tsx';
import { TitleEdit } from './title-edit.tsx';
import css from './work.module.css';

export function Conversation({ id }: { readonly id: string }): ReactNode {
  const state = useThread(id);
  const { data, error, refetch } = state.query;
  if (data !== undefined) return <Open thread={data} state={state} />;
  return (
    <div className={css['middle']}>
      <Back />
      {error === null ? <Loading what="Loading the conversation" /> : isNone(error) ? <Empty heading="There is no such conversation"><p>Choose one of the list, or <Link href="/work/new">begin a new one</Link>.</p></Empty> : <div className={css['pad']}><Fault error={error} again={() => void refetch()} /></div>}
    </div>
  );
}

/** An address that is none of a conversation. */
function isNone(error: unknown): boolean {
  return error instanceof Refused && [400, 404, 422].includes(error.status);
}

function Open({ thread, state }: { readonly thread: Thread; readonly state: ThreadState }): ReactNode {
  const { session, now, items } = thread;
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<unknown>(null);
  const [words, change] = useWords(session.id);
  const models = useModels().data?.models ?? [];
  const policy = usePolicy().data;
  const tell = useTell();
  const standing = standingOf(session);
  const free = standing !== 'running' && !busy;
  const { put } = state;
  const attempt = <T,>(work: () => Promise<T>, done: (answer: T) => void): void => {
    setBusy(true);
    setFault(null);
    work().then(done, setFault).finally(() => setBusy(false));
  };
  const say = (text: string, files: readonly string[], done: () => void): void => attempt(
    () => ask<SessionLine>('POST', `/api/sessions/${session.id}/messages`, { text, ...(files.length === 0 ? {} : { files }) }),
    (line) => {
      done();
      put(line);
    },
  );
  const cancel = (): void => attempt(() => ask('POST', `/api/sessions/${session.id}/cancel`), () => void state.query.refetch());
  const resume = (): void => attempt(() => ask<SessionLine>('POST', `/api/sessions/${session.id}/resume`), put);
  const settle = (settings: object): void => attempt(() => ask<SessionLine>('POST', `/api/sessions/${session.id}/settings`, settings), put);
  const retry = useCallback((message: MessageItem): void => {
    if (message.text === null) return;
    setBusy(true);
    setFault(null);
    sayAnew(session.id, message, message.text, message.files.map(({ path }) => path)).then(
      (rewound) => {
        const stays = rewoundWords(rewound);
        if (stays !== null) tell.done(stays);
        put(rewound.session);
      },
      setFault,
    ).finally(() => setBusy(false));
  }, [session.id, put, tell]);
  const last = lastSaid(items);
  const profile = session.profile ?? '';
  return (
    <div className={css['middle']}>
      <Head session={session} />
      <ThreadView
        key={session.id}
        thread={thread}
        loading={state.loading}
        failed={state.failed}
        onOlder={state.older}
        free={free}
        onSaidAnew={put}
        onRetry={retry}
        onRetryLast={() => last !== undefined && retry(last)}
        onGoOn={() => say('Go on.', [], () => undefined)}
      />
      <div className={css['foot']}>
        <RunState session={session.id} standing={standing} now={now} waiting={session.waiting.length} since={last === undefined ? undefined : Date.parse(last.time)} busy={busy} onCancel={cancel} onResume={resume} />
        <Composer
          words={words}
          change={change}
          workspace={session.workspace}
          closed={closedWords(standing)}
          busy={busy}
          fault={fault}
          focus={history.state === SPOKEN}
          placeholder={items.length === 0 ? 'What is to be done?' : 'Go on…'}
          onSend={() => say(words.text, words.files, () => change({ text: '', files: [] }))}
          onEscape={standing === 'running' ? cancel : undefined}
          onUp={free && last !== undefined ? () => document.querySelector<HTMLElement>(`[data-edit="${last.seq}"]`)?.click() : undefined}
          under={<Meaning model={session.model} models={models} profile={profile} policy={policy} />}
        >
          <ModelChoice value={session.model} served={session.served} from={models} disabled={standing !== 'idle' || busy} onChange={(model) => settle({ model })} />
          <ProfileChoice value={profile} from={policy} disabled={standing !== 'idle' || busy} onChange={(name) => settle({ profile: name === '' ? null : name })} />
        </Composer>
      </div>
    </div>
  );
}

function closedWords(standing: ReturnType<typeof standingOf>): ReactNode {
  switch (standing) {
    case 'running':
      return 'It is working. What you write is kept; Escape in the field cancels the turn.';
    case 'waiting':
      return 'First answer what waits above. What you write here is kept.';
    case 'cut':
      return 'First resume the turn that was cut off, or end it. What you write here is kept.';
    case 'idle':
      return null;
  }
}

function Head({ session }: { readonly session: SessionLine }): ReactNode {
  const [renaming, setRenaming] = useState(false);
  useKeys('Conversation', [{ keys: 'F2', words: 'Rename', run: () => setRenaming(true) }]);
  return (
    <header className={css['head']}>
      <Back />
      {renaming ? <TitleEdit session={session} onEnd={() => setRenaming(false)} /> : (
        <>
          <h2 className={css['title']}>{session.title === '' ? 'Without a title' : <Said text={session.title} />}</h2>
          <IconButton label="Rename (F2)" icon={<Pencil />} className={css['rename']} onClick={() => setRenaming(true)} />
        </>
      )}
      <span className={css['where']}><StandingBadge standing={standingOf(session)} /><Path path={session.root} /></span>
    </header>
  );
}
