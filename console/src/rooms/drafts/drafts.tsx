import type { ReactNode } from 'react';
import { Room } from '../../parts/room.tsx';

export default function Drafts(): ReactNode {
  return <Room title="Drafts">…</Room>;
}
