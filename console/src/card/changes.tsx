// Each path that changes, as a line; what is text has its diff beneath. Where pieces can be taken each line has its box.
import { useState, type ReactNode } from 'react';
import { countDiff } from '../../../src/approvals/diff-words.ts';
import type { Change, Diff } from '../api/types.ts';
import { Button } from '../parts/button.tsx';
import { ChangeRow } from './change-row.tsx';
import { choosePaths, type Choice } from './choice.ts';
import css from './card.module.css';

interface ChangeListProps {
  /** Null: its sides can't be asked for. */
  readonly base: `/api/${string}` | null;
  readonly changes: readonly Change[];
  readonly diffs: readonly Diff[];
  readonly root: string;
  readonly compact: boolean;
  readonly choice?: Choice;
  readonly onChoose?: (choice: Choice) => void;
  /** Where no diffs are at hand: so many of the first are opened, and asked for. */
  readonly openFirst?: number;
  /** They are told by folder above. */
  readonly folded?: boolean;
  /** Beside each line: who made it so. */
  readonly beside?: (change: Change) => ReactNode;
}

const AT_ONCE = 100;
const MORE = 500;
/** Lines of diffs that stand open at first. */
const OPEN_LINES = 400;
const OPEN_EDITORS = 12;
/** Bytes: among others, a longer one waits until it is asked for. */
const LONG_FILE = 65_536;

export function ChangeList({ base, changes, diffs, root, compact, choice, onChoose, beside, openFirst = 0, folded = false }: ChangeListProps): ReactNode {
  const [most, setMost] = useState(compact ? 20 : AT_ONCE);
  const byPath = new Map(diffs.map((diff) => [diff.path, diff]));
  let room = compact ? 60 : OPEN_LINES;
  let editors = folded ? 0 : OPEN_EDITORS;
  const rows = changes.slice(0, most).map((change, at) => {
    const diff = byPath.get(change.path);
    let open = at < openFirst && (changes.length === 1 || !('size' in change) || change.size <= LONG_FILE);
    if (diff !== undefined && diff.note === undefined) {
      const { added, removed } = countDiff(diff);
      // The first is open however long it is: an editor draws what is in sight only.
      open = editors > 0 && room > 0 && added + removed > 0 && (at === 0 || added + removed <= room);
      if (open) [room, editors] = [room - added - removed, editors - 1];
    }
    return <ChangeRow key={`${change.change} ${change.path}`} base={base} change={change} diff={diff} root={root} open={open} beside={beside?.(change)} {...(choice === undefined || onChoose === undefined ? {} : { choice, onChoose })} />;
  });
  const paths = changes.filter(({ type }) => type !== 'folder').map(({ path }) => path);
  return (
    <div className={css['changes']}>
      {choice === undefined || onChoose === undefined || paths.length < 2 ? null : (
        <p className={css['all']}>
          <span>{(paths.length - choice.out.size).toLocaleString('en')} of {paths.length.toLocaleString('en')} files taken{choice.hunks.size === 0 ? '' : `, ${choice.hunks.size} of them in part`}</span>
          <Button tone="bare" onClick={() => onChoose(choosePaths(choice, paths, true))}>Take all</Button>
          <Button tone="bare" onClick={() => onChoose(choosePaths(choice, paths, false))}>Take none</Button>
        </p>
      )}
      <ul>{rows}</ul>
      {changes.length > most ? <Button tone="bare" onClick={() => setMost(most + MORE)}>Show {Math.min(MORE, changes.length - most).toLocaleString('en')} more of {(changes.length - most).toLocaleString('en')} changes</Button> : null}
    </div>
  );
}
