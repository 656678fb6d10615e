// The tree at the side of a draft: what is looked at, and what is taken, by folder and by file.
import { ChevronDown, ChevronRight } from 'lucide-react';
import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import { visible } from '../../../../src/model/visible.ts';
import type { Change } from '../../api/types.ts';
import { choosePaths, type Choice } from '../../card/choice.ts';
import { Button } from '../../parts/button.tsx';
import { branchesOf, foldersWithin } from './tree.ts';
import css from './drafts.module.css';

interface TreeProps {
  readonly changes: readonly Change[];
  /** What is looked at: a path, or all. */
  readonly at: string | null;
  readonly onLook: (path: string | null) => void;
  readonly choice: Choice;
  readonly onChoose: (choice: Choice) => void;
}

const AT_ONCE = 500;
/** With more changes than this, folders within folders begin folded. */
const FOLD_ABOVE = 200;
const SIGNS = { created: 'A', changed: 'M', deleted: 'D', renamed: 'R' } as const;
const TONES = { created: 'added', changed: 'changed', deleted: 'removed', renamed: 'changed' } as const;

export function Tree({ changes, at, onLook, choice, onChoose }: TreeProps): ReactNode {
  const [folded, setFolded] = useState<ReadonlySet<string>>(() => (changes.length > FOLD_ABOVE ? foldersWithin(changes) : new Set<string>()));
  const [most, setMost] = useState(AT_ONCE);
  // What is looked at is never folded away.
  const branches = useMemo(() => branchesOf(changes, new Set([...folded].filter((path) => at?.startsWith(`${path}/`) !== true))), [changes, folded, at]);
  const tree = useRef<HTMLElement>(null);
  useEffect(() => {
    tree.current?.querySelector('[aria-current=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const fold = (path: string, open: boolean): void => {
    if (!open && at?.startsWith(`${path}/`) === true) onLook(path);
    setFolded((before) => new Set(open ? [...before].filter((one) => one !== path) : [...before, path]));
  };
  const within = (path: string): readonly string[] => changes.filter((change) => change.type !== 'folder' && (change.path === path || change.path.startsWith(`${path}/`))).map((change) => change.path);
  return (
    <nav ref={tree} className={css['tree']} aria-label="Files of the draft">
      <button type="button" className={css['branch']} aria-current={at === null} onClick={() => onLook(null)}><span>All {changes.length.toLocaleString('en')} changes</span></button>
      <ul>
        {branches.slice(0, most).map(({ path, name, depth, change, count, open }) => {
          const inside = change === null ? within(path) : [path];
          const left = inside.filter((one) => choice.out.has(one)).length;
          const some = (left > 0 && left < inside.length) || inside.some((one) => choice.hunks.has(one));
          return (
            <li key={`${change === null ? 'f' : change.change} ${path}`} className={css['row']} style={{ paddingInlineStart: `${Math.min(depth, 8) * 0.75}rem` }}>
              {change === null ? <button type="button" className={css['fold']} aria-expanded={open} aria-label={`${open ? 'Fold' : 'Open'} ${visible(name)}`} onClick={() => fold(path, !open)}>{open ? <ChevronDown aria-hidden="true" /> : <ChevronRight aria-hidden="true" />}</button> : <span className={css['sign']} data-tone={TONES[change.change]} aria-hidden="true">{SIGNS[change.change]}</span>}
              {inside.length === 0 ? null : <input type="checkbox" aria-label={`Take ${visible(path)}`} checked={left < inside.length} ref={(box) => { if (box !== null) box.indeterminate = some; }} onChange={({ target }) => onChoose(choosePaths(choice, inside, target.checked))} />}
              <button type="button" className={css['branch']} aria-current={at === path} onClick={() => onLook(path)}>
                <bdi>{visible(name)}{change === null || change.type === 'folder' ? '/' : ''}</bdi>
                {change === null ? <span className={css['facts']}>{count}</span> : <span className="visually-hidden">, {change.change}</span>}
              </button>
            </li>
          );
        })}
      </ul>
      {branches.length > most ? <Button tone="bare" onClick={() => setMost(most + AT_ONCE)}>Show more of {(branches.length - most).toLocaleString('en')}</Button> : null}
    </nav>
  );
}
