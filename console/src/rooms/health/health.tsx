import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Health(): ReactNode {
  return <Room title="Health">…</Room>;
}
