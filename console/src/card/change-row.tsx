// One path that changes: a line that says how, its diff when it is opened, and a box where it can be left out.
import { ChevronDown, ChevronRight, Columns2, Rows2 } from 'lucide-react';
import { lazy, Suspense, useMemo, useState, type ReactNode } from 'react';
import { changeLine } from '../../../src/approvals/change-words.ts';
import { countDiff } from '../../../src/approvals/diff-words.ts';
import { visible } from '../../../src/model/visible.ts';
import type { Change, Diff as Unified } from '../api/types.ts';
import { IconButton } from '../parts/button.tsx';
import type { DiffSource } from '../parts/diff.tsx';
import { Fault, Loading } from '../parts/room.tsx';
import { chooseHunk, choosePaths, hunkCount, takenHunks, type Choice } from './choice.ts';
import { noteOf, useSides } from './sides.ts';
import { setSplit, useSplit } from './split.ts';
import css from './card.module.css';

const Diff = lazy(async () => ({ default: (await import('../parts/diff.tsx')).Diff }));

interface ChangeRowProps {
  readonly base: `/api/${string}` | null;
  readonly change: Change;
  readonly diff: Unified | undefined;
  readonly root: string;
  readonly open: boolean;
  readonly choice?: Choice;
  readonly onChoose?: (choice: Choice) => void;
  readonly beside?: ReactNode;
}

export function ChangeRow({ base, change, diff, root, open: opened, choice, onChoose, beside }: ChangeRowProps): ReactNode {
  const [open, setOpen] = useState(opened);
  const [whole, setWhole] = useState(false);
  const split = useSplit();
  const line = changeLine(change, root);
  const name = visible(change.path);
  const isEmpty = diff !== undefined && diff.note === undefined && hunkCount(diff) === 0;
  const hasText = change.type === 'file' && change.change !== 'renamed' && (change.change === 'deleted' || change.only === undefined);
  const canOpen = hasText && !isEmpty && (base !== null || (diff !== undefined && diff.note === undefined));
  const counts = diff === undefined || diff.note !== undefined ? null : countDiff(diff);
  const some = choice?.hunks.has(change.path) === true;
  return (
    <li className={css['change']} data-out={choice?.out.has(change.path)}>
      <div className={css['line']}>
        {choice === undefined || onChoose === undefined || change.type === 'folder' ? null : (
          <input type="checkbox" aria-label={`Take ${name}`} checked={!choice.out.has(change.path)} ref={(box) => { if (box !== null) box.indeterminate = some; }} onChange={({ target }) => onChoose(choosePaths(choice, [change.path], target.checked))} />
        )}
        {canOpen ? (
          <button type="button" className={css['opener']} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}
            <LineWords tone={line.tone} lead={line.lead} text={line.text} />
          </button>
        ) : <span className={css['opener']}><LineWords tone={line.tone} lead={line.lead} text={line.text} /></span>}
        {counts === null ? null : <span className={css['plusminus']}><span data-tone="added">+{counts.added.toLocaleString('en')}</span> <span data-tone="removed">−{counts.removed.toLocaleString('en')}</span></span>}
        {open && canOpen && base !== null ? (
          <span className={css['tools']}>
            {diff === undefined || diff.note !== undefined || split || whole || change.change !== 'changed' ? null : <button type="button" className={css['link']} onClick={() => setWhole(true)}>Show unchanged lines</button>}
            <IconButton label={split ? 'One below the other' : 'Side by side'} icon={split ? <Rows2 /> : <Columns2 />} onClick={() => setSplit(!split)} />
          </span>
        ) : null}
        {beside}
      </div>
      {open && canOpen ? <FileDiff base={base} path={change.path} diff={diff} whole={whole} {...(choice === undefined || onChoose === undefined ? {} : { choice, onChoose })} /> : null}
    </li>
  );
}

function LineWords({ tone, lead, text }: { readonly tone: string; readonly lead: string | undefined; readonly text: string }): ReactNode {
  return <span className={css['words']}>{lead === undefined ? null : <><b data-tone={tone}>{lead}</b> </>}<bdi>{text}</bdi></span>;
}

interface FileDiffProps {
  readonly base: `/api/${string}` | null;
  readonly path: string;
  readonly diff: Unified | undefined;
  /** With the lines that don't change. */
  readonly whole: boolean;
  readonly choice?: Choice;
  readonly onChoose?: (choice: Choice) => void;
}

/** At once from what the card holds; whole, or side by side, from both sides. */
function FileDiff({ base, path, diff, whole, choice, onChoose }: FileDiffProps): ReactNode {
  const split = useSplit();
  const own = diff !== undefined && diff.note === undefined ? diff.unified : null;
  const wanted = base !== null && (own === null || split || whole);
  const { data, error, refetch } = useSides(base ?? '/api/', path, wanted);
  const found = useMemo((): { readonly source: DiffSource } | { readonly words: string } | null => {
    const unified = own === null ? null : { source: { unified: own } };
    if (!wanted) return unified;
    if (data === undefined) return unified;
    const { before, after, now } = data.sides;
    const from = now === undefined ? before : now;
    const note = noteOf(from) ?? noteOf(after);
    if (note !== null) return unified ?? { words: `Its content ${note}.` };
    return { source: { before: from?.text ?? null, after: after?.text ?? null, hunks: data.hunks } };
  }, [own, wanted, data]);
  const count = Math.max(hunkCount(diff), data?.hunks.length ?? 0);
  const taken = choice === undefined || count < 2 ? null : takenHunks(choice, path, count);
  const isWhole = found !== null && 'source' in found && 'before' in found.source;
  return (
    <div className={css['diff']}>
      {error !== null && wanted ? <Fault error={error} again={() => void refetch()} /> : null}
      {split && isWhole && taken !== null && choice !== undefined && onChoose !== undefined ? (
        <div className={css['hunks']} role="group" aria-label={`Hunks of ${visible(path)}`}>
          {Array.from({ length: count }, (_, at) => at + 1).map((hunk) => (
            <label key={hunk}><input type="checkbox" checked={taken.has(hunk)} onChange={({ target }) => onChoose(chooseHunk(choice, path, hunk, target.checked, count))} /> hunk {hunk}</label>
          ))}
        </div>
      ) : null}
      {found === null ? (error === null ? <Loading /> : null) : 'words' in found ? <p className={css['quiet']}>{found.words}</p> : (
        <Suspense fallback={<Loading />}>
          <Diff label={visible(path)} source={found.source} split={split && isWhole} taken={taken} {...(choice === undefined || onChoose === undefined ? {} : { onTake: (hunk: number, take: boolean) => onChoose(chooseHunk(choice, path, hunk, take, count)) })} />
        </Suspense>
      )}
    </div>
  );
}
