// The list of keys that work here, made of what the rooms registered.
import { Keyboard } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { Button } from './parts/button.tsx';
import { Dialog } from './parts/dialog.tsx';
import { listKeys, useKeys } from './parts/keys.ts';
import css from './key-list.module.css';

export function KeyList(): ReactNode {
  const [open, setOpen] = useState(false);
  useKeys('Everywhere', [{ keys: '?', words: 'Keys', run: () => setOpen(true) }]);
  return (
    <>
      <Button tone="bare" keys="?" className={css['opener']} onClick={() => setOpen(true)}><Keyboard aria-hidden="true" size={16} />Keys</Button>
      <Dialog open={open} onClose={() => setOpen(false)} title="Keys that work here">
        {open ? listKeys().map(({ group, keys }) => (
          <section key={group} aria-label={group}>
            <h3>{group}</h3>
            <dl className={css['keys']}>
              {keys.map(({ keys: combination, words }) => (
                <div key={combination}>
                  <dt>{combination.split(/[ +](?=.)/).map((one, at) => <kbd key={at}>{one === 'Mod' ? 'Ctrl' : one}</kbd>)}</dt>
                  <dd>{words}</dd>
                </div>
              ))}
            </dl>
          </section>
        )) : null}
      </Dialog>
    </>
  );
}
