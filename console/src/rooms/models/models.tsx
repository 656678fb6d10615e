import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Models(): ReactNode {
  return <Room title="Models">…</Room>;
}
