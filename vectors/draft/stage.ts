// For tests of drafts: a stage of rehearsals with a draft beside it, and looks at what it shows.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { openDraft, type Draft, type DraftPlace } from '../../src/execute/draft.ts';
import { mountLayers } from '../../src/execute/overlay-mount.ts';
import { removeTree } from '../../src/execute/overlay-remove.ts';
import { effectsOf } from '../../src/execute/effects.ts';
import { prepareView, type View } from '../../src/execute/rehearse.ts';
import { newId, type Id } from '../../src/model/id.ts';
import type { Effects } from '../../src/model/effects.ts';
import { makeStage, pictureOf, type Stage } from '../rehearse/stage.ts';

export interface Tried {
  readonly effects: Effects;
  readonly upper: string;
  readonly text: string;
  /** What it was over. */
  readonly view: View;
  discard(): Promise<void>;
}

export interface DraftStage extends Stage {
  readonly place: DraftPlace;
  readonly draft: Draft;
  /** A second draft of the same workspace. */
  readonly other: Draft;
  /** Runs a line in a view over the draft, without a sandbox (drafts don't care for it), and doesn't take it in. */
  try(line: string, draft?: Draft): Promise<Tried>;
  /** Rehearses a line over the draft and takes it in. */
  accept(line: string, draft?: Draft): Promise<Id>;
  /** What a run would see: the draft over the workspace, as text. */
  shown(draft?: Draft): Promise<string>;
  /** Looks at a mount of these layers over the workspace. */
  seen<T>(lower: readonly string[], look: (at: string) => T | Promise<T>): Promise<T>;
  /** An empty workspace and no draft. */
  fresh(line?: string): Promise<void>;
}

export async function makeDraftStage(): Promise<DraftStage> {
  const stage = await makeStage();
  const { world, view } = stage;
  const place = (name: string): DraftPlace => ({ folder: join(world.outside, 'drafts', name), root: world.root, scratch: view.folder });
  mkdirSync(join(world.outside, 'drafts'), { mode: 0o700 });
  const draft = openDraft(place('one'));
  const other = openDraft(place('two'));
  const tried = async (line: string, over: Draft = draft): Promise<Tried> => {
    const viewed = { ...view, lower: await over.lower() };
    const prepared = await prepareView(viewed);
    const { upper, sides, world: { enter } } = prepared;
    const [program, ...words] = [...enter, '/bin/sh', '-c', `cd "$0" || exit; exec 2>&1; ${line}`, world.root];
    const { stdout, error } = spawnSync(program, words, { encoding: 'utf8', env: { LC_ALL: 'C.UTF-8', PATH: '/usr/bin:/bin' }, timeout: 20_000 });
    if (error !== undefined) throw error;
    const effects = await effectsOf(sides);
    await prepared.close();
    return { effects, upper, text: stdout, view: viewed, discard: () => prepared.discard() };
  };
  const seen: DraftStage['seen'] = async (lower, look) => {
    // One layer alone can't be mounted without an upper one.
    if (lower.length === 0) return look(world.root);
    const folder = join(world.outside, `look-${newId()}`);
    mkdirSync(join(folder, 'at'), { recursive: true, mode: 0o700 });
    const mounted = await mountLayers({ folder, lower: [...lower, world.root], at: join(folder, 'at') });
    try {
      return await look(mounted.seen(join(folder, 'at')));
    } finally {
      await mounted.close();
      await removeTree(folder);
    }
  };
  return {
    ...stage,
    place: place('one'),
    draft,
    other,
    try: tried,
    async accept(line, to = draft) {
      const { upper, effects, discard } = await tried(line, to);
      const id = newId();
      await to.accept(id, upper, effects);
      await discard();
      return id;
    },
    shown: async (of = draft) => seen(await of.lower(), pictureOf),
    seen,
    async fresh(line = ':') {
      for (const one of ['one', 'two']) await removeTree(place(one).folder);
      stage.real(`chmod -R u+rwX .; find . -mindepth 1 -delete; chmod 755 .; ${line}`);
    },
    async end() {
      await removeTree(join(world.outside, 'drafts'));
      rmSync(join(world.outside, 'drafts'), { recursive: true, force: true });
      await stage.end();
    },
  };
}

/** Without limits that are words about the whole. */
export function plain({ changes }: Effects): string {
  return changes.map((change) => JSON.stringify(change)).join('\n');
}
