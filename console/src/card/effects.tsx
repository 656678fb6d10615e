// What an action does, or did: counts, each path with its change and its diff, what clashes, what can't land, where the
// trial may mislead, how it went, what it asked of the network. Nothing is left out without its number.
import { memo, type ReactNode } from 'react';
import { kindWords } from '../../../src/approvals/change-words.ts';
import { lineCountWords } from '../../../src/approvals/diff-words.ts';
import { oneLine } from '../../../src/approvals/drawing.ts';
import { fetchPart } from '../../../src/approvals/fetch-words.ts';
import { folderTree } from '../../../src/approvals/folder-words.ts';
import { networkPart } from '../../../src/approvals/rehearsal-words.ts';
import { undoWords } from '../../../src/approvals/effect-words.ts';
import type { Action, Card, Effects as Does } from '../api/types.ts';
import { Drawn } from '../parts/text.tsx';
import { ChangeList } from './changes.tsx';
import { Clashes } from './clashes.tsx';
import type { Choice } from './choice.ts';
import { Drawing } from './drawing.tsx';
import { Rehearsed } from './rehearsed.tsx';
import { Section } from './section.tsx';
import css from './card.module.css';

interface EffectsProps {
  readonly id: string;
  readonly action: Action;
  readonly effects: Does | null;
  readonly rules: readonly string[];
  readonly rehearsal: Card['rehearsal'] | null;
  readonly compact: boolean;
  /** It waits, it did so, or it would have. */
  readonly tense?: 'does' | 'did' | 'would';
  /** Absent: it is taken whole or not at all. */
  readonly choice?: Choice;
  readonly onChoose?: (choice: Choice) => void;
  /** Nothing of it is on record yet, so that its sides can't be asked for. */
  readonly imagined?: boolean;
}

/** Of more requests than this only the number. */
const SOME = 50;
/** As undo says it of what can't make way. */
const NOT_UNDONE = 'not undone: ';

export const Effects = memo(function Effects({ id, action, effects, rules, rehearsal, compact, tense = 'does', choice, onChoose, imagined = false }: EffectsProps): ReactNode {
  if (action.kind === 'infer') return null;
  if (action.kind === 'fetch') return <Section title={TITLES[tense]} compact={compact}><Drawing part={fetchPart(action.url, { most: SOME, rest: `pwb show ${id} --all` })} /></Section>;
  if (effects === null || effects.certainty === 'unknown') {
    return (
      <Section title={TITLES[tense]} compact={compact}>
        <p className={css['warning']}>{effects === null ? 'Not known before it is judged.' : unknownWords(action, rules)}</p>
        {rehearsal === null || rehearsal === undefined ? null : <Rehearsed rehearsal={rehearsal} />}
      </Section>
    );
  }
  const root = action.root;
  const { changes, diffs, summary, limits = [], unlandable = [], conflicts = [], network = [] } = effects;
  const notUndone = action.kind === 'undo' ? limits.filter((words) => words.startsWith(NOT_UNDONE)) : [];
  const bent = limits.filter((words) => !notUndone.includes(words));
  const lines = lineCountWords(diffs);
  const counts = changes.length === 0 ? (effects.certainty === 'none' ? 'Nothing: it can change nothing.' : 'Nothing: it changes nothing.') : `${kindWords(changes)}${lines === '' ? '' : `; ${lines}`}`;
  return (
    <Section title={<>{TITLES[tense]} <span className={css['counts']}>{counts}</span></>} compact={compact}>
      {conflicts.length === 0 ? null : <Clashes base={`/api/actions/${id}`} clashes={conflicts} some={notUndone.length > 0} asks={tense === 'does'} readable={!imagined} />}
      {summary === undefined ? null : <Drawing part={{ tone: 'heading', heading: 'by folder', lines: folderTree(summary, changes, root).lines }} />}
      {changes.length === 0 ? null : <ChangeList base={imagined ? null : `/api/actions/${id}`} changes={changes} diffs={diffs} root={root} compact={compact} folded={summary !== undefined} {...(choice === undefined || onChoose === undefined ? {} : { choice, onChoose })} />}
      <Words heading="Not undone, whatever you say" all={notUndone.map((words) => words.slice(NOT_UNDONE.length))} />
      {unlandable.length === 0 ? null : <Words heading="Not kept: this can’t land" all={unlandable.map(({ path, why }) => `${path}: ${why}`)} />}
      <Words heading={`It may have gone otherwise than the real thing would${canCopy(action) && bent.some((words) => COPY_HELPS.test(words)) ? '. The way out: rehearse it in a full copy' : ''}`} all={bent} />
      {rehearsal === null || rehearsal === undefined || action.kind !== 'run' ? null : <Rehearsed rehearsal={rehearsal} />}
      {action.kind === 'run' ? <Drawing part={networkPart(action.hosts ?? [], network, { most: SOME, rest: `pwb show ${id} --all` })} /> : null}
      {/* What waits says it beside its answers. */}
      {imagined ? <p className={css['undo']}><Drawn text={undoWords(effects, id)} /></p> : null}
    </Section>
  );
});

const TITLES = { does: 'What it does', did: 'What it did', would: 'What it would have done' } as const;

const COPY_HELPS = /^(folder rename|hard link|another owner|another file system):/;

export function canCopy(action: Action): boolean {
  return action.kind === 'run' && action.access === 'write' && action.copy !== true;
}

function Words({ heading, all }: { readonly heading: string; readonly all: readonly string[] }): ReactNode {
  if (all.length === 0) return null;
  return <Drawing part={{ tone: 'warning', heading: `${heading} (${all.length.toLocaleString('en')})`, lines: all.map((words) => ({ tone: 'plain', text: oneLine(words) })) }} />;
}

function unknownWords(action: Action, rules: readonly string[]): string {
  const beforehand = rules.some((rule) => rule.startsWith('rehearse.'));
  if (action.kind !== 'run') return `Not known before it is ${beforehand ? 'rehearsed' : 'done'}.`;
  const reach = action.access === 'read' ? 'it can change nothing in the workspace' : beforehand ? 'it runs in a copy of the workspace, which is all that it can change; what it did is shown before anything lands' : 'it may change any file in the workspace';
  const network = action.hosts === undefined || action.hosts.length === 0 ? 'No network, nothing outside is visible to it.' : 'It may reach the hosts named below, and what it sends there can’t be taken back.';
  return `Not known before it runs; ${reach}. ${network}`;
}
