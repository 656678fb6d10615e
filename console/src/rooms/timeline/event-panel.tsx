// One event in full: exactly what is in the log, what stands behind it, and what belongs to it.
import { useQuery } from '@tanstack/react-query';
import { ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link } from 'wouter';
import { ask } from '../../api/ask.ts';
import type { LogEvent } from '../../api/types.ts';
import { IconButton } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy.tsx';
import { NARROW, useMedia } from '../../parts/media.ts';
import { Fault, Loading } from '../../parts/room.tsx';
import { Block, Drawn } from '../../parts/text.tsx';
import { exact, Time } from '../../parts/time.tsx';
import { ActionPart } from './action-part.tsx';
import { bodyFacts, eventName } from './event-words.ts';
import { PayloadPart, type PayloadText } from './payload-part.tsx';
import css from './event-panel.module.css';

interface OneEvent {
  readonly event: LogEvent;
  /** Drawn. */
  readonly words: string;
  readonly texts: { readonly [name: string]: PayloadText };
}

interface PanelProps {
  readonly seq: number;
  readonly search: string;
  readonly onClose: () => void;
  readonly onStep: (by: 1 | -1) => void;
}

export function EventPanel({ seq, search, onClose, onStep }: PanelProps): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  const narrow = useMedia(NARROW);
  const { data, error, refetch } = useQuery({ queryKey: ['timeline-event', seq], queryFn: ({ signal }) => ask<OneEvent>('GET', `/api/log/events/${seq}`, undefined, signal) });
  // In one column the list is gone: the keyboard goes on here.
  useEffect(() => {
    if (narrow) heading.current?.focus();
  }, [narrow]);
  return (
    <aside className={css['panel']} aria-label={`Event ${seq}`}>
      <header className={css['head']}>
        <h2 ref={heading} tabIndex={-1}>{data === undefined ? `Event ${seq}` : eventName(data.event.body.type)} <span className={css['seq']}>{seq}</span></h2>
        <IconButton label="The one above (k)" icon={<ChevronUp />} onClick={() => onStep(-1)} />
        <IconButton label="The one below (j)" icon={<ChevronDown />} onClick={() => onStep(1)} />
        <IconButton label="Close (Escape)" icon={<X />} onClick={onClose} />
      </header>
      <div className={css['body']} tabIndex={0} role="region" aria-label="The event in full">
        {error !== null ? <Fault error={error} again={() => void refetch()} /> : data === undefined ? <Loading what="Reading the event" /> : <Whole one={data} search={search} />}
      </div>
    </aside>
  );
}

function Whole({ one: { event, words: line, texts }, search }: { readonly one: OneEvent; readonly search: string }): ReactNode {
  const { body, time, payloads } = event;
  const action = 'action' in body && typeof body.action === 'string' ? body.action : null;
  const session = 'session' in body ? body.session : null;
  const json = JSON.stringify(event, null, 2);
  return (
    <>
      <p><Drawn text={line} /></p>
      <dl className={css['facts']}>
        <div><dt>When</dt><dd>{exact(time)} (<Time time={time} />)</dd></div>
        {bodyFacts(body).map(({ name, words }) => <div key={name}><dt>{name}</dt><dd>{words}</dd></div>)}
        {session === null ? null : <div><dt>Session</dt><dd><Link href={`/work/${session}`}>Open the conversation</Link> · <Link href={`/timeline?session=${session}`}>All of its events</Link></dd></div>}
      </dl>
      {Object.entries(payloads).map(([name, ref]) => <PayloadPart key={`${event.seq}.${name}`} name={name} reference={ref} text={texts[name] ?? null} />)}
      {action === null ? null : <ActionPart key={action} action={action} seq={event.seq} search={search} />}
      <section>
        <div className={css['title']}><h3>In the log, exactly</h3><CopyButton text={json} what="the event" /></div>
        <Block text={json} label="The event as it is in the log" />
      </section>
    </>
  );
}
