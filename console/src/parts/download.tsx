// A link that looks like a button: the browser takes what it leads to as a file.
import type { ReactNode } from 'react';
import button from './button.module.css';
import css from './download.module.css';

export function Download({ href, name, bare = false, children }: { readonly href: `/api/${string}`; readonly name?: string; readonly bare?: boolean; readonly children: ReactNode }): ReactNode {
  return <a className={bare ? css['bare'] : [button['button'], css['link']].join(' ')} href={href} download={name ?? true}>{children}</a>;
}
