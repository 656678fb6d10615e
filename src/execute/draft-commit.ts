// Landing a session's draft in the real workspace: all of it, some paths, or some hunks of a file. What lands is what
// the draft differs in from the workspace as it is now, and that is what a person is shown.
import { existsSync } from 'node:fs';
import type { Action, Commit } from '../model/action.ts';
import type { Effects } from '../model/effects.ts';
import { Fault } from '../model/fault.ts';
import type { Id } from '../model/id.ts';
import { join, label, type Label } from '../model/label.ts';
import { composeHunks, piecesOf, type Draft } from './draft.ts';
import { land } from './commit.ts';
import { knownIn, nameLabel, type Knowing } from './file-labels.ts';
import type { Foreseen, Landed } from './landing.ts';
import { closedBelow } from './never.ts';
import type { StatePlaces } from './places.ts';
import { draftOf } from './rehearsals.ts';
import type { RunSettings } from './run.ts';
import type { Views } from './views.ts';

interface Need extends Knowing {
  readonly places: StatePlaces;
  readonly settings: RunSettings;
  readonly views: Views;
}

interface Pieces {
  readonly effects: Effects;
  /** What is merged of the draft, which goes when that is changed. */
  readonly whole: string;
  readonly source: string;
  readonly started: number;
  discard(): Promise<void>;
}

const LABEL = label('workspace', 'private', 'draft');

/** Throws Fault `draft.*` for what the draft doesn't hold. */
export async function foreseeCommit(action: Commit, id: Id, need: Need): Promise<Foreseen> {
  const { places, settings, views } = need;
  const draft = await draftOf(places, action.draft, action.root);
  if (draft.layers().length === 0) throw new Fault('draft.empty', `the draft of session ${action.draft} is empty`, 'see `pwb draft`');
  const { effects, whole, source, started, discard } = await choose(action, draft, places);
  return {
    effects,
    command: null,
    discard,
    async land(granted: Action): Promise<Landed> {
      try {
        if (JSON.stringify(granted) !== JSON.stringify(action)) throw new Fault('grant.retargeted', 'what was granted is not what was foreseen');
        views.drop();
        if (!existsSync(whole)) return missed('The draft was changed by another process', LABEL);
        const makers = draft.makers();
        const ended = await land({ id, root: action.root, source, changes: effects.changes, started }, places, { never: closedBelow(action.root, settings.never) });
        if ('conflicts' in ended) {
          const names = ended.conflicts.map(({ path }) => path);
          return missed(`${names.join(', ')} changed`, join(LABEL, nameLabel(knownIn(need, action.draft, action.root), names)));
        }
        // If we crash before this, the draft holds what the workspace has too, which is no difference any more.
        await draft.landed(effects, isWhole(action) ? ['.'] : action.paths, whole);
        const count = effects.changes.length;
        return {
          outcome: { kind: 'done', text: `Landed ${count} change${count === 1 ? '' : 's'}. Take it back with: pwb undo ${id}`, label: LABEL, duration: 0, touched: ended.touched, into: 'workspace' },
          output: null,
          landing: { id, action: id, root: action.root, op: 'land', undoes: null, changes: effects.changes, makers },
        };
      } finally {
        await discard();
      }
    },
  };
}

function missed(why: string, told: Label): Landed {
  return { outcome: { kind: 'failed', text: `${why} in the last moment, so nothing was landed.`, label: told, duration: 0 }, output: null, drifted: true };
}

function isWhole({ paths, hunks }: Commit): boolean {
  return paths.length === 0 && hunks.length === 0;
}

async function choose(action: Commit, draft: Draft, places: StatePlaces): Promise<Pieces> {
  const whole = await draft.effects();
  const nothing = async (): Promise<void> => {};
  const all = { ...whole, whole: whole.source, discard: nothing };
  if (isWhole(action)) return all;
  if (action.hunks.length === 0) return { ...all, effects: piecesOf(whole.effects, action.paths) };
  const composed = await composeHunks(whole, action.hunks, action.paths, { root: action.root, scratch: places.scratch });
  return { ...composed, whole: whole.source, started: whole.started, discard: () => composed.discard() };
}
