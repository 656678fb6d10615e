// Our own explaining words, in which `…` marks what is typed or written so.
import type { ReactNode } from 'react';

export function Ticks({ text }: { readonly text: string }): ReactNode {
  return text.split('`').map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : part));
}
