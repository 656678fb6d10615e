// What this browser remembers by itself: how the page looks, and how it calls its person.
import { useState, type ReactNode } from 'react';
import { play } from '../../notify.ts';
import { Button } from '../../parts/button.tsx';
import { CheckField, SelectField } from '../../parts/field.tsx';
import { Section } from '../../parts/rows.tsx';
import { setPreferences, usePreferences } from '../../preferences.ts';
import css from './settings.module.css';

const THEMES = [{ value: 'system', label: 'As the system' }, { value: 'light', label: 'Light' }, { value: 'dark', label: 'Dark' }] as const;

export function BrowserPart(): ReactNode {
  const { theme, notify, sound } = usePreferences();
  const [permission, setPermission] = useState(() => ('Notification' in window ? Notification.permission : 'denied'));
  const wantNotify = (wanted: boolean): void => {
    if (!wanted || permission === 'granted') {
      setPreferences({ notify: wanted });
      return;
    }
    void Notification.requestPermission().then((given) => {
      setPermission(given);
      setPreferences({ notify: given === 'granted' });
    });
  };
  const refused = permission === 'denied';
  return (
    <Section title="This browser" words="Kept in this browser only. The page’s title says how many wait, always.">
      <div className={css['browser']}>
        <div className={css['theme']}>
          <SelectField label="Looks" choices={THEMES} value={theme} words="Default: as the system." onChange={({ target: { value } }) => setPreferences({ theme: value === 'light' || value === 'dark' ? value : 'system' })} />
        </div>
        <CheckField label="Notify on the desktop when something waits" checked={notify && permission === 'granted'} disabled={refused} words={refused ? 'The browser does not allow it for this page; that is changed beside its address bar.' : 'Default: off. It says how many wait, never what a model said. While this page is in view it keeps quiet.'} onChange={(event) => wantNotify(event.target.checked)} />
        <div className={css['sound']}>
          <CheckField label="Play a short sound when something waits" checked={sound} words="Default: off. Made here; nothing is loaded." onChange={(event) => setPreferences({ sound: event.target.checked })} />
          <Button tone="bare" onClick={play}>Try it</Button>
        </div>
      </div>
    </Section>
  );
}
