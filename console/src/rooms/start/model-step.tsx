// Step one: a model. What answers on this machine appears by itself; without any, the practice model plays.
import { useEffect, type ReactNode } from 'react';
import { Link } from 'wouter';
import { Badge } from '../../parts/badge.tsx';
import { Said } from '../../parts/text.tsx';
import { stateOf, WHERE, type ModelLine } from '../models/model-line.ts';
import { ServerHelp } from '../models/server-help.tsx';
import css from './start.module.css';

interface ModelStepProps {
  readonly models: readonly ModelLine[];
  readonly probing: boolean;
  /** A model's name, `practice`, or null: not chosen yet. */
  readonly chosen: string | null;
  readonly onChoose: (name: string) => void;
}

export function ModelStep({ models, probing, chosen, onChoose }: ModelStepProps): ReactNode {
  const usable = models.filter(({ dialect }) => dialect !== 'practice');
  const best = usable.find(({ reachable, loaded }) => reachable && loaded) ?? usable.find(({ reachable }) => reachable);
  const known = chosen === 'practice' || models.some(({ name }) => name === chosen);
  // Rests on the best that is there until the person chooses.
  const wanted = chosen !== null && known ? chosen : (best?.name ?? (probing ? null : 'practice'));
  useEffect(() => {
    if (wanted !== null && wanted !== chosen) onChoose(wanted);
  }, [wanted, chosen, onChoose]);
  return (
    <>
      <p role="status">{probing && usable.length === 0 ? 'Looking for model servers on this machine…' : usable.length === 0 ? 'No model server answers on this machine. It goes on looking; meanwhile the practice model will do.' : 'This is what answers here. Another one can be chosen at any time.'}</p>
      <fieldset className={css['choices']}>
        <legend className="visually-hidden">Model</legend>
        {usable.map((line) => <Choice key={`${line.name} ${line.model}`} line={line} isChosen={wanted === line.name} onChoose={() => onChoose(line.name)} />)}
        <label className={css['choice']}>
          <input type="radio" name="model" checked={wanted === 'practice'} onChange={() => onChoose('practice')} />
          <strong>The practice model</strong>
          <span className={css['quiet']}>Not an AI: it plays one short task with the real tools, cards and log.</span>
        </label>
      </fieldset>
      <details className={css['help']}>
        <summary>My model isn’t here</summary>
        <ServerHelp />
        <p>It appears here within seconds once it answers. One at another address is added in <Link href="/models">Models</Link>.</p>
      </details>
    </>
  );
}

function Choice({ line, isChosen, onChoose }: { readonly line: ModelLine; readonly isChosen: boolean; readonly onChoose: () => void }): ReactNode {
  const state = stateOf(line);
  const place = WHERE[line.where];
  return (
    <label className={css['choice']}>
      <input type="radio" name="model" checked={isChosen} disabled={!line.reachable} onChange={onChoose} />
      <span>
        <strong><Said text={line.model === '' ? line.name : line.model} /></strong> <Badge tone={state.tone}>{state.words}</Badge> {place.leaves ? <Badge tone="danger">{place.short}</Badge> : null}
        <span className={css['quiet']}><Said text={line.server} />{place.leaves ? `. ${place.words}` : ''}</span>
        {line.note === '' ? null : <span className={css['quiet']}><Said text={line.note} /></span>}
      </span>
    </label>
  );
}
