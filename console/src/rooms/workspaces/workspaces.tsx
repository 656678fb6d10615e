import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Workspaces(): ReactNode {
  return <Room title="Workspaces">…</Room>;
}
