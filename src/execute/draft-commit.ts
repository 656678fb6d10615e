// Landing a session's draft in the real workspace: all of it, some paths, or some hunks of a file. What lands is what
// the draft differs in from the workspace as it is now, and that is what a person is shown.
import type { Action, Commit } from '../model/action.ts';

import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { label } from '../model/label.ts';
import type { Foreseen, Landed } from './landing.ts';
import type { StatePlaces } from './places.ts';
import { draftOf } from './rehearsals.ts';
import type { RunSettings } from './run.ts';
import type { Views } from './views.ts';

interface Need {
  readonly places: StatePlaces;
  readonly settings: RunSettings;
  readonly views: Views;
}

/** Throws Fault `draft.*` for what the draft doesn't hold. */
export async function foreseeCommit(action: Commit, id: Id, { places, settings, views }: Need): Promise<Foreseen> {
  const draft = await draftOf(places, action.draft, action.root);
  const { effects: all, source, started } = await draft.effects();
  const { piecesOf } = await import('./draft.ts');
  const whole = action.paths.length === 0 && action.hunks.length === 0;
  const effects = whole ? all : piecesOf(all, action.paths);
  return {
    effects,
    command: null,
    async land(granted: Action): Promise<Landed> {
      if (JSON.stringify(granted) !== JSON.stringify(action)) throw new Fault('grant.retargeted', 'what was granted is not what was foreseen');
      views.drop();
      const { land } = await import('./commit.ts');
      const ended = await land({ id, root: action.root, source, changes: effects.changes, started }, places, { never: settings.never });
      if ('conflicts' in ended) {
        return { outcome: { kind: 'failed', text: `${ended.conflicts.map(({ path }) => path).join(', ')} changed in the last moment, so nothing was landed.`, label: LABEL, duration: 0 }, output: null, drifted: true };
      }
      if (whole) await draft.clear();
      else await draft.removePaths(action.paths);
      return {
        outcome: { kind: 'done', text: `Landed ${effects.changes.length} change${effects.changes.length === 1 ? '' : 's'}.`, label: LABEL, duration: 0, touched: ended.touched, into: 'workspace' },
        output: null,
        landing: { id, action: id, root: action.root, op: 'land', undoes: null, changes: effects.changes },
      };
    },
  };
}

const LABEL = label('workspace', 'private', 'draft');
