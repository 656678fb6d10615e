import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Work(): ReactNode {
  return <Room title="Work">…</Room>;
}
