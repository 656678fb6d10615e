// Copies an exact text, and says that it did.
import { Check, Copy } from 'lucide-react';
import { useEffect, useState, type ReactNode } from 'react';
import { IconButton } from './button.tsx';

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state === 'ready') return undefined;
    const timer = setTimeout(() => setState('ready'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = (): void => {
    navigator.clipboard.writeText(text).then(() => setState('copied'), () => setState('refused'));
  };
  return (
    <>
      <IconButton label={`Copy ${what}`} icon={state === 'copied' ? <Check /> : <Copy />} onClick={copy} />
      <span role="status" className={state === 'refused' ? undefined : 'visually-hidden'}>{state === 'copied' ? 'Copied.' : state === 'refused' ? 'The browser did not let it be copied.' : ''}</span>
    </>
  );
}
