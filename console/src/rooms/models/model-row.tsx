// One model: what it is called, where it really runs, how it is, and what can be done with it.
import { OctagonAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { Badge } from '../../parts/badge.tsx';
import { RowLine } from '../../parts/rows.tsx';
import { Said } from '../../parts/text.tsx';
import { stateOf, WHERE, type ModelLine } from './model-line.ts';
import css from './models.module.css';

export function ModelRow({ line, isDefault = false, side }: { readonly line: ModelLine; readonly isDefault?: boolean; readonly side?: ReactNode }): ReactNode {
  const { name, server, model, window, where, note, configured } = line;
  const state = stateOf(line);
  const place = WHERE[where];
  return (
    <RowLine
      name={<Said text={configured || model === '' ? name : model} />}
      marks={(
        <>
          {isDefault ? <Badge>default</Badge> : null}
          <Badge tone={state.tone}>{state.words}</Badge>
          {place.leaves ? <Badge tone="danger"><OctagonAlert aria-hidden="true" size={12} />{place.short}</Badge> : <Badge>{place.short}</Badge>}
        </>
      )}
      side={side}
    >
      {where === 'inside' && server === 'inside' ? null : <p><Said text={server} />{!configured || model === '' || model === name ? null : <> · <Said text={model} mono /></>}{window === null ? null : ` · ${window.toLocaleString('en')} tokens of context`}</p>}
      {configured || name === model ? null : <p>To name it: <Said text={name} mono /></p>}
      {place.leaves ? <p className={css['leaves']}>{place.words}</p> : null}
      {note === '' ? null : <p><Said text={note} /></p>}
    </RowLine>
  );
}
