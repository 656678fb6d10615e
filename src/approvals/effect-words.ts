// Effects as a picture in words, the same at every door: what would change, what can't land, what clashes, what may have
// gone otherwise, and how far it can be taken back. Nothing is left out without its number and where the rest can be seen.
import type { Action } from '../model/action.ts';
import type { Change, Clash, Diff, Effects, Unlandable } from '../model/effects.ts';
import type { Id } from '../model/id.ts';
import { drafts, isProfile } from '../model/profile.ts';
import { changeLine, isOutward, kindWords } from './change-words.ts';
import { diffPart, judgedPart, lineCountWords } from './diff-words.ts';
import { fetchPart, hostOf } from './fetch-words.ts';
import { digestWords, grouped, oneLine, pathWords, quoted, someLines, type Line, type Part, type Reach } from './drawing.ts';
import { folderTree } from './folder-words.ts';
import { networkPart, rehearsalPart, type Rehearsal } from './rehearsal-words.ts';

export interface Sight {
  readonly action: Action;
  /** Null until judged. */
  readonly effects: Effects | null;
  /** Null when there was none, or its output is shown elsewhere. */
  readonly rehearsal: Rehearsal | null;
  /** Of the rules that decided: they tell whether a yes is for a rehearsal or for the real thing. */
  readonly rules: readonly string[];
}

/** How much of it at once. `id`: null when nothing of it is on record yet, so that all must be here. */
export interface View {
  readonly id: Id | null;
  /** Of very many changes: by folder only, each up to a number, or each. */
  readonly many: 'folders' | number;
}

/** Of clashes, limits, requests: what is listed before the rest is told by its number. */
const SOME = 20;
const OUTPUT_LINES = 20;
/** Lines of diffs that a card has room for when its changes are told by folder. */
const DIFF_LINES = 400;

export function effectParts({ action, effects, rehearsal, rules }: Sight, view: View): Part[] {
  const run = action.kind === 'run';
  const rest = `pwb show ${view.id ?? 'ID'} --all`;
  const most = view.id === null ? Infinity : view.many;
  const some: Reach = { most: most === 'folders' ? SOME : most, rest };
  if (action.kind === 'fetch') return [fetchPart(action.url, some)];
  if (effects === null) return run ? [{ tone: 'plain', heading: 'effects: not known before it runs', lines: [] }] : [];
  if (effects.certainty === 'unknown') return [unknownPart(action, isBeforehand(rules))];
  const notUndone = action.kind === 'undo' ? (effects.limits ?? []).filter((words) => words.startsWith(NOT_UNDONE)) : [];
  return [
    ...changeParts(effects, action, view, rest),
    ...(effects.summary === undefined ? [] : outwardParts(effects.changes, action, some)),
    ...clashParts(effects.conflicts ?? [], notUndone.length > 0, some),
    ...notUndoneParts(notUndone, some),
    ...unlandableParts(effects.unlandable ?? [], some),
    ...limitParts((effects.limits ?? []).filter((words) => !notUndone.includes(words)), some),
    ...(rehearsal === null || !run ? [] : [rehearsalPart(rehearsal, most === 'folders' ? OUTPUT_LINES : most, rest)]),
    ...(run ? [networkPart(action.hosts ?? [], effects.network ?? [], some)] : []),
  ];
}

/** A person is asked before anything is tried. */
function isBeforehand(rules: readonly string[]): boolean {
  return rules.some((rule) => rule.startsWith('rehearse.'));
}

function unknownPart(action: Action, beforehand: boolean): Part {
  if (action.kind !== 'run') return { tone: 'warning', heading: `effects: not known before it is ${beforehand ? 'rehearsed' : 'done'}`, lines: [] };
  const reach = action.access === 'read' ? 'it can change nothing in the workspace' : beforehand ? 'it runs in a copy of the workspace, which is all that it can change' : 'it may change any file in the workspace';
  const hosts = action.hosts ?? [];
  const network = hosts.length === 0 ? 'No network, nothing outside visible.' : `It may reach ${hosts.map((host) => pathWords(host)).join(', ')}, and what it sends there can't be taken back.`;
  return { tone: 'warning', heading: `effects: not known before it runs; ${reach}. ${network}`, lines: [] };
}

