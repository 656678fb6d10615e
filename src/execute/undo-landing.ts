// Undo as an action: what it would restore is known beforehand, and exactly that is restored.
import { type Action, type Undo } from '../model/action.ts';
import type { Clash, Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { join, label } from '../model/label.ts';
import { knownIn, nameLabel, type Knowing } from './file-labels.ts';
import type { Foreseen, Landed } from './landing.ts';
import { closedBelow } from './never.ts';
import type { StatePlaces } from './places.ts';
import type { RunSettings } from './run.ts';
import type { Views } from './views.ts';

interface Need extends Knowing {
  readonly places: StatePlaces;
  readonly settings: RunSettings;
  readonly views: Views;
}

/** Those that the person gave leave for beforehand are no question any more. */
function withConflicts({ conflicts: all = [], ...effects }: Effects, left: readonly Clash[]): Effects {
  return left.length === 0 || all.length === 0 ? effects : { ...effects, conflicts: left };
}

const LABEL = label('workspace', 'private', 'undo');

/** Of an undo that would do nothing there is nothing to ask: it is all in the way, or gone already. Throws `undo.in-the-way`. */
function checkDoes({ changes, conflicts = [], limits = [] }: Effects): void {
  if (changes.length > 0 || conflicts.every(({ why }) => why === 'gone')) return;
  const said = limits.map((words) => words.replace(/^not undone: /, ''));
  const words = said.length > 5 ? [...said.slice(0, 5), `and ${said.length - 5} more`] : said;
  throw new Fault('undo.in-the-way', `Nothing was undone, and nothing of it can be: ${words.join('; ')}`, 'move away what is in the way yourself, and undo again');
}

/** Throws Fault `undo.none`, `undo.damaged`, `undo.in-the-way`. */
export async function foreseeUndoOf(action: Undo, id: Id, need: Need): Promise<Foreseen> {
  const { places, settings, views } = need;
  const { foreseeUndo } = await import('./undo-foresee.ts');
  const { effects, conflicts } = await foreseeUndo(action.landing, places, { over: action.over, never: closedBelow(action.root, settings.never) });
  checkDoes(effects);
  return {
    effects: withConflicts(effects, effects.changes.length === 0 ? [] : conflicts),
    command: null,
    async land(granted: Action): Promise<Landed> {
      if (JSON.stringify(granted) !== JSON.stringify(action)) throw new Fault('grant.retargeted', 'what was granted is not what was foreseen');
      views.drop();
      const { undo } = await import('./undo.ts');
      // What the person saw in the way and said yes to is replaced, and kept by the undo.
      const over = [...new Set([...action.over, ...conflicts.map(({ path }) => path)])];
      const ended = await undo(action.landing, places, { id, over, never: closedBelow(action.root, settings.never), expected: effects.changes });
      if ('conflicts' in ended) {
        const names = ended.conflicts.map(({ path }) => path);
        return { outcome: { kind: 'failed', text: `${names.join(', ')} changed in the last moment, so nothing was undone.`, label: join(LABEL, nameLabel(knownIn(need, '', action.root), names)), duration: 0 }, output: null, drifted: true };
      }
      if (ended.undo === undefined) return { outcome: { kind: 'done', text: 'There was nothing left to undo.', label: LABEL, duration: 0, into: 'nothing' }, output: null };
      return {
        outcome: { kind: 'done', text: `Undone: ${ended.touched.length} path${ended.touched.length === 1 ? '' : 's'} put back. To undo this in turn: pwb undo ${id}`, label: LABEL, duration: 0, touched: ended.touched, into: 'workspace' },
        output: null,
        landing: { id, action: id, root: action.root, op: 'undo', undoes: action.landing, changes: effects.changes },
      };
    },
  };
}
