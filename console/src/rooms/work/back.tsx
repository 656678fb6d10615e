// The way back to the list, where only one of both has room.
import { ArrowLeft } from 'lucide-react';
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import css from './work.module.css';

export function Back(): ReactNode {
  return <Link href="/work" className={css['back']} aria-label="All conversations"><ArrowLeft size={16} aria-hidden="true" /></Link>;
}