function changeParts({ changes, diffs, summary, certainty }: Effects, action: Action, { id, many }: View, rest: string): Part[] {
  if (changes.length === 0) return [{ tone: 'plain', heading: certainty === 'none' ? 'effects: none' : 'effects: none, it changes nothing', lines: [] }];
  const root = rootOf(action);
  const lines = lineCountWords(diffs);
  const count: Part = { tone: 'heading', heading: `${kindWords(changes)}${lines === '' ? '' : `; ${lines}`}`, lines: [] };
  const each = (most: number): Line[] => someLines(changes, { most, rest }, 'changes', (change) => changeLine(change, root));
  const byPath = new Map(changes.map((change) => [`${change.change === 'deleted' ? 'd' : 'm'} ${change.path}`, change]));
  const draw = (diff: Diff): Part => diffPart(diff, byPath.get(`m ${diff.path}`) ?? byPath.get(`d ${diff.path}`), (path) => (id === null ? 'it is shown once it is on record' : `see it: pwb show ${id} --diff ${pathWords(path)}`));
  if (summary === undefined || id === null) return [{ ...count, lines: each(Infinity) }, ...diffs.map(draw)];
  const tree = folderTree(summary, changes, root);
  const folders: Part = { ...count, heading: `${count.heading}, by folder`, lines: tree.lines };
  if (many === 'folders') return [folders, { tone: 'warning', heading: `all ${grouped(changes.length)} changes one by one: ${rest}`, lines: [] }, ...fewDiffs(diffs, tree.named, draw, rest)];
  const listed: Part = { tone: 'heading', heading: `all ${grouped(changes.length)} changes one by one`, lines: each(many) };
  const isNamed = (diff: Diff): boolean => tree.named.has(diff.path);
  return [folders, ...diffs.filter(isNamed).map(draw), listed, ...diffs.filter((diff) => !isNamed(diff)).map(draw)];
}

/** Of what is named one by one, as far as there is room; each whole. */
function fewDiffs(diffs: readonly Diff[], named: ReadonlySet<string>, draw: (diff: Diff) => Part, rest: string): Part[] {
  const parts: Part[] = [];
  const drawn = new Set<string>();
  let room = DIFF_LINES;
  for (const diff of diffs) {
    if (!named.has(diff.path)) continue;
    const part = draw(diff);
    if (part.lines.length > room) continue;
    room -= part.lines.length + 1;
    parts.push(part);
    drawn.add(diff.path);
  }
  const left = diffs.filter(({ path, note }) => note === undefined && !drawn.has(path)).length;
  return left === 0 ? parts : [...parts, { tone: 'warning', heading: `diffs of ${grouped(left)} more ${left === 1 ? 'file' : 'files'}, not drawn here: ${rest}`, lines: [] }];
}

/** By name where the rest is told by folder: what is written through such a link later isn't in the workspace. */
function outwardParts(changes: readonly Change[], action: Action, reach: Reach): Part[] {
  const root = rootOf(action);
  const outward = changes.filter((change) => isOutward(change, root));
  if (outward.length === 0) return [];
  const heading = `! ${grouped(outward.length)} ${outward.length === 1 ? 'link leads' : 'links lead'} out of the workspace`;
  return [{ tone: 'warning', heading, lines: someLines(outward, reach, 'such links', (change) => changeLine(change, root)) }];
}

function rootOf(action: Action): string {
  return action.kind === 'infer' ? '' : action.root;
}

const CLASH_WORDS: { readonly [why in Clash['why']]: string } = {
  changed: 'was changed since', appeared: 'appeared since', gone: 'is gone since', type: 'is another kind of thing since', mode: 'has other permissions since, or was touched', kept: 'the copy that was kept for it is not what was kept',
};

function clashParts(clashes: readonly Clash[], some: boolean, reach: Reach): Part[] {
  if (clashes.length === 0) return [];
  const heading = `! ${grouped(clashes.length)} ${clashes.length === 1 ? 'clash' : 'clashes'}: the workspace is not what this was worked out from. A yes replaces what is there now${some ? ', but for what is not undone' : ''}, and keeps it to be taken back`;
  const sides: Part = { tone: 'warning', heading, lines: someLines(clashes, reach, 'clashes', ({ path, why, base, now, wanted }) => ({ tone: 'plain', text: `${pathWords(path)} ${CLASH_WORDS[why]}: was ${digestWords(base)}, now ${digestWords(now)}, would be ${digestWords(wanted)}` })) };
  return [sides, ...clashes.slice(0, reach.most).flatMap(({ path, judged }) => (judged === undefined ? [] : [judgedPart(path, judged)]))];
}

