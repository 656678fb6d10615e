// Where the words of a proposal come from: each argument with its source, the place in it one click away, and what its
// writer had read from outside, since when. Words of a source stand in our sentences as text of their own.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useId, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { pathWords } from '../../../src/approvals/drawing.ts';
import { originRows, outsideHeading, shapedHeading, shapedWords, sourceWords, type OriginRow } from '../../../src/approvals/origin-words.ts';
import type { Card } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { Drawn } from '../parts/text.tsx';
import { Place } from './place.tsx';
import { Section } from './section.tsx';
import css from './origins.module.css';

/** Listed before the rest is asked for. */
const AT_ONCE = 24;

export function Origins({ card, compact }: { readonly card: Card; readonly compact: boolean }): ReactNode {
  const rows = originRows(card);
  const outside = card.origins?.outside ?? [];
  const { shaped } = card;
  const [all, setAll] = useState(false);
  if (rows.length + outside.length + shaped.length === 0) return null;
  const strange = rows.filter(({ integrity }) => integrity === 'outside').length;
  // Where nothing is from outside there is nothing to warn of: one line, and the rest a click away.
  const calm = strange + outside.length + shaped.length === 0;
  const count = calm ? <span className={css['calm']}>nothing is from outside</span> : strange === 0 ? null : <strong className={css['strange']}>{strange} {strange === 1 ? 'is' : 'are'} from outside</strong>;
  const shown = all ? rows : rows.slice(0, AT_ONCE);
  return (
    <Section title={<>Where its words come from {count}</>} compact={compact} folded={calm}>
      {shaped.length === 0 ? null : (
        <div className={css['outside']}>
          <p className={css['strange']}>! {sentence(shapedHeading(shaped))}:</p>
          <ul>{(all ? shaped : shaped.slice(0, AT_ONCE)).map((one, at) => <li key={at}><span className={css['value']}><Drawn text={pathWords(one.path)} /></span>: <Drawn text={shapedWords(one)} /> <Link className={css['link']} href={`/inbox/${one.action}`}>its card</Link></li>)}</ul>
          {all || shaped.length <= AT_ONCE ? null : <Button tone="bare" onClick={() => setAll(true)}>Show {shaped.length - AT_ONCE} more of {shaped.length}</Button>}
        </div>
      )}
      {rows.length === 0 ? null : <dl>{shown.map((row, at) => <Row key={at} row={row} card={card} compact={compact} />)}</dl>}
      {shown.length === rows.length ? null : <Button tone="bare" onClick={() => setAll(true)}>Show {rows.length - shown.length} more of {rows.length} arguments</Button>}
      {outside.length === 0 ? null : (
        <div className={css['outside']}>
          <p className={css['strange']}>! {sentence(outsideHeading(outside))}:</p>
          <ul>{outside.map(({ source, action, turn }, at) => <Outside key={at} source={source} action={action} turn={turn} session={card.session} compact={compact} />)}</ul>
        </div>
      )}
    </Section>
  );
}

function Row({ row: { argument, value, words, integrity, from }, card, compact }: { readonly row: OriginRow; readonly card: Card; readonly compact: boolean }): ReactNode {
  return (
    <div>
      <dt><Drawn text={argument} /></dt>
      <dd>
        {value === null ? null : <span className={css['value']}><Drawn text={value} /></span>}
        <Seen of={from?.action ?? null} bytes={from?.bytes ?? null} name={`${argument}: ${words}`}>
          <span className={integrity === 'outside' ? css['strange'] : integrity === null ? css['unknown'] : undefined}><Drawn text={words} /></span>
        </Seen>
        {integrity !== 'person' || compact ? null : <> <Link className={css['link']} href={`/work/${card.session}`}>the conversation</Link></>}
      </dd>
    </div>
  );
}

function Outside({ source, action, turn, session, compact }: { readonly source: string; readonly action: string | null; readonly turn: number; readonly session: string; readonly compact: boolean }): ReactNode {
  return (
    <li>
      <Seen of={action} bytes={null} name={sourceWords(source)}>
        <span className={css['value']}><Drawn text={sourceWords(source)} /></span>, after your message {turn.toLocaleString('en')}
      </Seen>
      {action !== null || compact ? null : <>, which you attached: <Link className={css['link']} href={`/work/${session}`}>the conversation</Link></>}
    </li>
  );
}

/** Words, and what they speak of right below them when it is asked for. @param of the action that read it; null: nothing to be seen. */
function Seen({ of, bytes, name, children }: { readonly of: string | null; readonly bytes: readonly [number, number] | null; readonly name: string; readonly children: ReactNode }): ReactNode {
  const [open, setOpen] = useState(false);
  const place = useId();
  if (of === null) return children;
  return (
    <>
      {children}{' '}
      <button type="button" className={css['see']} aria-expanded={open} aria-controls={place} aria-label={`See it: ${name}`} onClick={() => setOpen(!open)}>
        {open ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}See it
      </button>
      <div id={place} hidden={!open}>{open ? <Place of={of} bytes={bytes} /> : null}</div>
    </>
  );
}

const sentence = (words: string): string => `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
