import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Timeline(): ReactNode {
  return <Room title="Timeline">…</Room>;
}