/** As undo-foresee.ts says it of what can't make way. */
const NOT_UNDONE = 'not undone: ';

function notUndoneParts(words: readonly string[], reach: Reach): Part[] {
  if (words.length === 0) return [];
  return [{ tone: 'warning', heading: `! ${grouped(words.length)} not undone, whatever you say`, lines: someLines(words, reach, 'that are not undone', (text) => ({ tone: 'plain', text: oneLine(text.slice(NOT_UNDONE.length)) })) }];
}

function unlandableParts(unlandable: readonly Unlandable[], reach: Reach): Part[] {
  if (unlandable.length === 0) return [];
  return [{ tone: 'warning', heading: `! ${grouped(unlandable.length)} not kept`, lines: someLines(unlandable, reach, 'that are not kept', ({ path, why }) => ({ tone: 'plain', text: `${quoted(path)} is not kept: ${oneLine(why)}` })) }];
}

/** What a full copy does as the real thing does. */
const COPY_HELPS = /^(folder rename|hard link|another owner|another file system):/;
/** Limits by which an undo doesn't bring all back. */
const LASTING = /^(hard link|another owner):/;

function limitParts(limits: readonly string[], reach: Reach): Part[] {
  if (limits.length === 0) return [];
  const way = limits.some((words) => COPY_HELPS.test(words)) ? '. The way out: rehearse in a full copy, as `pwb run --copy` does' : '';
  return [{ tone: 'warning', heading: `! it may have gone otherwise than the real thing would${way}`, lines: someLines(limits, reach, 'such limits', (words) => ({ tone: 'plain', text: oneLine(words) })) }];
}

/** Where a yes puts it, and how far that can be taken back. Empty when there is nothing to land. */
export function landingWords({ action, effects, rules }: Omit<Sight, 'rehearsal'>, id: Id, profile: string): string {
  if (action.kind === 'fetch') return `asks ${hostOf(action.url)} once, without credentials; what it learns by that stays learned · profile ${profile}`;
  if (action.kind === 'infer' || action.kind === 'read' || effects === null || effects.certainty === 'none') return '';
  const last = `${undoWords(effects, id)} · profile ${profile}`;
  if (effects.certainty === 'unknown') return isBeforehand(rules) ? `rehearses it; what it did is shown before anything lands · profile ${profile}` : `it is done in the workspace itself · ${last}`;
  const own = action.kind === 'commit' || action.kind === 'undo';
  return `${isProfile(profile) && drafts(profile) && !own ? 'goes to the draft' : 'lands in the workspace'} · ${last}`;
}

export function undoWords({ certainty, changes, undo, limits = [], network = [] }: Effects, id: Id): string {
  const sent = network.some(({ verdict }) => verdict === 'allowed') ? '; what was sent to hosts stays sent' : '';
  if (certainty === 'none' || (certainty === 'known' && changes.length === 0)) return `nothing to undo${sent}`;
  switch (undo) {
    case 'fully':
      return `undo: ${sent === '' ? 'fully' : 'all of its changes'}, by pwb undo ${id}${sent}`;
    case 'partly': {
      const kinds = new Set(limits.flatMap((words) => LASTING.exec(words)?.[1] ?? []));
      const why = kinds.size === 0 ? '' : ` (not what has a limit of its own: ${[...kinds].join(', ')})`;
      return `undo: partly, by pwb undo ${id}${why}${sent}`;
    }
    case 'not':
      return certainty === 'unknown' ? 'undo: not, since what it changes is not known' : 'undo: not by the workbench';
  }
}

/** The diff of one file, whole. Null when the action changes no such file. */
export function diffOfPath({ changes, diffs }: Effects, path: string, id: Id): { readonly part: Part; readonly change: Change | undefined; readonly diff: Diff | undefined } | null {
  const change = changes.find((one) => one.path === path && one.change !== 'deleted') ?? changes.find((one) => one.path === path);
  const diff = diffs.find((one) => one.path === path);
  if (diff === undefined) return change === undefined ? null : { part: { tone: 'plain', heading: `${pathWords(path)} has no diff`, lines: [changeLine(change, '')] }, change, diff };
  return { part: diffPart(diff, change, () => `what it holds is not on record (action ${id})`), change, diff };
}
