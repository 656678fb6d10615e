import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Policy(): ReactNode {
  return <Room title="Policy">…</Room>;
}
