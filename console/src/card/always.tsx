// Always…: standing rules that would have let this go without asking, narrowest first, each as text with its scope and
// with what it would have done to the last thirty days. The rule is made first, then the card is invoked.
import { useMutation, useQuery } from '@tanstack/react-query';
import { useId, useState, type ReactNode } from 'react';
import { ask } from '../api/ask.ts';
import type { Shown } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Fault, Loading } from '../parts/room.tsx';
import { Drawn } from '../parts/text.tsx';
import { useTell } from '../parts/toast.tsx';
import { useSettled } from './settle.ts';
import css from './card.module.css';

interface Offers {
  readonly offers: readonly { readonly offer: string; readonly text: string; readonly cedar: string; readonly scope: string; readonly broad: string | null }[];
  readonly words: string | null;
}

interface Past {
  readonly offer: string;
  readonly allowed: number;
  readonly saved: number;
  readonly letThrough: number;
  readonly lines: readonly { readonly action: string; readonly heading: string; readonly by: 'rule' | 'person' }[];
}

const FEW = 3;

export function Always({ shown, onClose, onInvoke }: { readonly shown: Shown; readonly onClose: () => void; readonly onInvoke: () => void }): ReactNode {
  const { id } = shown.card;
  const [chosen, setChosen] = useState(0);
  const name = useId();
  const tell = useTell();
  const { data, error, refetch } = useQuery({ queryKey: ['policy', 'offers', id, shown.seen], queryFn: ({ signal }) => ask<Offers>('GET', `/api/actions/${id}/offers`, undefined, signal) });
  const past = useQuery({ queryKey: ['policy', 'offers', id, shown.seen, 'history'], queryFn: ({ signal }) => ask<{ readonly offers: readonly Past[] }>('GET', `/api/actions/${id}/offers/history`, undefined, signal) });
  const make = useMutation({
    mutationFn: (offer: string) => ask('POST', '/api/policy/rules', { action: id, offer }),
    onSuccess: () => {
      tell.done('The rule holds from now on. It can be taken away under Policy.');
      onInvoke();
    },
  });
  const offer = data?.offers[chosen];
  // Where this came up, a finger may have been on its way to something else.
  const settled = useSettled(`always ${id}`);
  const yes = (): void => {
    if (settled && offer !== undefined) make.mutate(offer.offer);
  };
  return (
    <Dialog open onClose={onClose} title="Always: make a rule of it" wide>
      <div className={css['form']}>
        <p className={css['quiet']}>A rule says what may go without asking from now on. It never reaches past a refusal, a secret file, a clash, a host, or what could not be rehearsed.</p>
        {error === null ? null : <Fault error={error} again={() => void refetch()} />}
        {data === undefined && error === null ? <Loading /> : null}
        {data !== undefined && data.offers.length === 0 ? <p>No rule can be made of this: <Drawn text={data.words ?? 'its effects are not known for sure'} /></p> : null}
        {data === undefined || data.offers.length === 0 ? null : (
          <fieldset className={css['offers']}>
            <legend>How far, narrowest first</legend>
            {data.offers.map(({ offer: key, text, scope, broad }, at) => (
              <label key={key} data-chosen={at === chosen}>
                <input type="radio" name={name} checked={at === chosen} onChange={() => setChosen(at)} />
                <span>
                  <b><Drawn text={scope} /></b>
                  {broad === null ? null : <span className={css['warning']}>Broad: <Drawn text={broad} /></span>}
                  <PastOf past={past.data?.offers.find(({ offer: of }) => of === key)} failed={past.error !== null} />
                  {at === chosen ? <pre>{text}</pre> : null}
                </span>
              </label>
            ))}
          </fieldset>
        )}
        {offer === undefined ? null : <details className={css['details']}><summary>The rule itself, in Cedar</summary><pre>{offer.cedar}</pre></details>}
        {make.error === null ? null : <Fault error={make.error} again={() => void refetch()} />}
        <div className={css['dialog-buttons']}>
          <Button onClick={onClose}>Not now</Button>
          <Button tone="yes" busy={make.isPending} disabled={offer === undefined} aria-disabled={!settled} onClick={yes}>Make the rule, and invoke</Button>
        </div>
      </div>
    </Dialog>
  );
}

/** In one line, and a line for each denial that it would have let through. */
function PastOf({ past, failed }: { readonly past: Past | undefined; readonly failed: boolean }): ReactNode {
  if (past === undefined) return <span className={css['quiet']}>{failed ? 'What it would have done in the past is not known.' : 'Looking at the last thirty days…'}</span>;
  const { allowed, saved, letThrough, lines } = past;
  return (
    <>
      <span className={css['quiet']}>{allowed === 0 ? 'In the last thirty days nothing would have gone otherwise.' : `In the last thirty days ${allowed} more would have gone without asking, ${saved} of them with your yes.`}</span>
      {letThrough === 0 ? null : <span className={css['warning']}>{letThrough} that {letThrough === 1 ? 'was' : 'were'} denied would have gone: <Drawn text={lines.slice(0, FEW).map(({ action, heading, by }) => `${heading} (${action}, ${by === 'person' ? 'by you' : 'by a rule'})`).join('; ')} />{letThrough > FEW ? ' …' : ''}</span>}
    </>
  );
}
