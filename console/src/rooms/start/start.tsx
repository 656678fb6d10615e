import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Start(): ReactNode {
  return <Room title="Start">…</Room>;
}
