// The label of what a file tool says, by the paths that it read or named: what a rule calls outside, what is marked, what
// holds secrets. Of a listing the names count, of all else the words.
import { marksIn, type Marks, type NameRules } from '../approvals/marks.ts';
import type { Log } from '../audit/log.ts';
import { pathsOf, type WorkPath } from '../model/action.ts';
import type { Id } from '../model/id.ts';
import { BOTTOM, joinAll, label, type Label } from '../model/label.ts';
import type { Proposal } from '../model/proposal.ts';
import { Refused } from './files-refused.ts';
import { isHidden } from './hidden.ts';
import { isInPackages } from './hidden-places.ts';
import { isOutsideFile, isOutsideName, type OutsideRule } from './outside.ts';
import type { RunSettings } from './run.ts';

/** What is known of a workspace's files, as a session sees them. */
export interface Known {
  readonly marks: Marks;
  readonly rule: OutsideRule;
  readonly hide: readonly string[];
}

export interface Knowing {
  readonly log: Log;
  readonly settings: Pick<RunSettings, 'outside' | 'hide'>;
}

export function knownIn({ log, settings }: Knowing, session: Id, root: string): Known {
  return { marks: marksIn(log.store.db, root, session), rule: settings.outside, hide: settings.hide };
}

export function nameRules(settings: Pick<RunSettings, 'outside'>): NameRules {
  return { isOutside: (path) => isOutsideFile(path, settings.outside), isPackage: isInPackages };
}

/** Of what is in these files. */
export function contentLabel({ marks, rule }: Known, paths: Iterable<WorkPath>): Label {
  return joinAll([...paths].flatMap((path) => [marks.content(path) ?? BOTTOM, isOutsideFile(path, rule) ? label('outside', 'private', `file:${path}`) : BOTTOM]));
}

/** Of what they are called. */
export function nameLabel({ marks, rule }: Known, paths: Iterable<WorkPath>): Label {
  return joinAll([...paths].flatMap((path) => [marks.name(path) ?? BOTTOM, isOutsideName(path, rule) ? label('outside', 'private', `file:${path}`) : BOTTOM]));
}

/** What the proposer had read may be echoed. */
export function askedLabel({ by, label: asked, editedFrom }: Pick<Proposal, 'by' | 'label' | 'editedFrom'>): Label {
  return by === 'model' || editedFrom !== null ? asked : BOTTOM;
}

/** Of what a file tool says that was done. Throws for any other action. */
export function writeLabel(known: Known, proposal: Pick<Proposal, 'by' | 'label' | 'editedFrom' | 'action'>): Label {
  const { action } = proposal;
  if (action.kind !== 'write') throw new Error(`${action.kind} is no file tool`);
  const own = label('workspace', isHidden(action.path, known.hide) ? 'secret' : 'private', `file:${action.path}`);
  return joinAll([own, action.op === 'edit' ? contentLabel(known, [action.path]) : BOTTOM, askedLabel(proposal)]);
}

/** Of the words in which something wasn't done: they may tell of what is in a file, and what is near it. */
export function failureLabel(known: Known, proposal: Pick<Proposal, 'by' | 'label' | 'editedFrom' | 'action'>, error: unknown): Label {
  const { action } = proposal;
  const paths = action.kind === 'read' || action.kind === 'write' ? pathsOf(action) : [];
  const secret = paths.some((path) => isHidden(path, known.hide)) ? [label('workspace', 'secret', `file:${paths[0] ?? ''}`)] : [];
  return joinAll([contentLabel(known, paths), nameLabel(known, error instanceof Refused ? error.names : []), ...secret, askedLabel(proposal)]);
}
