// Stop everything: what runs is cancelled, what waits is refused, commands that stay are ended. Asks once, since what
// waits is refused for good; never slowed, never hidden.
import { OctagonX } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { ask } from './api/ask.ts';
import { Confirm } from './parts/dialog.tsx';
import { useKeys } from './parts/keys.ts';
import { countWords } from './parts/time.tsx';
import { useTell } from './parts/toast.tsx';
import css from './stop.module.css';

interface Halted {
  readonly refused: readonly string[];
  readonly told: readonly string[];
  readonly services: readonly string[];
}

export function StopEverything({ short = false }: { readonly short?: boolean }): ReactNode {
  const [asking, setAsking] = useState(false);
  const tell = useTell();
  useKeys('Everywhere', short ? [] : [{ keys: 'Mod+.', words: 'Stop everything', always: true, run: () => setAsking(true) }]);
  const stop = (): void => {
    ask<Halted>('POST', '/api/stop').then(
      ({ refused, told, services }) => tell.done(`Stopped: ${countWords(told.length, 'running action')} told to end, ${countWords(refused.length, 'waiting one')} refused, ${countWords(services.length, 'command that stays', 'commands that stay')} ended.`),
      (error: unknown) => tell.failed(error),
    );
  };
  return (
    <>
      <button type="button" className={css['stop']} aria-label="Stop everything" onClick={() => setAsking(true)}>
        <OctagonX aria-hidden="true" />
        {short ? 'Stop' : 'Stop everything'}
      </button>
      <Confirm open={asking} onClose={() => setAsking(false)} title="Stop everything?" yes="Stop everything" onYes={stop}>
        <p>What runs now is cancelled, what waits for you is refused, and commands that stay are ended, in every session.</p>
        <p>What has already landed stays, and can be undone.</p>
      </Confirm>
    </>
  );
}
