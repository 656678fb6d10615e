// Every setting, explained in a line, with its default; then this browser's own, and who is let in.
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { Fault, Loading, Room } from '../../parts/room.tsx';
import { Column, Section } from '../../parts/rows.tsx';
import { Path } from '../../parts/text.tsx';
import { AccessPart } from './access-part.tsx';
import { BrowserPart } from './browser-part.tsx';
import { useSettings, type Setting } from './setting.ts';
import { SettingRow } from './setting-row.tsx';
import css from './settings.module.css';

/** By how a key begins. What fits none comes first, so that no setting is ever left out. */
const GROUPS: readonly { readonly title: string; readonly fits: (key: string) => boolean }[] = [
  { title: 'What runs see', fits: (key) => key === 'toolchains' || key === 'hide' },
  { title: 'One turn', fits: (key) => key.startsWith('budgets.') },
  { title: 'Limits of a run', fits: (key) => key.startsWith('limits.') },
  { title: 'Undo', fits: (key) => key.startsWith('undo.') },
];

export default function Settings(): ReactNode {
  const { data, error, refetch } = useSettings();
  return (
    <Room title="Settings">
      <Column>
        <BrowserPart />
        {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading /> : (
          <>
            <Group title="The workbench" settings={data.settings.filter(({ key }) => !GROUPS.some(({ fits }) => fits(key)))}>
              They stand in <Path path={data.file} />, and each change is on record. No tool of a model can reach them. Models are changed in <Link href="/models">Models</Link>; rules in <Link href="/policy">Policy</Link>.
            </Group>
            {GROUPS.map(({ title, fits }) => <Group key={title} title={title} settings={data.settings.filter(({ key }) => fits(key))} />)}
          </>
        )}
        <AccessPart />
      </Column>
    </Room>
  );
}

function Group({ title, settings, children }: { readonly title: string; readonly settings: readonly Setting[]; readonly children?: ReactNode }): ReactNode {
  if (settings.length === 0) return null;
  return (
    <Section title={title} words={children}>
      <ul className={css['rows']} aria-label={title}>{settings.map((setting) => <SettingRow key={setting.key} setting={setting} />)}</ul>
    </Section>
  );
}
