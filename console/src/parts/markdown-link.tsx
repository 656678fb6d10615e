// A link in what a model said: shows its real host, and asks before it opens. Until then there is no address in the
// page to be followed by accident. Pictures are never loaded: they are links of the same kind.
import { ExternalLink } from 'lucide-react';
import { useState, type ReactNode } from 'react';
import { visible } from '../../../src/model/visible.ts';
import { Dialog } from './dialog.tsx';
import { CopyButton } from './copy.tsx';
import { placeOf } from './markdown-read.ts';
import css from './markdown.module.css';

interface LinkProps {
  readonly address: string;
  /** The words of the link, as they would be read. */
  readonly text: string;
  readonly picture?: boolean;
  readonly children: ReactNode;
}

export function LinkOut({ address, text, picture = false, children }: LinkProps): ReactNode {
  const [asking, setAsking] = useState(false);
  const place = placeOf(address);
  const lead = picture ? 'Picture, not loaded: ' : '';
  // What can't be opened from here stays words: nothing of it is hidden.
  if (place === null) return <span className={css['dead']}>{lead}{children} <span className={css['host']}>({visible(address)})</span></span>;
  // Words that are the address say its host only where it stands at once behind the scheme: not behind a name and an @.
  const says = text === place.host || ([place.href, address].includes(text) && text.startsWith(place.origin));
  return (
    <>
      <button type="button" className={css['link']} onClick={() => setAsking(true)}>
        {lead}{children}
        {says ? null : <span className={css['host']}> ({visible(place.host)})</span>}
      </button>
      {asking ? (
        <Dialog open onClose={() => setAsking(false)} title="Open this address?">
          <p>It leads out of the workbench, to <strong>{visible(place.host)}</strong>. Who runs that place sees that you came, and all that stands in the address:</p>
          <p className={css['address']}><bdi>{visible(place.href)}</bdi></p>
          <div className={css['out']}>
            <CopyButton text={place.href} what="the address" />
            <a className={css['go']} href={place.href} target="_blank" rel="noreferrer noopener" onClick={() => setAsking(false)}>{place.host.length > 60 ? 'Open it' : `Open ${visible(place.host)}`}<ExternalLink size={14} aria-hidden="true" /></a>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
