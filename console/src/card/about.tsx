// Where an action comes from: the model's reason (in its words), what those words rest on, and which rule asked.
import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Card, Label } from '../api/types.ts';
import { Badge } from '../parts/badge.tsx';
import { Said } from '../parts/text.tsx';
import { exact, Time, useNow, agoWords } from '../parts/time.tsx';
import { LongText } from './long-text.tsx';
import { Section } from './section.tsx';
import css from './card.module.css';

export function Origin({ card, compact }: { readonly card: Card; readonly compact: boolean }): ReactNode {
  return (
    <>
      {card.why === '' ? null : (
        <Section title={<>Why <span className={css['whose']}>in the model’s words, not checked</span></>} compact={compact}>
          <LongText text={card.why} label="Why, in the model’s words" />
        </Section>
      )}
      <Section title="Who asks, and what it rests on" compact={compact} folded={compact}>
        <dl>
          <div><dt>rests on</dt><dd><LabelWords label={card.label} /></dd></div>
          <div>
            <dt>{card.state === 'ended' ? 'decided by' : 'asked by'}</dt>
            <dd>{card.rules.length === 0 ? 'no rule yet' : card.rules.map((rule) => <span key={rule}><Said text={rule} mono /> </span>)}{card.reason === '' ? null : <>: <Said text={card.reason} /></>}{card.rules.length === 0 ? null : <> <Link href={`/policy?action=${card.id}`}>why it was decided so</Link></>}</dd>
          </div>
          <div><dt>proposed</dt><dd><Time time={card.proposed} />{card.editedFrom === null ? null : <>, edited from <Said text={card.editedFrom} mono /></>}</dd></div>
          {card.expires === null || card.state !== 'pending' ? null : <div><dt>expires</dt><dd><Expiry time={card.expires} /></dd></div>}
          <div><dt>id</dt><dd><Said text={card.id} mono /></dd></div>
        </dl>
      </Section>
    </>
  );
}

const INTEGRITY: { readonly [word in Label['integrity']]: string } = { person: 'you', workspace: 'you, and files of the workspace', outside: 'outside: others may have written what led to this' };
const SECRECY: { readonly [word in Label['secrecy']]: string } = { open: 'nothing private', private: 'private', secret: 'holds secrets' };

export function LabelWords({ label: { integrity, secrecy, sources } }: { readonly label: Label }): ReactNode {
  return (
    <>
      <Badge tone={integrity === 'outside' ? 'warning' : 'plain'}>{INTEGRITY[integrity]}</Badge>{' '}
      <Badge tone={secrecy === 'secret' ? 'warning' : 'plain'}>{SECRECY[secrecy]}</Badge>
      {sources.length === 0 ? null : <ul className={css['sources']}>{sources.map((source) => <li key={source}>{source === 'many' ? 'many sources (more than 32)' : <Said text={source} mono />}</li>)}</ul>}
    </>
  );
}

/** Silence becomes no: counts down, by the second when it is near. */
function Expiry({ time }: { readonly time: string }): ReactNode {
  const now = useNow(1000);
  const left = Date.parse(time) - now;
  if (left <= 0) return 'now: without a word from you it is refused';
  const words = left < 120_000 ? `in ${Math.ceil(left / 1000)} s` : agoWords(left);
  return <span title={exact(time)}>{words}; silence is a no</span>;
}
