// An action in its place in the conversation: the whole card while it waits for the person, else one line that opens.
import { Check, CircleHelp, Eye, FilePen, Globe, Loader, Minus, Server, Terminal, Undo2, X } from 'lucide-react';
import { lazy, memo, Suspense, useEffect, useRef, type ReactNode } from 'react';
import type { ActionKind } from '../../api/types.ts';
import { Loading } from '../../parts/room.tsx';
import { Drawn } from '../../parts/text.tsx';
import { countWords, durationWords } from '../../parts/time.tsx';
import { Folded } from './folded.tsx';
import type { ActionItem } from './items.ts';
import { LiveOutput } from './live-output.tsx';
import css from './thread.module.css';

const CardById = lazy(async () => ({ default: (await import('../../card/by-id.tsx')).CardById }));

export const ActionLine = memo(function ActionLine({ action }: { readonly action: ActionItem }): ReactNode {
  const line = useRef<HTMLDivElement>(null);
  const was = useRef(action.state);
  useEffect(() => {
    const before = was.current;
    was.current = action.state;
    // The card that had the focus is gone: the line that stands for it has it, not the next card, where a second key would answer unseen.
    if (before === 'pending' && action.state !== 'pending' && document.activeElement === document.body) line.current?.querySelector('button')?.focus({ preventScroll: true });
  }, [action.state]);
  if (action.kind === 'infer') return <Unanswered action={action} />;
  if (action.state === 'pending') {
    return (
      <div className={css['card']} role="group" aria-label="An action that waits for you" data-waiting="">
        <Card id={action.id} />
      </div>
    );
  }
  const ends = action.state === 'ended';
  return (
    <div ref={line} className={css['action']}>
      <Folded className={css['line']} summary={<Summary action={action} />}>{() => <div className={css['inside']}><Card id={action.id} /></div>}</Folded>
      {ends ? null : <LiveOutput session={null} action={action.id} />}
      {ends && action.outcome !== 'done' && action.words !== null ? <p className={css['words-of']}><Drawn text={action.words} /></p> : null}
    </div>
  );
});

function Card({ id }: { readonly id: string }): ReactNode {
  return <Suspense fallback={<Loading />}><CardById id={id} compact /></Suspense>;
}

function Summary({ action }: { readonly action: ActionItem }): ReactNode {
  const { kind, heading, changed, duration, into, by, editedFrom } = action;
  const { words, tone, icon } = stateOf(action);
  // What was tried in a copy and then refused changed nothing.
  const landed = action.outcome === 'done' || into === 'workspace' || into === 'draft';
  return (
    <span className={css['summary']}>
      <span className={css['kind']} aria-hidden="true">{iconOf(kind)}</span>
      <span className={css['heading']}><Drawn text={heading} /></span>
      <span className={css['facts']}>
        {by === 'person' ? <span>yours</span> : null}
        {editedFrom === null ? null : <span>edited</span>}
        {changed === null || changed === 0 || !landed ? null : <span>{countWords(changed, 'path changed', 'paths changed')}{into === 'draft' ? ' in the draft' : ''}</span>}
        {duration === null || duration < 1000 ? null : <span>{durationWords(duration)}</span>}
        <span className={css['state']} data-tone={tone}>{icon}{words}</span>
      </span>
    </span>
  );
}

/** A request to the model that came to nothing. */
function Unanswered({ action }: { readonly action: ActionItem }): ReactNode {
  if (action.state === 'pending') return <div className={css['card']} role="group" aria-label="A request to a model that waits for you" data-waiting=""><Card id={action.id} /></div>;
  // What was called off is said by the end of the turn.
  if (action.state !== 'ended' || action.ended === 'cancelled' || action.ended === 'stopped') return null;
  return (
    <div className={css['fault']} role="group" aria-label="The model did not answer">
      <p><strong>{action.outcome === 'refused' ? 'The model was not asked.' : 'The model did not answer.'}</strong> <Drawn text={action.words ?? action.heading} /></p>
    </div>
  );
}

function iconOf(kind: ActionKind): ReactNode {
  switch (kind) {
    case 'run':
      return <Terminal />;
    case 'write':
    case 'commit':
      return <FilePen />;
    case 'read':
    case 'infer':
      return <Eye />;
    case 'undo':
      return <Undo2 />;
    case 'service':
      return <Server />;
    case 'fetch':
      return <Globe />;
  }
}

interface StateView {
  readonly words: string;
  readonly tone: 'quiet' | 'good' | 'danger' | 'warning';
  readonly icon: ReactNode;
}

function stateOf({ state, outcome, ended }: ActionItem): StateView {
  if (state !== 'ended') return { words: STATES[state], tone: 'quiet', icon: <Loader aria-hidden="true" className={css['turning']} /> };
  switch (outcome) {
    case 'done':
      return { words: 'done', tone: 'good', icon: <Check aria-hidden="true" /> };
    case 'failed':
      if (ended === 'cancelled' || ended === 'stopped') return { words: REFUSED[ended] ?? ended, tone: 'quiet', icon: <Minus aria-hidden="true" /> };
      return { words: 'failed', tone: 'danger', icon: <X aria-hidden="true" /> };
    case 'refused':
      return { words: REFUSED[ended ?? ''] ?? 'refused', tone: 'quiet', icon: <Minus aria-hidden="true" /> };
    case 'unknown':
    case null:
      return { words: 'not known', tone: 'warning', icon: <CircleHelp aria-hidden="true" /> };
  }
}

const STATES = { proposed: 'proposed', rehearsing: 'being tried', pending: 'waits for you', answered: 'answered', granted: 'running' } as const;
const REFUSED: { readonly [why: string]: string } = { person: 'denied by you', rule: 'denied by a rule', expired: 'expired', edited: 'edited instead', cancelled: 'cancelled', stopped: 'stopped', drifted: 'out of date' };
