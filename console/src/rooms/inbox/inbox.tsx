import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Inbox(): ReactNode {
  return <Room title="Inbox">…</Room>;
}
