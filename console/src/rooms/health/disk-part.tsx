// What the state takes on the disk, by what it is for.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import { ask } from '../../api/ask.ts';
import { Fault, Loading } from '../../parts/room.tsx';
import { Section } from '../../parts/rows.tsx';
import { Path, Said } from '../../parts/text.tsx';
import { Ticks } from '../../parts/ticks.tsx';
import { countWords, sizeWords } from '../../parts/time.tsx';
import css from './health.module.css';

interface Disk {
  readonly places: readonly { readonly name: string; readonly words: string; readonly bytes: number; readonly files: number; readonly path: string }[];
  readonly free: number;
  readonly total: number;
}

export function DiskPart(): ReactNode {
  const { data, error, refetch } = useQuery({ queryKey: ['disk'], queryFn: ({ signal }) => ask<Disk>('GET', '/api/disk', undefined, signal), staleTime: 10_000 });
  return (
    <Section title="Disk">
      {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Counting" /> : <Places disk={data} />}
    </Section>
  );
}

function Places({ disk: { places, free, total } }: { readonly disk: Disk }): ReactNode {
  const all = places.reduce((sum, { bytes }) => sum + bytes, 0);
  const most = Math.max(1, ...places.map(({ bytes }) => bytes));
  return (
    <>
      <p className={css['quiet']}>{sizeWords(all)} in all. {sizeWords(free)} of {sizeWords(total)} are free there.</p>
      <ul className={css['places']} aria-label="Places">
        {places.toSorted((a, b) => b.bytes - a.bytes).map(({ name, words, bytes, files, path }) => (
          <li key={name}>
            <p className={css['place']}><strong><Said text={name} /></strong><span>{sizeWords(bytes)}{files > 1 ? `, ${countWords(files, 'file')}` : ''}</span></p>
            <div className={css['track']} aria-hidden="true"><div className={css['bar']} style={{ width: `${(100 * bytes) / most}%` }} /></div>
            <p className={css['quiet']}><Ticks text={visible(words)} /> <Path path={path} /></p>
          </li>
        ))}
      </ul>
    </>
  );
}
