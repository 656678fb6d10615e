// How much is asked, and when: the profile that holds where a conversation has none of its own.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Confirm } from '../../parts/dialog.tsx';
import { Section } from '../../parts/rows.tsx';
import { Drawn, Said } from '../../parts/text.tsx';
import { useTell } from '../../parts/toast.tsx';
import type { PolicyAnswer } from './policy-answer.ts';
import css from './policy.module.css';

/** From what asks least at the moment of each action to what asks most. */
const ORDER = ['draft', 'step', 'strict', 'sealed'];

export function ProfilePart({ policy: { profile, profiles } }: { readonly policy: PolicyAnswer }): ReactNode {
  const client = useQueryClient();
  const tell = useTell();
  const [asking, setAsking] = useState<string | null>(null);
  const change = useMutation({
    mutationFn: (wanted: string) => ask('POST', '/api/profile', { profile: wanted }),
    onSuccess: (_, wanted) => {
      tell.done(`The profile ${wanted} holds now.`);
      void client.invalidateQueries({ predicate: ({ queryKey: [first] }) => first === 'policy' || first === 'profile' || first === 'settings' });
    },
    onError: tell.failed,
  });
  const choose = (wanted: string): void => {
    if (ORDER.indexOf(wanted) < ORDER.indexOf(profile)) setAsking(wanted);
    else change.mutate(wanted);
  };
  return (
    <Section title="Profile" words="It holds for every conversation that has none of its own, from its next action on.">
      <fieldset className={css['profiles']} disabled={change.isPending}>
        <legend className="visually-hidden">Profile</legend>
        {profiles.map(({ name, words }) => (
          <label key={name} className={css['profile']}>
            <input type="radio" name="profile" checked={name === (change.isPending ? change.variables : profile)} onChange={() => choose(name)} />
            <strong><Said text={name} /></strong>
            <span className={css['quiet']}><Drawn text={words} /></span>
          </label>
        ))}
      </fieldset>
      <Confirm open={asking !== null} onClose={() => setAsking(null)} title={`Let the profile ${asking ?? ''} hold?`} yes="Let it hold" onYes={() => asking !== null && change.mutate(asking)}>
        <p>{profile === 'sealed' ? 'What the profile sealed refuses is possible again: hosts, landing, models elsewhere.' : 'You are asked less often than now.'} What is denied stays denied, and nothing reaches your files without a word of yours or a rule of yours.</p>
      </Confirm>
    </Section>
  );
}
