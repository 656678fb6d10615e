import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Settings(): ReactNode {
  return <Room title="Settings">…</Room>;
}
