// How the workbench is: what works here, what it takes on the disk, a copy of it all to keep, and the way back.
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { ask } from '../../api/ask.ts';
import { Room } from '../../parts/room.tsx';
import { Column, Section } from '../../parts/rows.tsx';
import { Said } from '../../parts/text.tsx';
import { countWords } from '../../parts/time.tsx';
import { BackupPart } from './backup-part.tsx';
import { ChecksPart } from './checks-part.tsx';
import { DiskPart } from './disk-part.tsx';

export default function Health(): ReactNode {
  return (
    <Room title="Health">
      <Column>
        <ChecksPart />
        <DiskPart />
        <BackupPart />
        <Server />
      </Column>
    </Room>
  );
}

function Server(): ReactNode {
  const { data } = useQuery({ queryKey: ['health'], queryFn: ({ signal }) => ask<{ readonly version: string; readonly size: number }>('GET', '/api/health', undefined, signal), staleTime: 5000 });
  return (
    <Section title="Server">
      <p>{data === undefined ? 'It does not answer just now.' : <>ProWorkBench <Said text={data.version} />, at <code>{location.host}</code>, on this machine only. {countWords(data.size, 'event')} on record.</>}</p>
    </Section>
  );
}
