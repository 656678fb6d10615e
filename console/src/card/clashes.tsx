// Where the workspace isn't what the action saw: three sides of each path, two at a time.
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { digestWords } from '../../../src/approvals/drawing.ts';
import type { Clash } from '../api/types.ts';
import type { DiffSource } from '../parts/diff.tsx';
import { Button } from '../parts/button.tsx';
import { Fault, Loading } from '../parts/room.tsx';
import { Path } from '../parts/text.tsx';
import { visible } from '../../../src/model/visible.ts';
import { noteOf, useSides, type Side } from './sides.ts';
import css from './card.module.css';

const Diff = lazy(async () => ({ default: (await import('../parts/diff.tsx')).Diff }));

const WHY: { readonly [why in Clash['why']]: string } = {
  changed: 'was changed since', appeared: 'appeared since', gone: 'is gone since', type: 'is another kind of thing since', mode: 'has other permissions since, or was touched', kept: 'the copy that was kept for it is not what was kept',
};

interface ClashesProps {
  readonly base: `/api/${string}`;
  readonly clashes: readonly Clash[];
  /** Some of it is not undone, whatever is said. */
  readonly some: boolean;
  /** An answer to it is still to come. */
  readonly asks?: boolean;
  readonly readable: boolean;
}

export function Clashes({ base, clashes, some, asks = true, readable }: ClashesProps): ReactNode {
  const [most, setMost] = useState(20);
  return (
    <div className={css['part']} data-tone="warning">
      <p className={css['part-heading']}>! {clashes.length.toLocaleString('en')} {clashes.length === 1 ? 'clash' : 'clashes'}: {asks ? `the workspace is not what this was worked out from. A yes replaces what is there now${some ? ', but for what is not undone' : ''}, and keeps it to be taken back.` : 'the workspace was not what this was worked out from.'}</p>
      <ul className={css['clashes']}>{clashes.slice(0, most).map((clash) => <OneClash key={clash.path} base={base} clash={clash} readable={readable} />)}</ul>
      {clashes.length > most ? <Button tone="bare" onClick={() => setMost(most + 100)}>Show more of {(clashes.length - most).toLocaleString('en')}</Button> : null}
    </div>
  );
}

const VIEWS = [
  { view: 'yes', words: 'What a yes does now' },
  { view: 'others', words: 'What changed since' },
  { view: 'wanted', words: 'What it did to what it saw' },
] as const;
type View = (typeof VIEWS)[number]['view'];

function OneClash({ base, clash, readable }: { readonly base: `/api/${string}`; readonly clash: Clash; readonly readable: boolean }): ReactNode {
  const [view, setView] = useState<View | null>(null);
  return (
    <li>
      <p><Path path={clash.path} /> {WHY[clash.why]}: <span className={css['quiet']}>was {digestWords(clash.base)}, now {digestWords(clash.now)}, would be {digestWords(clash.wanted)}</span></p>
      {readable ? (
        <div className={css['views']} role="group" aria-label={`Sides of ${visible(clash.path)}`}>
          {VIEWS.map(({ view: one, words }) => <Button key={one} aria-pressed={view === one} onClick={() => setView(view === one ? null : one)}>{words}</Button>)}
        </div>
      ) : null}
      {view === null ? null : <ThreeSides base={base} path={clash.path} view={view} judged={clash.judged} />}
    </li>
  );
}

function ThreeSides({ base, path, view, judged }: { readonly base: `/api/${string}`; readonly path: string; readonly view: View; readonly judged: string | undefined }): ReactNode {
  const { data, error } = useSides(base, path, true);
  const found = useMemo((): { readonly source: DiffSource } | { readonly words: string } | null => {
    // The card itself holds this one.
    if (view === 'wanted' && judged !== undefined) return { source: { unified: judged } };
    if (data === undefined) return null;
    const { before, after, now = null } = data.sides;
    const [from, to]: readonly [Side | null, Side | null] = view === 'yes' ? [now, after] : view === 'others' ? [before, now] : [before, after];
    const note = noteOf(from) ?? noteOf(to);
    if (note !== null) return { words: `A side can’t be shown: it ${note}.` };
    return { source: { before: from?.text ?? null, after: to?.text ?? null, hunks: view === 'yes' ? data.hunks : [] } };
  }, [data, view, judged]);
  if (found === null) return error === null ? <Loading /> : <Fault error={error} />;
  if ('words' in found) return <p className={css['quiet']}>{found.words}</p>;
  return <Suspense fallback={<Loading />}><Diff label={visible(path)} source={found.source} /></Suspense>;
}
