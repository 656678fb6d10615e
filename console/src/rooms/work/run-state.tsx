// How it stands with the turn, just above the composer: steps, time and tokens while it runs, with Cancel; and what to
// do with one that was cut off.
import { useCallback, useEffect, useState, type ReactNode } from 'react';
import { useLive } from '../../api/news.ts';
import type { LiveNews } from '../../api/types.ts';
import { Button } from '../../parts/button.tsx';
import { countWords, durationWords, useNow } from '../../parts/time.tsx';
import type { Now, Standing } from './items.ts';
import { tokenWords } from './message.tsx';
import css from './composer.module.css';

interface Step {
  readonly step: number;
  readonly steps: number;
  readonly prompt: number;
  readonly output: number;
  /** Milliseconds since 1970. */
  readonly since: number | null;
}

interface RunStateProps {
  readonly session: string;
  readonly standing: Standing;
  /** As it stood when the thread was read: until a step says it better. */
  readonly now: Now | null;
  readonly waiting: number;
  /** When the person spoke last, in milliseconds since 1970: until a step says it better. */
  readonly since: number | undefined;
  readonly busy: boolean;
  readonly onCancel: () => void;
  readonly onResume: () => void;
}

export function RunState({ session, standing, now, waiting, since, busy, onCancel, onResume }: RunStateProps): ReactNode {
  const [step, setStep] = useState<Step | null>(null);
  useLive(session, useCallback((live: LiveNews) => {
    if (live.type === 'step') setStep(live);
  }, []));
  useEffect(() => {
    if (standing === 'idle') setStep(null);
  }, [standing]);
  const known = later(step, now === null || now.step === 0 ? null : now);
  return (
    <div className={css['run']} data-standing={standing}>
      <p className="visually-hidden" role="status">{ANNOUNCED[standing]}</p>
      {standing === 'running' ? <Running step={known} since={known?.since ?? since} /> : null}
      {standing === 'waiting' ? <p className={css['waits']}><strong>{countWords(waiting, 'action')} {waiting === 1 ? 'waits' : 'wait'} for you.</strong> It goes on when you have answered.</p> : null}
      {standing === 'cut' ? <p><strong>This turn was cut off.</strong> Resume takes it up where it was; nothing that was done is done again.</p> : null}
      {standing === 'idle' ? null : (
        <div className={css['row']}>
          {standing === 'cut' ? <Button busy={busy} onClick={onResume}>Resume</Button> : null}
          <Button tone="danger" busy={busy} onClick={onCancel} {...(standing === 'running' ? { keys: 'Esc' } : {})}>{standing === 'cut' ? 'End it' : standing === 'waiting' ? 'Cancel the turn' : 'Cancel'}</Button>
        </div>
      )}
    </div>
  );
}

/** News and the thread come in any order: of two of one turn the one that is further. */
function later(one: Step | null, other: Step | null): Step | null {
  if (one === null || other === null) return one ?? other;
  const before = (one.since ?? 0) - (other.since ?? 0) || one.step - other.step || one.prompt - other.prompt;
  return before < 0 ? other : one;
}

function Running({ step, since }: { readonly step: Step | null; readonly since: number | undefined }): ReactNode {
  const now = useNow(1000);
  return (
    <p className={css['running']}>
      <span className={css['dot']} aria-hidden="true" />
      <strong>{step === null ? 'Working' : `Step ${step.step} of ${step.steps}`}</strong>
      {since === undefined || now < since ? null : <span>{durationWords(Math.max(1000, Math.floor((now - since) / 1000) * 1000)).replace('.0', '')}</span>}
      {step === null || step.prompt + step.output === 0 ? null : <span>{tokenWords(step)}</span>}
    </p>
  );
}

const ANNOUNCED: { readonly [standing in Standing]: string } = { running: 'The assistant is working.', waiting: 'An action waits for you.', cut: 'The turn was cut off.', idle: 'The assistant is done.' };
